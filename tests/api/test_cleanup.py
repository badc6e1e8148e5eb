"""Retention: expired data is deleted, and a device that was away resyncs after a purge."""

import asyncio
import os
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.maintenance import tombstones
from sync_server.maintenance.retention import LOCK, cleanup, periodic_cleanup
from sync_server.store.files.disk import DiskStore
from sync_server.store.postgres import POOL, Pool, create_pool
from sync_server.web.uploads import FILE_STORE
from tests.support.metrics import metric

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=200)
FRESH = NOW - timedelta(days=1)


@pytest.fixture
async def user(pool: Pool) -> str:
    user_id = str(uuid.uuid4())
    await pool.execute(
        "INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, '', $3)",
        user_id, f"{user_id}@example.org", OLD,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO heads (user_id, version, epoch) VALUES ($1, 100, $2)",
        user_id, secrets.randbits(62) + 1,
    )  # fmt: skip
    return user_id


async def put(pool: Pool, user: str, version: int, *, deleted: bool, changed_at: datetime) -> str:
    record = str(uuid.uuid4())
    await pool.execute(
        "INSERT INTO records (user_id, collection, id, version, clock, device_id, deleted,"
        " changed_at, data) VALUES ($1, 'foods', $2, $3, 1, $2, $4, $5, '{}')",
        user, record, version, deleted, changed_at,
    )  # fmt: skip
    return record


async def remaining(pool: Pool, user: str) -> set[int]:
    rows = await pool.fetch("SELECT version FROM records WHERE user_id = $1", user)
    return {row["version"] for row in rows}


async def purged_version(pool: Pool, user: str) -> int:
    version: int = await pool.fetchval("SELECT purged_version FROM heads WHERE user_id = $1", user)
    return version


async def test_only_old_tombstones_are_purged(pool: Pool, config: Config, user: str) -> None:
    await put(pool, user, 1, deleted=True, changed_at=OLD)
    await put(pool, user, 2, deleted=False, changed_at=OLD)
    await put(pool, user, 3, deleted=True, changed_at=OLD)
    await put(pool, user, 4, deleted=True, changed_at=FRESH)
    await cleanup(pool, config, NOW)
    assert await remaining(pool, user) == {2, 4}
    assert await purged_version(pool, user) == 3


async def test_the_aliases_of_a_record_go_with_its_tombstone(
    pool: Pool, config: Config, user: str
) -> None:
    purged = await put(pool, user, 1, deleted=True, changed_at=OLD)
    fresh = await put(pool, user, 2, deleted=True, changed_at=FRESH)
    for target in (purged, fresh):
        await pool.execute(
            "INSERT INTO record_aliases VALUES ($1, 'foods', $2, $3)",
            user, str(uuid.uuid4()), target,
        )  # fmt: skip
    await cleanup(pool, config, NOW)
    rows = await pool.fetch("SELECT target_id FROM record_aliases WHERE user_id = $1", user)
    assert [row["target_id"] for row in rows] == [fresh]


async def test_the_purge_goes_on_batch_after_batch(
    pool: Pool, config: Config, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tombstones, "PURGE", tombstones.PURGE.replace("LIMIT 1000", "LIMIT 2"))
    for version in range(1, 6):
        await put(pool, user, version, deleted=True, changed_at=OLD)
    await cleanup(pool, config, NOW)
    assert await remaining(pool, user) == set()
    assert await purged_version(pool, user) == 5


async def test_a_tombstone_revived_during_the_purge_stays(
    pool: Pool, config: Config, user: str
) -> None:
    """The push holds the head row; the purge waits for it and then sees what it did."""
    record = await put(pool, user, 1, deleted=True, changed_at=OLD)
    async with pool.acquire() as push:
        transaction = push.transaction()
        await transaction.start()
        await push.execute("SELECT 1 FROM heads WHERE user_id = $1 FOR UPDATE", user)
        purge = asyncio.create_task(cleanup(pool, config, NOW))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await pool.fetchval(waiting):
            await asyncio.sleep(0.01)
        await push.execute(
            "UPDATE records SET deleted = false, version = 101 WHERE user_id = $1 AND id = $2",
            user, record,
        )  # fmt: skip
        await transaction.commit()
    await purge
    assert await remaining(pool, user) == {101}
    assert await purged_version(pool, user) == 0


async def plan_tombstone(
    pool: Pool, user: str, collection: str, parent: str | None, days: int, data: str = '{"name":""}'
) -> str:
    """A tombstone of some days after OLD by its clock."""
    record, version = str(uuid.uuid4()), 1 + await pool.fetchval("SELECT count(*) FROM records")
    clock = int((OLD + timedelta(days=days)).timestamp() * 1e6)
    await pool.execute(
        "INSERT INTO records (user_id, collection, id, version, clock, device_id, deleted,"
        " parent_id, changed_at, data) VALUES ($1, $2, $3, $4, $5, $3, true, $6, $7, $8)",
        user, collection, record, version, clock, parent, OLD, data,
    )  # fmt: skip
    return record


async def test_a_deleted_plan_is_kept_with_what_was_deleted_with_it(
    pool: Pool, config: Config, user: str
) -> None:
    plan = await plan_tombstone(pool, user, "diet_plans", None, 9)
    meal = await plan_tombstone(pool, user, "meals", plan, 9)
    item = await plan_tombstone(pool, user, "meal_items", meal, 10)
    other = str(uuid.uuid4())  # a plan and a meal that are not deleted, or unknown
    gone = [
        await plan_tombstone(pool, user, "diet_plans", None, 9, "{}"),
        await plan_tombstone(pool, user, "meals", plan, 7),
        await plan_tombstone(pool, user, "meal_items", meal, 7),
        await plan_tombstone(pool, user, "meals", other, 9),
        await plan_tombstone(pool, user, "meal_items", other, 9),
    ]
    await cleanup(pool, config, NOW)
    await cleanup(pool, config, NOW + timedelta(days=1000))
    rows = await pool.fetch("SELECT id::text FROM records WHERE user_id = $1", user)
    assert {row["id"] for row in rows} == {plan, meal, item}
    assert gone
    assert await purged_version(pool, user) > 0


async def test_days_that_records_left_are_forgotten_with_the_purge(
    pool: Pool, config: Config, user: str
) -> None:
    await put(pool, user, 5, deleted=True, changed_at=OLD)
    for version in (4, 6):
        await pool.execute(
            "INSERT INTO vacated_days (user_id, version, day) VALUES ($1, $2, $3)",
            user, version, NOW.date(),
        )  # fmt: skip
    await cleanup(pool, config, NOW)
    rows = await pool.fetch("SELECT version FROM vacated_days WHERE user_id = $1", user)
    assert [row["version"] for row in rows] == [6]


async def test_answers_and_rejected_changes_are_kept_as_long_as_promised(
    pool: Pool, config: Config, user: str
) -> None:
    for hours in (1, 47, 49, 24 * 29, 24 * 31):
        age = NOW - timedelta(hours=hours)
        await pool.execute(
            "INSERT INTO idempotency_keys VALUES ($1, $2, '', 200, '', $3)", user, str(hours), age
        )
        await pool.execute(
            "INSERT INTO rejected_changes VALUES ($1, $2, NULL, '', '{}', $3)",
            user, str(uuid.UUID(int=hours)), age,
        )  # fmt: skip
    await cleanup(pool, config, NOW)
    keys = await pool.fetch("SELECT key FROM idempotency_keys WHERE user_id = $1", user)
    assert {row["key"] for row in keys} == {"1", "47"}
    rejected = await pool.fetch("SELECT id FROM rejected_changes WHERE user_id = $1", user)
    assert {uuid.UUID(row["id"]).int for row in rejected} == {1, 47, 49, 24 * 29}


async def test_expired_tokens_are_forgotten(pool: Pool, config: Config, user: str) -> None:
    for expires_at in (NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)):
        family = str(uuid.uuid4())
        await pool.execute(
            "INSERT INTO token_families (user_id, id, created_at, last_used_at, expires_at)"
            " VALUES ($1, $2, $3, $3, $4)",
            user, family, OLD, expires_at,
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO refresh_tokens (user_id, hash, family_id, state, created_at, expires_at)"
            " VALUES ($1, $2, $3, 'active', $4, $5)",
            user, os.urandom(32), family, OLD, expires_at,
        )  # fmt: skip
        await pool.execute(
            "INSERT INTO revoked_tokens VALUES ($1, $2, $3)", user, family, expires_at
        )
    await cleanup(pool, config, NOW)
    for table in ("refresh_tokens", "revoked_tokens", "token_families"):
        rows = await pool.fetch(f"SELECT expires_at FROM {table} WHERE user_id = $1", user)
        assert [row["expires_at"] > NOW for row in rows] == [True], table


async def test_a_second_process_leaves_it_to_the_first(
    pool: Pool, config: Config, user: str
) -> None:
    await put(pool, user, 1, deleted=True, changed_at=OLD)
    async with pool.acquire() as other, other.transaction():
        await other.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        assert await cleanup(pool, config, NOW) == {}
    assert await remaining(pool, user) == {1}


async def test_a_running_server_cleans_up_by_itself(pool: Pool, config: Config, user: str) -> None:
    now = datetime.now(UTC)
    await put(pool, user, 1, deleted=True, changed_at=now - timedelta(days=181))
    await put(pool, user, 2, deleted=True, changed_at=now - timedelta(days=179))
    app = web.Application()
    app[CONFIG] = config.changed(cleanup_interval_s=0.01)
    app[POOL] = await create_pool(config)
    app[FILE_STORE] = DiskStore(config.stores.data_dir / "uploads")
    app.cleanup_ctx.append(periodic_cleanup)
    runner = web.AppRunner(app)
    assert await remaining(pool, user) == {1, 2}
    deleted = metric("trackforge_cleanup_rows_total", table="records")
    await runner.setup()
    async with asyncio.timeout(30):
        while metric("trackforge_cleanup_rows_total", table="records") == deleted:
            await asyncio.sleep(0.01)
    assert await remaining(pool, user) == {2}
    await runner.cleanup()
    await app[POOL].close()
