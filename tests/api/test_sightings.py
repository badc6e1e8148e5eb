"""Facts of devices behind the requests: rarely written, never lost to a short failure."""

import asyncio
import datetime

import orjson
import pytest

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from sync_server.sync.devices.report import DeviceReport
from sync_server.sync.devices.sighting import MAX_LOST, DeviceKey, Lost, Reported, Sighting
from sync_server.sync.devices.sightings import INTERVAL_S, Sightings
from sync_server.web.trouble import Trouble
from tests.support.client import Client
from tests.support.sample_records import new_id

NOW = datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.UTC)
SEEN_AT = "SELECT seen_at FROM device_facts WHERE user_id = $1 AND device_id = $2"


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sightings(pool: Pool, config: Config, clock: Clock) -> Sightings:
    return Sightings(pool, config, Trouble(), clock)


@pytest.fixture
def key(ann: Client) -> DeviceKey:
    return DeviceKey(UserId(ann.user_id), new_id())


def seen(minutes: float) -> Sighting:
    return Sighting(NOW + datetime.timedelta(minutes=minutes))


async def test_a_device_is_written_at_once_and_then_once_a_minute(
    sightings: Sightings, key: DeviceKey, pool: Pool, clock: Clock
) -> None:
    for minute in range(5):
        sightings.note(key, seen(minute))
    await sightings.store_due()
    assert await pool.fetchval(SEEN_AT, *key) == seen(4).seen_at
    for second in range(1, 60):
        clock.now = 1000.0 + second
        sightings.note(key, seen(second))
        await sightings.store_due()
    assert await pool.fetchval(SEEN_AT, *key) == seen(4).seen_at
    clock.now = 1000.0 + INTERVAL_S
    await sightings.store_due()
    assert await pool.fetchval(SEEN_AT, *key) == seen(59).seen_at


async def test_a_request_that_reads_the_facts_does_not_wait_for_the_minute(
    sightings: Sightings, key: DeviceKey, pool: Pool
) -> None:
    sightings.note(key, seen(0))
    await sightings.store_due()
    sightings.note(key, seen(1))
    await sightings.store_user(key.user_id)
    assert await pool.fetchval(SEEN_AT, *key) == seen(1).seen_at


async def test_facts_wait_for_a_database_that_is_away(
    config: Config, key: DeviceKey, pool: Pool, clock: Clock
) -> None:
    sightings = Sightings(pool, config.changed(acquire_timeout_s=0.05), Trouble(), clock)
    sightings.note(key, seen(0))
    taken = [await pool.acquire() for _ in range(config.stores.database_pool_size)]
    try:
        with pytest.raises(TimeoutError):
            await sightings.store_due()
        sightings.note(key, seen(1))
    finally:
        for connection in taken:
            await pool.release(connection)
    await sightings.store_due()
    row = await pool.fetchrow("SELECT * FROM device_facts WHERE device_id = $1", key.device_id)
    assert row is not None
    assert (row["seen_at"], row["first_seen_at"]) == (seen(1).seen_at, seen(1).seen_at)


async def test_facts_of_an_account_that_was_deleted_keep_nobody_elses(
    sightings: Sightings, key: DeviceKey, pool: Pool
) -> None:
    gone = DeviceKey(UserId(new_id()), new_id())
    sightings.note(gone, seen(0))
    sightings.note(key, seen(0))
    await sightings.store_due()
    assert await pool.fetchval(SEEN_AT, *gone) is None
    assert await pool.fetchval(SEEN_AT, *key) == seen(0).seen_at


async def test_an_older_fact_of_another_process_does_not_replace_a_newer_one(
    pool: Pool, config: Config, key: DeviceKey
) -> None:
    for minute in (5, 1):
        process = Sightings(pool, config, Trouble())
        sighting = seen(minute)
        sighting.report = Reported(DeviceReport(waiting=minute), sighting.seen_at, 0)
        process.note(key, sighting)
        await process.store_all()
    row = await pool.fetchrow("SELECT * FROM device_facts WHERE device_id = $1", key.device_id)
    assert row is not None
    assert row["seen_at"] == seen(5).seen_at
    assert orjson.loads(row["report"])["waiting"] == 5


async def test_the_latest_lost_changes_are_stored(
    sightings: Sightings, key: DeviceKey, pool: Pool
) -> None:
    for number in range(MAX_LOST + 3):
        sighting = seen(number)
        sighting.lost = (Lost("foods", f"{number}", "stale", sighting.seen_at),)
        sightings.note(key, sighting)
        if number % 10 == 0:
            await sightings.store_user(key.user_id)
    await sightings.store_all()
    stored = await pool.fetchval("SELECT lost FROM device_facts WHERE device_id = $1", key[1])
    assert [it["id"] for it in orjson.loads(stored)] == [str(n) for n in range(3, MAX_LOST + 3)]


async def test_the_latest_devices_of_a_user_are_stored(
    pool: Pool, config: Config, key: DeviceKey
) -> None:
    sightings = Sightings(pool, config.changed(quota_devices=3), Trouble())
    keys = [key, *(DeviceKey(key.user_id, new_id()) for _ in range(4))]
    for minute, device in enumerate(keys):
        sightings.note(device, seen(minute))
    await sightings.store_all()
    rows = await pool.fetch("SELECT device_id FROM device_facts WHERE user_id = $1", key.user_id)
    assert {row["device_id"] for row in rows} == {device.device_id for device in keys[2:]}


async def test_a_device_is_written_behind_its_push(ann: Client, pool: Pool) -> None:
    device_id = new_id()
    assert (await ann.push({"device_id": device_id, "changes": []})).status == 200
    async with asyncio.timeout(10):
        while await pool.fetchval(SEEN_AT, ann.user_id, device_id) is None:
            await asyncio.sleep(0.05)


async def test_facts_are_part_of_the_export(ann: Client) -> None:
    device_id = new_id()
    await ann.push({"device_id": device_id, "changes": []})
    await ann.send("GET", "/sync/devices")
    lines = (await ann.send("GET", "/users/me/export")).body.splitlines()
    facts = [line for line in map(orjson.loads, lines) if line["kind"] == "device_facts"]
    assert [line["device_id"] for line in facts] == [device_id]
