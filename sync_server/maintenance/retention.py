"""Retention: deletes stored responses, tokens and tombstones that are older than their limit."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.maintenance.expired_rows import BATCH, count_of, delete_history, delete_images
from sync_server.maintenance.key_rotation import encrypt_again
from sync_server.maintenance.tombstones import purge_one_user
from sync_server.store.files.interface import FileStoreUnavailable
from sync_server.store.files.sweep import sweep_all
from sync_server.store.postgres import POOL, Connection, Pool, bypass_row_level_security
from sync_server.sync.devices.fleet import count_fleet
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.uploads import FILE_STORE

LOCK = 7_266_317_002
FLEET_DAYS = 90
"""Days that counts of the fleet are stored."""
FLEET_AGE = timedelta(minutes=30)
FLEET_PAGES = 1_000_000
CLEANED_UP = Counter(
    "trackforge_cleanup_rows_total",
    "Rows that the clean-up deleted or renewed, by table.",
    ("table",),
)
Step = Callable[[Connection, datetime], Awaitable[int]]
"""Deletes some rows that are older than a time; how many."""

log = structlog.get_logger(__name__)

# One process at a time; the lock ends with the transaction, so it also works behind PgBouncer.
TRY_LOCK = f"SELECT pg_try_advisory_xact_lock({LOCK})"

# The rows are named by their keys, which begin with the user (docs/scale.md).
EXPIRED = {
    "idempotency_keys": ("key", "created_at"),
    "rejected_changes": ("id", "created_at"),
    "refresh_tokens": ("hash", "expires_at"),
    "revoked_tokens": ("jti", "expires_at"),
    "token_families": ("id", "expires_at"),
    "email_links": ("hash", "expires_at"),
    "audit": ("id", "created_at"),
    "powersync_checksums": ("version", "created_at"),
}
DELETE_EXPIRED = """
DELETE FROM {table} WHERE (user_id, {key}) IN (
  SELECT user_id, {key} FROM {table} WHERE {age} < $1 LIMIT {batch})
"""
DELETE_TROUBLE = f"""
DELETE FROM server_trouble WHERE (at, code) IN (
  SELECT at, code FROM server_trouble WHERE at < $1 LIMIT {BATCH})
"""
DELETE_DAYS = "DELETE FROM {table} WHERE day < $1::date"


async def cleanup(pool: Pool, config: Config, now: datetime) -> dict[str, int]:
    """Delete all that has expired at `now`, in short transactions; the rows deleted by table.

    Returns early, with what it did, when another process is at it.
    """
    horizons = _horizons(config, now)
    done: dict[str, int] = {}
    steps: dict[str, Step] = {
        table: _deletion(DELETE_EXPIRED.format(table=table, key=key, age=age, batch=BATCH))
        for table, (key, age) in EXPIRED.items()
    } | {
        "ocr_jobs": delete_images,
        "history": delete_history,
        "server_trouble": _deletion(DELETE_TROUBLE),
    }
    for table in ("fleet_devices", "fleet_rejections"):
        steps[table] = _deletion(DELETE_DAYS.format(table=table))
    for table, step in steps.items():
        horizon = horizons.get(table, now)
        deleted = BATCH
        while deleted >= BATCH:
            async with bypass_row_level_security(pool, config) as connection:
                if not await connection.fetchval(TRY_LOCK):
                    return done
                deleted = await step(connection, horizon)
            done[table] = done.get(table, 0) + deleted
    horizon = now - timedelta(days=config.retention.tombstone_retention_days)
    purged: int | None = 0
    while purged is not None:
        done["records"] = done.get("records", 0) + purged
        async with bypass_row_level_security(pool, config) as connection:
            if not await connection.fetchval(TRY_LOCK):
                return done
            purged = await purge_one_user(connection, horizon)
    return done


def _horizons(config: Config, now: datetime) -> dict[str, datetime]:
    """Time before which rows are deleted, by table; other tables state when a row expires."""
    retention = config.retention
    return {
        "idempotency_keys": now - timedelta(hours=retention.idempotency_retention_hours),
        "history": now - timedelta(days=retention.history_retention_days),
        "rejected_changes": now - timedelta(days=retention.rejected_retention_days),
        "server_trouble": now - timedelta(days=retention.rejected_retention_days),
        "audit": now - timedelta(days=retention.audit_retention_days),
        "powersync_checksums": now - timedelta(days=retention.tombstone_retention_days),
        "fleet_devices": now - timedelta(days=FLEET_DAYS),
        "fleet_rejections": now - timedelta(days=FLEET_DAYS),
    }


def _deletion(statement: str) -> Step:
    async def delete(connection: Connection, horizon: datetime) -> int:
        return count_of(await connection.execute(statement, horizon))

    return delete


async def periodic_cleanup(app: web.Application) -> AsyncIterator[None]:
    """Clean up as long as the application runs, at times that differ between processes."""
    task = asyncio.create_task(_run(app))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _run(app: web.Application) -> None:
    pool, config = app[POOL], app[CONFIG]
    while True:
        await asyncio.sleep(config.retention.cleanup_interval_s * random.uniform(0.5, 1.5))
        try:
            done = await cleanup(pool, config, datetime.now(UTC))
            await sweep_all(pool, config, app[FILE_STORE])
            done["encrypted_again"] = await encrypt_again(pool, config)
            await count_fleet(pool, config, datetime.now(UTC), FLEET_AGE, FLEET_PAGES)
        except (FileStoreUnavailable, *DATABASE_FAILURES) as error:
            log.warning("cleanup failed", reason=repr(error))
        except Exception:
            # Whatever it was, an hour later it is worth another try.
            log.exception("cleanup failed unexpectedly")
        else:
            for name, count in done.items():
                CLEANED_UP.labels(name).inc(count)
            log.info("cleanup", **done)
