"""The fleet: devices by version, those that stopped syncing, rejections by day."""

import asyncio
import datetime
import os
import time
from collections import Counter

import orjson
import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool, bypass_row_level_security
from sync_server.sync.devices import fleet, rejections
from sync_server.sync.devices.fleet import count_fleet
from sync_server.sync.devices.rejections import OTHERS, RejectionKind, Rejections, store_rejections
from tests.api.test_support import someone
from tests.api.test_support_accounts import push_rejected
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.sample_records import new_id

INSERT = """
INSERT INTO device_facts (user_id, device_id, first_seen_at, seen_at, report)
VALUES ($1, $2, $3, $3, $4::text::json)
"""
INSERT_MANY = """
INSERT INTO device_facts (user_id, device_id, first_seen_at, seen_at, report)
SELECT $1, gen_random_uuid(), now(), now() - number % 60 * interval '1 day',
       json_build_object('app_version', $3::text, 'schema_version', 1, 'waiting', number % 3)
FROM generate_series(1, $2::integer) AS number
"""
MANY = int(os.environ.get("FLEET_DEVICES", "1000"))
NO_AGE = datetime.timedelta(0)
FAR = 1_000


@pytest.fixture
async def helper(server: Server, pool: Pool, config: Config) -> Client:
    return await someone(server, "support", pool, config)


async def add_device(pool: Pool, user: Client, version: str, days_ago: float, waiting: int) -> str:
    """Store the facts of a device that was last seen so many days ago; its id."""
    device_id, now = new_id(), datetime.datetime.now(datetime.UTC)
    report = {"app_version": version, "schema_version": 1, "waiting": waiting, "at": now}
    seen_at = now - datetime.timedelta(days=days_ago)
    await pool.execute(INSERT, user.user_id, device_id, seen_at, orjson.dumps(report).decode())
    return device_id


async def count(pool: Pool, config: Config) -> bool:
    return await count_fleet(pool, config, datetime.datetime.now(datetime.UTC), NO_AGE, FAR)


async def test_devices_are_counted_by_version(
    ann: Client, helper: Client, pool: Pool, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"1.{new_id()}"[:40]
    for days_ago, waiting in ((0.1, 0), (3, 2), (20, 0), (60, 1)):
        await add_device(pool, ann, version, days_ago, waiting)
    monkeypatch.setattr(fleet, "PAGE", 3)  # several pages
    assert await count(pool, config)
    status, document = await helper.call("GET", "/support/fleet?days=2")
    assert status == 200
    (row,) = [it for it in document["versions"] if it["app_version"] == version]
    numbers = [row[name] for name in fleet.COUNTS]
    assert (row["schema_version"], numbers) == (1, [4, 1, 2, 3, 2])
    today = document["days"][-1]
    assert today["devices"] == sum(it["devices"] for it in document["versions"])
    assert today["stopped"] >= 2


async def test_many_devices_are_counted_by_few_statements(
    ann: Client, pool: Pool, config: Config
) -> None:
    version = f"2.{new_id()}"[:40]
    await pool.execute(INSERT_MANY, ann.user_id, MANY, version, timeout=60)
    started = time.perf_counter()
    assert await count(pool, config)
    seconds = time.perf_counter() - started
    print(f"\n{MANY} devices counted in {seconds:.2f} s")
    counted = "SELECT devices FROM fleet_devices WHERE app_version = $1"
    assert await pool.fetchval(counted, version) == MANY
    await pool.execute("DELETE FROM device_facts WHERE user_id = $1", ann.user_id, timeout=60)


async def test_a_request_beside_the_first_count_awaits_it(
    ann: Client, helper: Client, pool: Pool
) -> None:
    await add_device(pool, ann, "1", 1, 0)
    await pool.execute("DELETE FROM fleet_devices")
    paths = ("/support/fleet", "/support/fleet/stopped", "/support/fleet")
    answers = await asyncio.gather(*(helper.call("GET", path) for path in paths))
    assert all(answers[number][1]["versions"] for number in (0, 2))


async def test_young_counts_and_a_large_fleet_are_not_counted_again(
    ann: Client, pool: Pool, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_device(pool, ann, "1", 1, 0)
    assert await count(pool, config)
    now = datetime.datetime.now(datetime.UTC)
    assert not await count_fleet(pool, config, now, datetime.timedelta(minutes=1), FAR)
    monkeypatch.setattr(fleet, "PAGE", 1)
    assert not await count_fleet(pool, config, now, NO_AGE, 1)


async def test_devices_that_stopped_are_listed_until_they_return(
    ann: Client, helper: Client, pool: Pool, config: Config
) -> None:
    idle = await add_device(pool, ann, "1", 8, 0)
    stuck = await add_device(pool, ann, "1", 30, 5)
    gone = await add_device(pool, ann, "1", 91, 5)
    fresh = await add_device(pool, ann, "1", 6, 5)
    await count(pool, config)
    _, document = await helper.call("GET", "/support/fleet/stopped")
    mine = [it for it in document["devices"] if it["user_id"] == ann.user_id]
    assert [it["device_id"] for it in mine] == [stuck, idle]
    assert mine[0]["waiting"] == 5
    assert {gone, fresh}.isdisjoint(it["device_id"] for it in document["devices"])
    await pool.execute("UPDATE device_facts SET seen_at = now() WHERE device_id = $1", stuck)
    _, document = await helper.call("GET", "/support/fleet/stopped")
    assert stuck not in {it["device_id"] for it in document["devices"]}


async def test_rejections_are_counted_by_code_and_version(ann: Client, helper: Client) -> None:
    before = await rejected(helper)
    await push_rejected(ann, ["a", "b"])
    late = {"Device-Report": orjson.dumps({"device_id": new_id(), "app_version": "9.1"}).decode()}
    assert (await ann.call("GET", "/sync/pull?cursor=nonsense", **late))[0] == 400
    await ann.call("GET", "/sync/devices")  # stores what waits
    grown = await rejected(helper) - before
    assert grown == {
        ("invalid_record", "9.1", "change"): 2,
        ("invalid_cursor", "9.1", "request"): 1,
    }


async def rejected(helper: Client) -> Counter[tuple[str, str, str]]:
    """Today's rejections of the version 9.1 that the server shows."""
    status, document = await helper.call("GET", "/support/fleet/rejections?days=1")
    assert status == 200
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Counter(
        {
            (it["code"], it["app_version"], it["kind"]): it["days"].get(today, 0)
            for it in document["items"]
            if it["app_version"] == "9.1"
        }
    )


async def test_invented_versions_are_counted_together(
    pool: Pool, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = datetime.date(2001, 1, 1)
    monkeypatch.setattr(Rejections, "MAX_KINDS", 4)
    counts = Rejections()
    for number in range(6):
        counts.note(RejectionKind(day, "x", str(number), "change"))
    assert counts.take()[RejectionKind(day, "x", OTHERS, "change")] == 2
    monkeypatch.setattr(rejections, "MAX_ROWS", 2)
    for number in (1, 2, 3, 4, 1):
        async with bypass_row_level_security(pool, config) as connection:
            given = Counter({RejectionKind(day, "x", str(number), "change"): 1})
            await store_rejections(connection, given)
    rows = await pool.fetch("DELETE FROM fleet_rejections WHERE day = $1 RETURNING *", day)
    assert {row["app_version"]: row["count"] for row in rows} == {"1": 2, "2": 1, OTHERS: 2}


@pytest.mark.parametrize("query", ["days=0", "days=91", "days=x", "day=1", "days=1&days=1"])
async def test_invalid_days_are_400(query: str, helper: Client) -> None:
    for path in ("fleet", "fleet/rejections"):
        assert (await helper.call("GET", f"/support/{path}?{query}"))[0] == 400
