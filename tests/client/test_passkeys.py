"""Passkeys from a device and from the command line, with a software authenticator."""

import asyncio
import re
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pyotp
import pytest

from sync_server.config.settings import Config
from tests.api.test_passkeys import with_passkeys
from tests.infrastructure.server import Server
from tests.support.authenticator import SoftAuthenticator
from trackforge_client import (
    AuthenticatorFailed,
    Device,
    ProgramAuthenticator,
    RequestRejected,
    SecondFactorRequired,
)
from trackforge_client.cli.main import main
from trackforge_client.device.json_types import Json

PASSWORD = "correct horse battery staple"
PROGRAM = f"{sys.executable} {Path(__file__).with_name('authenticator_program.py')}"


class Key:
    """Software authenticator with the client's interface."""

    def __init__(self) -> None:
        self.soft = SoftAuthenticator()

    async def create(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """New passkey."""
        return self.soft.create(dict(options))

    async def get(self, options: Mapping[str, Json]) -> dict[str, Json]:
        """Signature of the passkey."""
        return self.soft.get(dict(options))


@pytest.fixture
def config(config: Config) -> Config:
    return with_passkeys(config)


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str) -> AsyncIterator[Device]:
    async with Device(":memory:", server.base_url, name="phone") as device:
        await device.register(email, PASSWORD)
        yield device


@pytest.fixture
async def tablet(server: Server) -> AsyncIterator[Device]:
    async with Device(":memory:", server.base_url, name="tablet") as device:
        yield device


async def test_a_device_signs_in_with_a_passkey(phone: Device, tablet: Device, email: str) -> None:
    key = Key()
    assert len(await phone.add_passkey(key, "key ring")) == 10
    assert [it["name"] for it in await phone.passkeys()] == ["key ring"]
    with pytest.raises(SecondFactorRequired) as needed:
        await tablet.login(email, PASSWORD)
    assert needed.value.methods == ("passkey", "recovery_code")
    with pytest.raises(AssertionError):
        await tablet.login_passkey(needed.value, Key())
    await tablet.login_passkey(needed.value, key)
    assert tablet.status().email == email
    assert await tablet.add_passkey(Key(), "spare") == []
    for passkey in await tablet.passkeys():
        await tablet.remove_passkey(str(passkey["id"]))
    with pytest.raises(RequestRejected, match="not_found"):
        await tablet.remove_passkey(str(uuid.uuid4()))
    await phone.login(email, PASSWORD)


async def test_the_background_sync_goes_on_after_a_second_factor(
    phone: Device, tablet: Device, email: str
) -> None:
    key = Key()
    await phone.add_passkey(key)
    tablet.start()
    await asyncio.sleep(0)  # It finds nobody signed in, and waits.
    tablet.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    with pytest.raises(SecondFactorRequired) as needed:
        await tablet.login(email, PASSWORD)
    await tablet.login_passkey(needed.value, key)
    async with asyncio.timeout(10):
        while tablet.status().pending:
            await asyncio.sleep(0.02)


async def test_an_account_without_passkeys_asks_no_authenticator(
    phone: Device, tablet: Device, email: str
) -> None:
    begun = await phone.begin_totp()
    assert await phone.totp_status() == {"enabled": False, "recovery_codes_left": 0}
    await phone.confirm_totp(pyotp.TOTP(str(begun["secret"])).now())
    assert await phone.totp_status() == {"enabled": True, "recovery_codes_left": 10}
    with pytest.raises(SecondFactorRequired) as needed:
        await tablet.login(email, PASSWORD)
    with pytest.raises(AuthenticatorFailed):
        await tablet.login_passkey(needed.value, Key())


async def link_token(config: Config, page: str) -> str:
    """Token of the link to `page` in a mail, which may still be on its way."""
    async with asyncio.timeout(10):
        while True:
            for file in (config.stores.data_dir / "outbox").glob("*.eml"):
                for token in re.findall(rf"{page}\?token=([\w-]+)", file.read_text("ascii")):
                    return str(token)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "command",
    [["no-such-program"], [sys.executable, "-c", "print('[]')"],
     [sys.executable, "-c", "print('no json')"], [sys.executable, "-c", "exit(3)"]],
    ids=("missing", "list", "text", "status"),
)  # fmt: skip
async def test_a_program_that_fails_is_an_error_of_the_client(command: list[str]) -> None:
    with pytest.raises(AuthenticatorFailed):
        await ProgramAuthenticator(command).create({})


@pytest.mark.usefixtures("phone")
async def test_the_command_line_manages_an_account(
    server: Server,
    config: Config,
    email: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRACKFORGE_NEW_PASSWORD", "staple battery horse")
    monkeypatch.setenv("TRACKFORGE_TEST_KEY", str(tmp_path / "key"))

    async def run(*words: str, password: str = "", status: int = 0) -> str:
        account = ["--email", email, "--password", password] if password else []
        command = ["account", *words, "--base-url", server.base_url, *account]
        assert await asyncio.to_thread(main, command) == status
        captured = capsys.readouterr()
        return str(captured.out + captured.err)

    await run("request-verification", password=PASSWORD)
    await run("verify-email", await link_token(config, "verify-email"))
    await run("forgot-password", email)
    await run("reset-password", await link_token(config, "reset-password"))
    new = "staple battery horse"
    added = await run("add-passkey", "key ring", "--authenticator", PROGRAM, password=new)
    [code, *_] = re.findall(r"Recovery code: (.+)", added)
    listed = await run("passkeys", "--authenticator", PROGRAM, password=new)
    [id] = re.findall(r"^(\S+)  key ring  used \d", listed, re.MULTILINE)
    assert "invalid_code" in await run("passkeys", "--code", "no code", password=new, status=1)
    usage = await run("usage", "--authenticator", PROGRAM, password=new)
    assert re.search(r"^records +0 of +1,000,000$", usage, re.MULTILINE)
    assert "is removed" in await run("remove-passkey", id, "--code", code, password=new)
    assert "not_found" in await run("remove-passkey", id, password=new, status=1)
