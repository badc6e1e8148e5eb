"""Sign-in from a device: with a second factor, and after a forgotten password."""

import hashlib
import re
import uuid
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from sync_server.config.oidc_providers import OidcProvider
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.mailbox import files_of
from tests.support.oidc_provider import CLIENT_ID, open_provider
from trackforge_client import Device, RequestRejected, SecondFactorRequired, SignedOut

PASSWORD = "correct horse battery staple"
NEW = "staple battery horse"


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(email, PASSWORD)
        yield device


@pytest.fixture
async def tablet(server: Server, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "tablet.db", server.base_url, name="tablet") as device:
        yield device


async def test_a_second_factor_is_asked_for_at_the_next_sign_in(
    phone: Device, tablet: Device, email: str
) -> None:
    begun = await phone.begin_totp()
    assert str(begun["uri"]).startswith("otpauth://totp/TrackForge:")
    with pytest.raises(RequestRejected, match="invalid_code"):
        await phone.confirm_totp("no code")
    codes = await phone.confirm_totp(pyotp.TOTP(str(begun["secret"])).now())
    assert len(codes) == 10
    with pytest.raises(SecondFactorRequired) as needed:
        await tablet.login(email, PASSWORD)
    with pytest.raises(RequestRejected, match="invalid_code"):
        await tablet.login_second(needed.value, "000 000")
    await tablet.login_second(needed.value, codes[0])
    tablet.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    await tablet.sync()
    assert tablet.status().email == email
    fresh = await tablet.new_recovery_codes(codes[1])
    await tablet.remove_totp(fresh[0])
    await phone.login(email, PASSWORD)
    await phone.sync()
    assert len(phone.all("body_metrics")) == 1


async def test_a_known_device_signs_in_while_others_guess(
    config: Config, email: str, tmp_path: Path
) -> None:
    limits = config.changed(
        rate_limit_login_account=Limit(2, 60), rate_limit_login_account_all=Limit(2, 60)
    )
    async with (
        running(limits) as server,
        Device(tmp_path / "phone.db", server.base_url, name="phone") as phone,
        Device(tmp_path / "stranger.db", server.base_url) as stranger,
    ):
        await phone.register(email, PASSWORD)
        for _ in range(2):
            with pytest.raises(RequestRejected, match="invalid_credentials"):
                await stranger.login(email, "a wrong guess")
        await phone.login(email, PASSWORD)


async def test_a_forgotten_password_is_replaced_by_the_link_of_a_mail(
    phone: Device, email: str, config: Config
) -> None:
    phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    await phone.forgot_password(email)
    await phone.reset_password(await token_of_last_mail(config, 1), NEW)
    with pytest.raises(SignedOut):
        await phone.sync()
    await phone.login(email, NEW)
    await phone.sync()
    assert len(phone.all("body_metrics")) == 1


async def test_an_address_is_verified_by_the_link_of_a_mail(phone: Device, config: Config) -> None:
    await phone.request_verification()
    token = await token_of_last_mail(config, 1)
    await phone.verify_email(token)
    with pytest.raises(RequestRejected, match="invalid_link"):
        await phone.verify_email(token)


async def test_a_device_signs_in_with_a_provider_and_an_owner_links_it(
    config: Config, tmp_path: Path, email: str
) -> None:
    async with open_provider() as provider:
        test = OidcProvider("test", provider.issuer, (CLIENT_ID,))
        token = provider.token(sub=email, email=email)
        async with (
            running(config.changed(oidc_providers=(test,))) as server,
            Device(tmp_path / "a.db", server.base_url, name="a") as first,
            Device(tmp_path / "b.db", server.base_url, name="b") as second,
        ):
            await first.register(email, PASSWORD)
            with pytest.raises(RequestRejected, match="email_taken"):
                await second.login_with("test", token, "nonce-1")
            with pytest.raises(RequestRejected, match="invalid_id_token"):
                await first.link_identity("test", token, "another nonce")
            await first.link_identity("test", token, "nonce-1")
            assert [it["provider"] for it in await first.identities()] == ["test"]
            await second.login_with("test", token, "nonce-1")
            assert second.status().email == email
            second.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
            await second.sync()
            await first.sync()
            assert len(first.all("body_metrics")) == 1
            await first.unlink_identity("test")
            with pytest.raises(RequestRejected, match="email_taken"):
                await second.login_with("test", token, "nonce-1")


async def test_a_device_signs_in_with_the_code_of_a_page(
    config: Config, tmp_path: Path, email: str
) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    page = "https://app.example.com/signed-in"
    async with open_provider() as provider:
        test = OidcProvider("test", provider.issuer, (CLIENT_ID,))
        code = provider.grant_code(challenge, page, email=email)
        async with (
            running(config.changed(oidc_providers=(test,))) as server,
            Device(tmp_path / "a.db", server.base_url) as device,
        ):
            [listed] = await device.oidc_providers()
            assert listed["issuer"] == provider.issuer
            await device.login_with_code("test", code, verifier, page, "nonce-1")
            assert device.status().email == email


async def token_of_last_mail(config: Config, count: int) -> str:
    files = await files_of(config.stores.data_dir / "outbox", count)
    (token,) = set(re.findall(r"token=([\w-]+)", files[-1].read_text("ascii")))
    return str(token)
