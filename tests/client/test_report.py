"""Reports: a device sends its own state with pushes and pulls, and reads that of others."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.network import Lossy
from tests.infrastructure.server import Server
from trackforge_client import Device, Offline, RequestRejected
from trackforge_client.cli.explain import run_devices, run_explain
from trackforge_client.cli.main import parser
from trackforge_client.device.errors import SignedOut, Unavailable, UpgradeRequired
from trackforge_client.device.json_types import Json
from trackforge_client.device.report import error_code
from trackforge_client.device.transport import AiohttpTransport

PASSWORD = "correct horse battery staple"
OATS: dict[str, Json] = {
    "name": "Oats",
    "energy_kcal": 370,
    "protein_g": 13,
    "carbs_g": 59,
    "fat_g": 7,
}


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
def network(server: Server) -> Lossy:
    return Lossy(AiohttpTransport(server.base_url), lambda _: None)


@pytest.fixture
async def phone(
    server: Server, email: str, network: Lossy, tmp_path: Path
) -> AsyncIterator[Device]:
    path = tmp_path / "phone.db"
    async with Device(path, server.base_url, name="Änn's phone", app_version="1.4.2",
                      http=network) as device:  # fmt: skip
        await device.register(email, PASSWORD)
        yield device


async def facts(device: Device) -> dict[str, Any]:
    """The only device of the user."""
    (entry,) = await device.devices()
    return entry


async def test_a_device_reports_by_itself(phone: Device) -> None:
    phone.put("foods", OATS)
    await phone.sync()
    entry = await facts(phone)
    assert (entry["name"], entry["app_version"]) == ("Änn's phone", "1.4.2")
    assert (entry["waiting"], entry["oldest_waiting_at"], entry["current"]) == (0, None, True)
    assert entry["device_id"] == phone.id
    assert entry["schema_version"] >= 1


async def test_unsent_writes_and_the_last_error_are_reported_with_the_next_pull(
    phone: Device, network: Lossy
) -> None:
    await phone.sync()
    phone.put("foods", OATS)
    network.fail = lambda _: "before"
    with pytest.raises(Offline):
        await phone.push()
    network.fail = lambda _: None
    await phone.pull()
    entry = await facts(phone)
    assert (entry["waiting"], entry["last_error"]) == (1, "offline")
    assert entry["oldest_waiting_at"] is not None
    explanation = await phone.explain(device=phone.id)
    causes: Any = explanation["causes"]
    assert causes[0]["cause"] == "never_sent"


async def test_a_device_can_be_forgotten(phone: Device) -> None:
    await phone.sync()
    await phone.forget_device(phone.id)
    assert await phone.devices() == []
    with pytest.raises(RequestRejected):
        await phone.forget_device(phone.id)


async def test_the_commands_show_devices_and_causes(
    phone: Device, server: Server, email: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id = phone.put("foods", OATS)
    await phone.sync()
    phone.delete("foods", id)
    await phone.sync()
    account = ["--base-url", server.base_url, "--email", email, "--password", PASSWORD]
    assert await run_devices(parser().parse_args(["devices", *account])) == 0
    assert "Änn's phone" in capsys.readouterr().out
    question = parser().parse_args(["explain", *account, "--record", id])
    assert await run_explain(question) == 0
    shown = capsys.readouterr().out
    assert "deleted (certain)\n" in shown
    assert "restorable_version: " in shown


def test_every_error_has_a_code() -> None:
    assert error_code(Offline("", sent=True)) == "offline"
    assert error_code(Unavailable("", status=429)) == "rate_limited"
    assert error_code(Unavailable("", status=503)) == "unavailable"
    assert error_code(RequestRejected(413, "quota_exceeded", "")) == "quota_exceeded"
    assert error_code(SignedOut("")) == "signed_out"
    assert error_code(UpgradeRequired("")) == "upgrade_required"
