"""History from a device: what was overwritten, deleted or lost comes back, on every device."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.infrastructure.server import Server
from trackforge_client import Device, RequestRejected
from trackforge_client.device.json_types import Json
from trackforge_client.device.transport import AiohttpTransport, Request, Response
from trackforge_client.record_types import FOODS

PASSWORD = "correct horse battery staple"
OATS: dict[str, Json] = {
    "name": "Oats",
    "energy_kcal": 370,
    "protein_g": 13,
    "carbs_g": 59,
    "fat_g": 7,
}


@pytest.fixture
async def phone(server: Server, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        yield device


async def version_of(device: Device, collection: str, id: str, place: int = 0) -> int:
    version = (await device.history(collection, id))[place]["version"]
    assert isinstance(version, int)
    return version


async def test_an_overwritten_record_is_restored_and_pulled(phone: Device) -> None:
    id = phone.put("foods", OATS)
    for name in ("Rye", "Barley"):
        await phone.sync()
        phone.update("foods", id, name=name)
    await phone.sync()
    entries = await phone.history(FOODS, id)
    names = [entry["data"]["name"] for entry in entries if isinstance(entry["data"], dict)]
    assert names == ["Rye", "Oats"]
    assert [entry["why"] for entry in entries] == ["overwritten"] * 2
    assert len(await phone.history("foods", id, limit=1)) == 1
    restored = await phone.restore(FOODS, id, await version_of(phone, "foods", id, 1))
    assert restored["name"] == "Oats"
    found = phone.get("foods", id)
    assert found is not None
    assert found["name"] == "Oats"


async def test_a_deleted_workout_comes_back_from_the_trash(phone: Device) -> None:
    session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Push day"})
    refs = {"session_id": session, "exercise_id": str(uuid.uuid4())}
    sets = [phone.put("workout_sets", {**refs, "position": place}) for place in range(3)]
    await phone.sync()
    for id in sets:
        phone.delete("workout_sets", id)
    phone.delete("workout_sessions", session)
    await phone.sync()
    assert len(await phone.trash()) == 4
    [entry] = await phone.trash("workout_sessions")
    assert (entry["collection"], entry["id"]) == ("workout_sessions", session)
    version = await version_of(phone, "workout_sessions", session)
    await phone.restore("workout_sessions", session, version)
    assert {it["id"] for it in phone.all("workout_sets", session_id=session)} == set(sets)
    assert await phone.trash() == []


async def test_a_version_that_is_not_there_is_refused(phone: Device) -> None:
    id = phone.put("foods", OATS)
    await phone.sync()
    with pytest.raises(RequestRejected) as caught:
        await phone.restore("foods", id, 99)
    assert caught.value.code == "not_found"
    with pytest.raises(RequestRejected):
        await phone.history("foods", str(uuid.uuid4()))


class SmallPages(AiohttpTransport):
    """Transport whose pages of a history have two entries."""

    async def send(self, request: Request) -> Response:
        path = request.path.replace("limit=100", "limit=2")
        return await super().send(Request(request.method, path, request.headers, request.body))


async def test_the_pages_are_joined(server: Server) -> None:
    async with Device(":memory:", "", http=SmallPages(server.base_url)) as device:
        await device.register(f"{uuid.uuid4()}@example.com", PASSWORD)
        ids = [device.put("foods", OATS) for _ in range(5)]
        await device.sync()
        for id in ids:
            device.delete("foods", id)
        await device.sync()
        assert [it["id"] for it in await device.trash()] == ids[::-1]
