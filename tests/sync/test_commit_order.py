"""Stories: no version becomes visible after a greater one, so no cursor steps over a change."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync_server.store.postgres import Connection, Pool
from tests.infrastructure.server import Server
from trackforge_client import Device

from .conftest import NewDevice
from .stories import RawClient, agree, food, push_of, register


@asynccontextmanager
async def _open_transaction(pool: Pool, user_id: str, name: str) -> AsyncIterator[None]:
    """A push of one food that has written everything and has yet to commit."""
    async with pool.acquire() as connection, connection.transaction():
        await _write(connection, user_id, name)
        yield


async def _write(connection: Connection, user_id: str, name: str) -> None:
    version = 1 + await connection.fetchval(
        "SELECT version FROM heads WHERE user_id = $1 FOR UPDATE", user_id
    )
    await connection.execute(
        "INSERT INTO records (user_id, collection, id, version, clock, device_id, deleted,"
        " changed_at, data) VALUES ($1, 'foods', $2, $3, 1, $4, false, now(), $5)",
        user_id,
        str(uuid.uuid4()),
        version,
        str(uuid.uuid4()),
        json.dumps(food(name)),
    )
    await connection.execute("UPDATE heads SET version = $2 WHERE user_id = $1", user_id, version)


async def test_a_commit_held_open_while_another_commits_is_not_skipped(
    raw: RawClient, pool: Pool
) -> None:
    cursor = (await raw.page())["cursor"]
    async with _open_transaction(pool, raw.user_id, "held open"):
        other = asyncio.create_task(raw.push_bytes(push_of("came meanwhile")))
        await asyncio.wait({other}, timeout=0.2)
        page = await raw.page(cursor=cursor)
        assert page["changes"] == [], "neither may be seen before the first has committed"
    status, text, _ = await other
    assert status == 200
    assert await raw.names(cursor=page["cursor"]) == ["held open", "came meanwhile"]
    assert json.loads(text)["version"] == 2


async def test_a_commit_that_is_rolled_back_leaves_nothing_and_skips_nothing(
    raw: RawClient, pool: Pool
) -> None:
    cursor = (await raw.page())["cursor"]
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await _write(connection, raw.user_id, "rolled back")
        other = asyncio.create_task(raw.push_bytes(push_of("came meanwhile")))
        await asyncio.wait({other}, timeout=0.2)
        await undone.rollback()
    assert (await other)[0] == 200
    assert await raw.names(cursor=cursor) == ["came meanwhile"]


async def test_one_users_open_transaction_holds_nobody_else_up(
    raw: RawClient, server: Server, pool: Pool
) -> None:
    other = await register(server.base_url)
    async with _open_transaction(pool, raw.user_id, "held open"):
        async with asyncio.timeout(2):
            assert (await other.push_bytes(push_of("Oats")))[0] == 200
            assert await other.names() == ["Oats"]
            assert await raw.names() == []
    assert await raw.names() == ["held open"]


async def test_a_reader_that_never_rests_misses_no_change_of_many_writers(raw: RawClient) -> None:
    """A cursor of timestamps, such as Kinto's `last_modified`, loses rows here."""
    seen: list[str] = []
    writing = asyncio.Event()

    async def read() -> None:
        cursor = ""
        more = True
        while more or not writing.is_set():
            more = not writing.is_set()
            page = await raw.page(cursor=cursor, limit="7", day_views="none")
            seen.extend(change["data"]["name"] for change in page["changes"])
            more = more or page["has_more"]
            cursor = page["cursor"]

    async def write(writer: int) -> None:
        for push in range(8):
            names = [f"{writer}.{push}.{number}" for number in range(5)]
            status, _, _ = await raw.push_bytes(push_of(*names))
            assert status == 200

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        async with asyncio.TaskGroup() as writers:
            for writer in range(8):
                writers.create_task(write(writer))
        writing.set()
    expected = {f"{w}.{push}.{n}" for w in range(8) for push in range(8) for n in range(5)}
    assert len(seen) == len(set(seen))
    assert set(seen) == expected


async def test_a_change_with_an_old_clock_arrives_after_one_with_a_new_clock(
    raw: RawClient,
) -> None:
    """A cursor that trusts the clients' time steps over what was written offline."""
    await raw.push_bytes(push_of("written now"))
    cursor = (await raw.page())["cursor"]
    await raw.push_bytes(push_of("written long ago, offline", clock=1_420_070_400_000_000))
    assert await raw.names(cursor=cursor) == ["written long ago, offline"]


async def test_devices_that_push_at_once_end_alike(new_device: NewDevice) -> None:
    devices: list[Device] = [await new_device(f"device {number}") for number in range(4)]
    [shared, *_] = [devices[0].put("foods", food())]
    await agree(*devices)
    for number, device in enumerate(devices):
        device.patch("foods", shared, {"notes": f"by {number}"})
        for other in range(10):
            device.put("foods", food(f"Food {number}.{other}"))
    await asyncio.gather(*(device.push() for device in devices))
    await agree(*devices)
    assert len(devices[0].all("foods")) == 41
    seen = devices[0].get("foods", shared)
    assert seen is not None
    assert seen["notes"] == "by 3"
