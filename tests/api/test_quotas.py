"""Quotas: what an account may hold, and what it still may do when it holds that much."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.support.client import Client, Json, Response
from tests.support.metrics import metric
from tests.support.sample_records import new_id, whole

START_US = 1_700_000_000_000_000
COUNTED = """
SELECT records, tombstones, bytes FROM heads WHERE user_id = $1
"""
ROWS = """
SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted),
       coalesce(sum(octet_length(data::text)), 0)
FROM records WHERE user_id = $1
"""


@pytest.fixture
async def small(config: Config) -> AsyncIterator[Server]:
    """A server with small quotas."""
    running = Server(
        create_app(
            config.changed(
                quota_records=5,
                quota_bytes=5000,
                quota_rejected_changes=3,
                quota_sessions=3,
                quota_devices=3,
            )
        )
    )
    await running.start_server(auto_decompress=False)
    yield running
    await running.close()


@pytest.fixture
async def ann(small: Server) -> Client:
    user = Client(small.base_url)
    await user.register()
    return user


def change(op: str = "put", id: str | None = None, at: int = 0, **fields: Any) -> Json:
    made: Json = {"collection": "foods", "id": id or new_id(), "op": op, "clock": START_US + at}
    return made | ({} if op == "delete" else {"data": whole("foods") | fields})


async def push(user: Client, *changes: Json, device: str = "") -> Response:
    return await user.push({"device_id": device or new_id(), "changes": list(changes)})


async def counted(pool: Pool, user: Client) -> tuple[int, int, int]:
    """The counters, which are those of the rows."""
    row = tuple(await pool.fetchrow(COUNTED, user.user_id) or ())
    assert row == tuple(await pool.fetchrow(ROWS, user.user_id) or ())
    records, tombstones, size = row
    return records, tombstones, size


async def test_a_push_beyond_the_records_is_rejected_whole(ann: Client, pool: Pool) -> None:
    changes = [change() for _ in range(5)]
    assert (await push(ann, *changes)).status == 200
    assert (await counted(pool, ann))[:2] == (5, 0)
    before = metric("trackforge_quota_exceeded_total")
    answer = await push(ann, change(), change())
    assert (answer.status, answer.code) == (413, "quota_exceeded")
    assert metric("trackforge_quota_exceeded_total") == before + 1
    assert "5 records" in answer.json["detail"]
    assert len(await ann.pull()) == 5


async def test_what_is_full_can_be_changed_deleted_and_exported(ann: Client, pool: Pool) -> None:
    changes = [change() for _ in range(5)]
    await push(ann, *changes)
    ids = [str(it["id"]) for it in changes]
    assert (await push(ann, change(id=ids[0], at=1, name="Another name"))).status == 200
    freed = await push(ann, change("delete", ids[0], at=2), change("delete", ids[1], at=2))
    assert [it["status"] for it in freed.json["results"]] == ["applied", "applied"]
    assert (await counted(pool, ann))[:2] == (3, 2)
    assert (await push(ann, change(), change())).status == 200
    assert (await push(ann, change())).code == "quota_exceeded"
    replaced = await push(ann, change("delete", ids[2], at=3), change())
    assert replaced.status == 200, "the deletion makes room for the new record"
    exported = await ann.send("GET", "/users/me/export")
    assert exported.status == 200
    assert len([line for line in exported.body.splitlines() if b'"record"' in line]) == 8


async def test_bytes_are_counted_and_may_shrink(ann: Client, pool: Pool) -> None:
    first = change(notes="é" * 2000)
    assert (await push(ann, first)).status == 200
    assert (await counted(pool, ann))[2] > 4000
    answer = await push(ann, change(notes="x" * 1000))
    assert (answer.status, answer.code) == (413, "quota_exceeded")
    assert "5000 bytes" in answer.json["detail"]
    assert (await push(ann, change(id=str(first["id"]), at=1, notes="short"))).status == 200
    assert (await push(ann, change(notes="x" * 1000))).status == 200
    await counted(pool, ann)


async def test_tombstones_have_a_quota_that_deletions_of_records_do_not_meet(
    ann: Client, pool: Pool
) -> None:
    record = change()
    await push(ann, record)
    assert (await push(ann, *(change("delete") for _ in range(10)))).status == 200
    assert (await push(ann, change("delete"))).code == "quota_exceeded"
    assert (await push(ann, change("delete", str(record["id"]), at=1))).status == 200
    assert (await counted(pool, ann))[:2] == (0, 11)
    assert (await push(ann, change())).code == "quota_exceeded"


async def test_rest_routes_and_counters_agree(ann: Client, pool: Pool) -> None:
    records = [await ann.create("foods") for _ in range(5)]
    answer = await ann.send("POST", "/foods", whole("foods"), Idempotency_Key=new_id())
    assert (answer.status, answer.code) == (413, "quota_exceeded")
    assert (await ann.send("DELETE", f"/foods/{records[0]['id']}")).status in (200, 204)
    assert (await counted(pool, ann))[:2] == (4, 1)


async def test_the_purge_and_an_earlier_release_are_counted(
    ann: Client, pool: Pool, config: Config
) -> None:
    changes = [change() for _ in range(3)]
    await push(ann, *changes, *(change("delete") for _ in range(2)))
    await pool.execute(
        "UPDATE records SET changed_at = changed_at - interval '200 days' WHERE user_id = $1",
        ann.user_id,
    )
    await cleanup(pool, config, datetime.now(UTC) + timedelta(seconds=1))
    assert (await counted(pool, ann))[:2] == (3, 0)
    await pool.execute(
        "UPDATE heads SET records = NULL, tombstones = NULL, bytes = NULL WHERE user_id = $1",
        ann.user_id,
    )
    assert (await usage(ann))["records"] == {"used": 3, "quota": 5}
    await push(ann, change())
    assert (await counted(pool, ann))[:2] == (4, 0)


async def test_of_rejected_changes_the_newest_are_stored(ann: Client, pool: Pool) -> None:
    for number in range(4):
        answer = await push(ann, *(change(unknown=f"{number} {at}") for at in range(2)))
        assert answer.json["results"][0]["status"] == "rejected"
    stored = await pool.fetch("SELECT change FROM rejected_changes WHERE user_id = $1", ann.user_id)
    assert len(stored) == 3
    newest = [text for row in stored if b"3 " in (text := bytes(row["change"]))]
    assert len(newest) == 2


async def test_the_longest_unused_session_ends(ann: Client, pool: Pool) -> None:
    first = ann.tokens["refresh_token"]
    for _ in range(3):
        await ann.login()
    status, problem = await ann.refresh(first)
    assert (status, problem["code"]) == (401, "invalid_refresh_token")
    sessions = (await ann.send("GET", "/auth/sessions")).json["sessions"]
    assert len(sessions) == 3
    rows = "SELECT count(*) FROM {} WHERE user_id = $1"
    assert await pool.fetchval(rows.format("token_families"), ann.user_id) == 3
    assert await pool.fetchval(rows.format("refresh_tokens"), ann.user_id) == 3


async def test_the_longest_unseen_device_is_forgotten(ann: Client, pool: Pool) -> None:
    devices = [new_id() for _ in range(5)]
    for device in devices:
        assert (await ann.send("GET", f"/sync/pull?device_id={device}")).status == 200
    stored = await pool.fetch("SELECT device_id::text FROM devices WHERE user_id = $1", ann.user_id)
    assert {row["device_id"] for row in stored} == set(devices[-3:])


async def usage(user: Client) -> Json:
    found: Json = (await user.send("GET", "/users/me/usage")).json
    return found


async def test_usage_and_quotas_are_shown(ann: Client, pool: Pool) -> None:
    await push(ann, change(), change(), change(unknown=1))
    await ann.send("GET", f"/sync/pull?device_id={new_id()}")
    _, _, size = await counted(pool, ann)
    quotas = (await ann.send("GET", "/sync/config")).json["quotas"]
    assert quotas == {
        "records": 5, "bytes": 5000, "rejected_changes": 3, "sessions": 3, "devices": 3,
        "image_bytes": 100 * 1024 * 1024,
    }  # fmt: skip
    used = {
        "records": 2, "bytes": size, "rejected_changes": 1, "sessions": 1, "devices": 1,
        "image_bytes": 0,
    }  # fmt: skip
    assert await usage(ann) == {
        name: {"used": used[name], "quota": quota} for name, quota in quotas.items()
    }
