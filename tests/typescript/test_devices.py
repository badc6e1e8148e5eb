"""Wakes, reports, devices and explanations of TypeScript devices, against a server."""

from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.sync.stories import PASSWORD

from .conftest import NewTypeScriptDevice, TypeScriptError

OATS: dict[str, Any] = {
    "name": "Oats",
    "energy_kcal": 370,
    "protein_g": 13,
    "carbs_g": 59,
    "fat_g": 7,
}


@pytest.mark.usefixtures("package")
async def test_devices_wake_report_explain_and_are_forgotten(
    server: Server, tmp_path: Path, new_typescript_device: NewTypeScriptDevice
) -> None:
    user = Client(server.base_url)
    user.email = f"ada.{tmp_path.name}@example.com"
    user.password = PASSWORD
    await user.register()
    phone = await new_typescript_device("phone")
    tablet = await new_typescript_device("tablet")
    ids = [await phone.put("foods", OATS) for _ in range(3)]
    sent = await phone.command("wake", budget={"budgetMs": 20_000, "budgetBytes": 20_000})
    assert sent == {"sent": {"applied": 3}, "received": 3, "finished": True}
    own = await tablet.put("foods", OATS)
    received = await tablet.command("wake")
    assert received == {"sent": {"applied": 1}, "received": 4, "finished": True}
    assert {food["id"] for food in await tablet.all("foods")} == {*ids, own}
    devices = await phone.command("devices")
    assert len(devices) == 2
    assert [it["waiting"] for it in devices] == [0, 0]
    assert {it["schema_version"] for it in devices} == {1}
    (other,) = [it["device_id"] for it in devices if not it["current"]]
    question = {"device": other, "record": f"foods/{ids[0]}"}
    explanation = await phone.command("explain", question=question)
    assert explanation["record"]["id"] == ids[0]
    assert explanation["causes"][0]["cause"] == "up_to_date"
    await phone.command("forgetDevice", id=other)
    assert [it["current"] for it in await phone.command("devices")] == [True]
    with pytest.raises(TypeScriptError, match="not_found"):
        await phone.command("forgetDevice", id=other)
