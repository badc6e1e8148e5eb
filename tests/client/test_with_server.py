"""Devices and a real server: what one writes the other sees, whatever the network does."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.client.network import Lossy
from tests.infrastructure.server import Server
from trackforge_client import Device, Offline, RequestRejected, Retryable
from trackforge_client.device.device import wall_clock_us
from trackforge_client.device.transport import AiohttpTransport, Request

PASSWORD = "correct horse battery staple"
SECOND = 1_000_000


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture
async def phone(server: Server, email: str, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(email, PASSWORD)
        yield device


@pytest.fixture
async def tablet(server: Server, email: str, phone: Device) -> AsyncIterator[Device]:
    assert phone.status().email == email
    async with Device(":memory:", server.base_url, name="tablet") as device:
        await device.login(email, PASSWORD)
        yield device


async def test_a_workout_goes_from_one_device_to_the_other(phone: Device, tablet: Device) -> None:
    session = phone.put("workout_sessions", {"date": "2026-11-23", "name": "Push day"})
    squat = phone.put("exercises", {"name": "Squat"})
    for position in range(3):
        phone.put(
            "workout_sets",
            {"session_id": session, "exercise_id": squat, "position": position, "reps": 5,
             "weight_kg": 80},
        )  # fmt: skip
    await phone.sync()
    await tablet.sync()
    assert phone.live()
    assert phone.digest() == tablet.digest()
    assert (await phone.check()).same
    assert (await tablet.check()).same
    view = tablet.day_view("2026-11-23")
    assert view is not None
    training = view["training"]
    assert isinstance(training, dict)
    assert training["volume_kg"] == 1200


async def test_offline_edits_that_meet_both_survive(phone: Device, tablet: Device) -> None:
    refs = {"session_id": str(uuid.uuid4()), "exercise_id": str(uuid.uuid4())}
    id = phone.put("workout_sets", {**refs, "position": 1, "reps": 5, "weight_kg": 80})
    await phone.sync()
    await tablet.sync()
    phone.patch("workout_sets", id, {"notes": "easy"})
    tablet.update("workout_sets", id, weight_kg=85)
    await tablet.sync()
    await phone.sync()
    await tablet.sync()
    found = phone.get("workout_sets", id)
    assert found == tablet.get("workout_sets", id)
    assert found is not None
    assert (found["notes"], found["weight_kg"], found["reps"]) == ("easy", 85, 5)


async def test_one_day_is_one_record_however_many_log_it(phone: Device, tablet: Device) -> None:
    first = phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81})
    second = tablet.put("body_metrics", {"date": "2026-11-23", "weight_kg": 82})
    assert first == second
    stray = phone.put("body_metrics", {"date": "2026-11-24", "weight_kg": 80}, id=phone.id)
    await phone.sync()
    await tablet.sync()
    await phone.sync()
    assert [one["weight_kg"] for one in phone.all("body_metrics")] == [
        one["weight_kg"] for one in tablet.all("body_metrics")
    ]
    assert stray not in {one["id"] for one in phone.all("body_metrics")}
    assert phone.get("body_metrics", stray) is not None
    assert len(phone.all("body_metrics")) == 2


async def test_a_rejected_record_blocks_nothing(server: Server, email: str, tablet: Device) -> None:
    async with Device(":memory:", server.base_url, name="phone", validate=False) as phone:
        await phone.login(email, PASSWORD)
        await _push_invalid_records(phone)
        await tablet.sync()
        assert tablet.digest() == phone.digest()


async def _push_invalid_records(phone: Device) -> None:
    phone.put("exercises", {"name": "Squat"})
    bad = phone.put("exercises", {"name": "Press", "category": "flying"})
    phone.put("exercises", {"name": "Row"})
    phone.put("exercises", {"name": "Long", "notes": "n" * 70_000})
    await phone.sync()
    assert {one["name"] for one in phone.all("exercises")} == {"Squat", "Row"}
    assert {write.id for write in phone.rejected()} > {bad}
    assert phone.status().pending == {}
    assert "2 changes were rejected" in str(phone.status())


async def test_failed_guards_are_reported_by_the_server(phone: Device, tablet: Device) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    await phone.sync()
    await tablet.sync()
    tablet.patch("exercises", id, {"name": "Back squat"})
    await tablet.sync()
    phone.patch("exercises", id, {"name": "Front squat"}, base_version=1)
    assert await phone.push() == {"conflict": 1}
    assert (phone.get("exercises", id) or {})["name"] == "Back squat"


async def test_a_clock_nine_years_ahead_wins_nothing(
    server: Server, email: str, phone: Device
) -> None:
    ahead = 9 * 365 * 86_400 * SECOND
    async with Device(":memory:", server.base_url, now_us=lambda: wall_clock_us() + ahead) as odd:
        await odd.login(email, PASSWORD)
        id = odd.put("exercises", {"name": "one"})
        odd.patch("exercises", id, {"name": "two"})
        await odd.sync()
        await phone.sync()
        assert (phone.get("exercises", id) or {})["name"] == "two"
        phone.patch("exercises", id, {"name": "three"})
        await phone.sync()
        await odd.sync()
        assert (odd.get("exercises", id) or {})["name"] == "three"
        odd.patch("exercises", id, {"name": "four"})
        await odd.sync()
        await phone.sync()
        assert (phone.get("exercises", id) or {})["name"] == "four"


async def test_background_devices_see_each_other(phone: Device, tablet: Device) -> None:
    news = asyncio.Event()
    tablet.on_change(news.set)
    phone.start()
    tablet.start()
    id = phone.put("exercises", {"name": "Squat"})
    async with asyncio.timeout(10):
        await news.wait()
    assert tablet.get("exercises", id) == {"id": id, "name": "Squat"}
    await phone.stop()
    await tablet.stop()


@pytest.mark.parametrize("wait_s", [0, 31])
@pytest.mark.parametrize("fate", ["before", "after"])
async def test_a_lost_push_changes_nothing_twice_and_wins_nothing_by_being_late(
    server: Server, email: str, phone: Device, fate: str, wait_s: int
) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    await phone.sync()
    fates = [fate]
    waited = 0

    def fail(request: Request) -> str | None:
        return fates.pop() if fates and request.path.endswith("/push") else None

    def wall() -> int:
        return wall_clock_us() + waited

    http = Lossy(AiohttpTransport(server.base_url), fail)
    async with Device(":memory:", "", http=http, now_us=wall) as odd:
        await odd.login(email, PASSWORD)
        await odd.pull()
        odd.patch("exercises", id, {"notes": "early"})
        mine = odd.put("exercises", {"name": "mine"})
        with pytest.raises(Offline):
            await odd.push()
        phone.patch("exercises", id, {"notes": "late"})
        await phone.sync()
        waited = wait_s * SECOND
        await odd.sync()
        await phone.sync()
        assert (odd.get("exercises", id) or {})["notes"] == "late"
        assert (phone.get("exercises", mine) or {})["name"] == "mine"
        assert odd.digest() == phone.digest()
        assert (await odd.check()).same


async def test_sessions_end_and_work_goes_on(phone: Device, tablet: Device, email: str) -> None:
    phone.put("exercises", {"name": "Squat"})
    assert len(await phone.sessions()) == 2
    await phone.refresh()
    await phone.logout()
    with pytest.raises(RequestRejected):
        await phone.login(email, "wrong password")
    await phone.login(email, PASSWORD)
    await phone.sync()
    await tablet.sync()
    assert tablet.digest() == phone.digest()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_household_with_a_bad_network_ends_equal(
    server: Server, email: str, phone: Device, seed: int
) -> None:
    chance = random.Random(seed)

    def fail(_: Request) -> str | None:
        return chance.choice([None, None, "before", "after"])

    async with AsyncExitStack() as stack:
        networks = [Lossy(AiohttpTransport(server.base_url), lambda _: None) for _ in range(3)]
        devices = [
            await stack.enter_async_context(
                Device(
                    ":memory:", "", http=http, source=random.Random(seed * 10 + number),
                    push_changes=7, pull_limit=5, sleep=lambda _: asyncio.sleep(0),
                )
            )
            for number, http in enumerate(networks)
        ]  # fmt: skip
        for device, network in zip(devices, networks, strict=True):
            await device.login(email, PASSWORD)
            network.fail = fail
        for _ in range(60):
            device = chance.choice(devices)
            _work(device, chance)
            if chance.random() < 0.3:
                try:
                    await device.sync()
                except Retryable:
                    continue
        for network in networks:
            network.fail = lambda _: None
        for device in devices * 2:
            await device.sync()
        assert len({device.digest() for device in devices}) == 1
        assert all([(await device.check()).same for device in devices])
        assert not any(device.rejected() for device in devices)
        await phone.sync()
        assert phone.digest() == devices[0].digest()


def _work(device: Device, chance: random.Random) -> None:
    known = [str(one["id"]) for one in device.all("exercises")]
    day = f"2026-11-{chance.randint(1, 9):02}"
    match chance.randrange(5):
        case 0:
            device.put("exercises", {"name": f"new {chance.random()}"})
        case 1 if known:
            device.patch("exercises", chance.choice(known), {"notes": f"{chance.random()}"})
        case 2 if known:
            device.delete("exercises", chance.choice(known))
        case 3 if known:
            device.put("exercises", {"name": f"again {chance.random()}"}, id=chance.choice(known))
        case _:
            device.put("body_metrics", {"date": day, "weight_kg": chance.randint(60, 90)})


async def test_a_recording_tells_no_secret(server: Server, email: str, tmp_path: Path) -> None:
    tape = tmp_path / "tape.ndjson"
    async with Device(":memory:", server.base_url, name="phone", record=tape) as device:
        await device.register(email, PASSWORD)
        device.put("exercises", {"name": "Squat"})
        await device.sync()
    text = tape.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    paths = [line["request"]["path"].partition("?")[0] for line in lines]
    assert "/api/v1/sync/push" in paths
    assert "/api/v1/sync/pull" in paths
    assert {line["device"] for line in lines} == {"phone"}
    assert PASSWORD not in text
    assert "eyJ" not in text
