"""The account of a TypeScript device: links of mails, second factors, providers."""

import asyncio
import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from sync_server.config.oidc_providers import OidcProvider
from sync_server.config.settings import Config
from tests.api.test_passkeys import with_passkeys
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.oidc_provider import CLIENT_ID, Provider, open_provider
from tests.sync.stories import PASSWORD

from .conftest import NewTypeScriptDevice, TypeScriptDevice, TypeScriptError

NEW = "staple battery horse"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with open_provider() as provider:
        yield provider


@pytest.fixture
def config(config: Config, provider: Provider) -> Config:
    test = OidcProvider("test", provider.issuer, (CLIENT_ID,))
    return with_passkeys(config, oidc_providers=(test,))


@pytest.fixture
async def email(server: Server, tmp_path: Path) -> str:
    """Address of an account, which the devices of `new_typescript_device` sign in to."""
    client = Client(server.base_url)
    client.email = f"ada.{tmp_path.name}@example.com"
    client.password = PASSWORD
    await client.register()
    return str(client.email)


async def call(device: TypeScriptDevice, method: str, *values: object) -> Any:
    """Value of a method of the account."""
    return await device.command("account", method=method, **{"with": values})


async def link_token(config: Config, page: str) -> str:
    """Token of the link to `page` in a mail, which may still be on its way."""
    async with asyncio.timeout(10):
        while True:
            for file in (config.stores.data_dir / "outbox").glob("*.eml"):
                for token in re.findall(rf"{page}\?token=([\w-]+)", file.read_text("ascii")):
                    return str(token)
            await asyncio.sleep(0.02)


async def test_links_of_mails(
    email: str, new_typescript_device: NewTypeScriptDevice, config: Config
) -> None:
    tablet = await new_typescript_device("tablet")
    await call(tablet, "requestVerification")
    await call(tablet, "verifyEmail", await link_token(config, "verify-email"))
    await call(tablet, "forgotPassword", email)
    token = await link_token(config, "reset-password")
    await call(tablet, "resetPassword", token, NEW)
    with pytest.raises(TypeScriptError, match="invalid_link"):
        await call(tablet, "resetPassword", token, NEW)
    with pytest.raises(TypeScriptError, match="SignedOut"):
        await tablet.command("sync")
    await tablet.command("login", email=email, password=NEW)
    with pytest.raises(TypeScriptError, match="invalid_credentials"):
        await call(tablet, "changeEmail", "wrong one", f"new-{email}")
    await call(tablet, "changeEmail", NEW, f"new-{email}")
    await call(tablet, "changePassword", NEW, PASSWORD)
    assert len(await call(tablet, "sessions")) == 1
    for password in ([], [PASSWORD]):
        lines = (await call(tablet, "export", *password)).splitlines()
        assert json.loads(lines[0])["format"] == "trackforge-export"
    assert (await call(tablet, "usage"))["sessions"]["used"] == 1
    await call(tablet, "deleteAccount", PASSWORD)
    with pytest.raises(TypeScriptError, match="AccountDeleted"):
        await call(tablet, "sessions")


async def test_second_factors(email: str, new_typescript_device: NewTypeScriptDevice) -> None:
    tablet = await new_typescript_device("tablet")
    account = {"email": email, "password": PASSWORD}
    assert len(await call(tablet, "addPasskey", "soft")) == 10
    with pytest.raises(TypeScriptError, match="SecondFactorRequired"):
        await tablet.command("login", **account)
    await tablet.command("loginPasskey", **account)
    [passkey] = await call(tablet, "passkeys")
    assert passkey["name"] == "soft"
    await call(tablet, "removePasskey", passkey["id"])
    begun = await call(tablet, "beginTotp")
    assert begun["uri"].startswith("otpauth://totp/")
    codes = await call(tablet, "confirmTotp", pyotp.TOTP(begun["secret"]).now())
    await tablet.command("loginSecond", **account, code=codes[0])
    assert await call(tablet, "totpStatus") == {"enabled": True, "recovery_codes_left": 9}
    fresh = await call(tablet, "newRecoveryCodes", codes[1])
    with pytest.raises(TypeScriptError, match="invalid_code"):
        await call(tablet, "removeTotp", codes[2])
    await call(tablet, "removeTotp", fresh[0])
    await tablet.command("login", **account)


async def test_providers(
    email: str, new_typescript_device: NewTypeScriptDevice, provider: Provider
) -> None:
    tablet = await new_typescript_device("tablet")
    assert [it["name"] for it in await call(tablet, "providers")] == ["test"]
    token = provider.token(sub=email, email=email)
    with pytest.raises(TypeScriptError, match="email_taken"):
        await call(tablet, "loginWith", "test", token, "nonce-1")
    await call(tablet, "linkIdentity", "test", token, "nonce-1")
    assert [it["provider"] for it in await call(tablet, "identities")] == ["test"]
    await call(tablet, "loginWith", "test", token, "nonce-1")
    flow = {
        "clientId": CLIENT_ID, "redirectUri": "https://app.example.com/in", "state": "s",
        "nonce": "nonce-1", "codeVerifier": "v" * 43,
    }  # fmt: skip
    digest = hashlib.sha256(flow["codeVerifier"].encode()).digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    code = provider.grant_code(challenge, flow["redirectUri"], sub=email, email=email)
    await call(tablet, "loginWithCode", "test", code, flow)
    assert (await tablet.command("status"))["email"] == email
    await call(tablet, "unlinkIdentity", "test")
    assert await call(tablet, "identities") == []
