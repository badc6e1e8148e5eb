"""The fleet: devices of all users, counted by version of the app and of the schema.

The facts of devices have no index by time, so that they are written cheaply. They are counted in
the order of their key, so many devices a statement, and the counts of a day are stored.
"""

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import asyncpg
import orjson

from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, bypass_row_level_security
from sync_server.sync.devices.rejections import OTHERS

PAGE = 20_000
"""Devices of one statement."""
STOPPED_DAYS = 7
"""Days without a request after which a device has stopped syncing."""
GONE_DAYS = 90
"""Days without a request after which a device is no longer looked for."""
MAX_STOPPED = 200
MAX_VERSIONS = 100
LOCK = 7_266_317_003
COUNTS = ("devices", "seen_in_day", "seen_in_week", "seen_in_month", "waiting")

READ_PAGE = f"""
WITH page AS MATERIALIZED (
  SELECT user_id, device_id, seen_at, $1::timestamptz - seen_at AS age,
         coalesce(report->>'app_version', '') AS app_version,
         coalesce((report->>'schema_version')::integer, 0) AS schema_version,
         coalesce((report->>'waiting')::bigint, 0) AS waiting,
         forgotten_at IS NULL OR seen_at > forgotten_at AS listed
  FROM device_facts WHERE (user_id, device_id) > ($2::uuid, $3::uuid)
  ORDER BY user_id, device_id LIMIT $4
)
SELECT (SELECT array[user_id::text, device_id::text] FROM page
        ORDER BY user_id DESC, device_id DESC LIMIT 1) AS last,
       (SELECT coalesce(json_agg(counted), '[]') FROM (
          SELECT app_version, schema_version, count(*) AS devices,
                 count(*) FILTER (WHERE age < interval '1 day') AS seen_in_day,
                 count(*) FILTER (WHERE age < interval '7 days') AS seen_in_week,
                 count(*) FILTER (WHERE age < interval '30 days') AS seen_in_month,
                 count(*) FILTER (WHERE waiting > 0) AS waiting
          FROM page WHERE listed GROUP BY 1, 2) AS counted) AS counts,
       (SELECT coalesce(json_agg(stopped), '[]') FROM (
          SELECT waiting > 0 AS is_waiting, seen_at, user_id, device_id FROM page
          WHERE listed AND age >= interval '{STOPPED_DAYS} days'
            AND age < interval '{GONE_DAYS} days'
          ORDER BY 1 DESC, seen_at DESC LIMIT {MAX_STOPPED}) AS stopped) AS stopped
"""
LATEST = "SELECT max(counted_at) FROM fleet_devices WHERE day >= $1::date - 1"
STORE_DEVICES = """
INSERT INTO fleet_devices SELECT $2::date, given.*, $3 FROM json_to_recordset($1::text::json) AS
  given (app_version text, schema_version integer, devices bigint, seen_in_day bigint,
         seen_in_week bigint, seen_in_month bigint, waiting bigint)
"""
DELETE_STOPPED = "DELETE FROM fleet_stopped"
STORE_STOPPED = """
INSERT INTO fleet_stopped (user_id, device_id)
SELECT users.id, given.device_id
FROM json_to_recordset($1::text::json) AS given (user_id uuid, device_id uuid)
JOIN users ON users.id = given.user_id
WHERE users.id = ANY($2::text[]::uuid[])
"""
START = "00000000-0000-0000-0000-000000000000"


class Version(NamedTuple):
    """A version of the app and of its schema; empty and 0 for those that are not reported."""

    app_version: str
    schema_version: int


class Census:
    """Counts of devices by version, and the devices that stopped syncing, from pages of facts."""

    def __init__(self) -> None:
        self.counts: dict[Version, Counter[str]] = {}
        self.stopped: list[tuple[bool, str, str, str]] = []

    def add(self, row: asyncpg.Record) -> None:
        """Add a page."""
        for item in orjson.loads(row["counts"]):
            version = Version(item.pop("app_version"), item.pop("schema_version"))
            self.counts.setdefault(version, Counter()).update(item)
        stopped = [tuple(item.values()) for item in orjson.loads(row["stopped"])]
        self.stopped = sorted([*self.stopped, *stopped], reverse=True)[:MAX_STOPPED]

    def rows(self) -> list[dict[str, object]]:
        """The most frequent versions with their counts, all others together."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1]["devices"], item[0]))
        rows = [version._asdict() | _named(counts) for version, counts in ranked[:MAX_VERSIONS]]
        others = _sum(counts for _, counts in ranked[MAX_VERSIONS:])
        if others:
            rows.append(Version(OTHERS, 0)._asdict() | _named(others))
        return rows


async def count_fleet(
    pool: Pool, config: Config, now: datetime.datetime, max_age: datetime.timedelta, pages: int
) -> bool:
    """Count all devices and store the day's counts; False if nothing was stored.

    That is: if counts are younger than `max_age`, or if there are more than so many pages of
    devices. Counts that another request stores at the same time are awaited.
    """
    oldest = now - max_age
    async with bypass_row_level_security(pool, config) as connection:
        if await _is_counted(connection, oldest):
            return False
    census = await _read(pool, config, now, pages)
    if census is None:
        return False
    async with bypass_row_level_security(pool, config) as connection:
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        if await _is_counted(connection, oldest):
            return False
        await _store(connection, census, now)
    return True


async def _is_counted(connection: Connection, oldest: datetime.datetime) -> bool:
    latest = await connection.fetchval(LATEST, oldest)
    return latest is not None and latest > oldest


async def _read(pool: Pool, config: Config, now: datetime.datetime, pages: int) -> Census | None:
    census, last = Census(), [START, START]
    for _ in range(pages):
        async with bypass_row_level_security(pool, config) as connection:
            row = await connection.fetchrow(READ_PAGE, now, *last, PAGE)
        if row is None or row["last"] is None:
            return census
        census.add(row)
        last = row["last"]
    return None


async def _store(connection: Connection, census: Census, now: datetime.datetime) -> None:
    day = now.date()
    await connection.execute("DELETE FROM fleet_devices WHERE day = $1", day)
    await connection.execute(STORE_DEVICES, orjson.dumps(census.rows()).decode(), day, now)
    await connection.execute(DELETE_STOPPED)
    stopped = [{"user_id": user, "device_id": device} for *_, user, device in census.stopped]
    users = sorted({user for *_, user, _ in census.stopped})
    await connection.execute(STORE_STOPPED, orjson.dumps(stopped).decode(), users)


def _named(counts: Counter[str]) -> dict[str, object]:
    return {name: counts[name] for name in COUNTS}


def _sum(all_counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in all_counts:
        total.update(counts)
    return total
