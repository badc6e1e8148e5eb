"""The SQL of the fleet for support: stored counts by day, and devices that stopped syncing."""

import datetime

import asyncpg

from sync_server.store.postgres import Connection
from sync_server.sync.devices.fleet import MAX_STOPPED, STOPPED_DAYS

MAX_REJECTIONS = 100

READ_VERSIONS = """
SELECT nullif(app_version, '') AS app_version, nullif(schema_version, 0) AS schema_version,
       devices, seen_in_day, seen_in_week, seen_in_month, waiting, counted_at
FROM fleet_devices WHERE day = (SELECT max(day) FROM fleet_devices)
ORDER BY devices DESC, app_version, schema_version
"""
READ_DAYS = """
SELECT day, sum(devices)::bigint AS devices, sum(seen_in_day)::bigint AS seen_in_day,
       sum(devices - seen_in_week)::bigint AS stopped, sum(waiting)::bigint AS waiting
FROM fleet_devices WHERE day > $1::date GROUP BY day ORDER BY day
"""
READ_REJECTIONS = f"""
SELECT code, nullif(app_version, '') AS app_version, kind, sum(count)::bigint AS count,
       json_object_agg(day, count ORDER BY day) AS days
FROM fleet_rejections WHERE day > $1::date
GROUP BY code, app_version, kind
ORDER BY count DESC, code, app_version, kind LIMIT {MAX_REJECTIONS}
"""
READ_STOPPED = f"""
SELECT facts.user_id, facts.device_id, facts.seen_at, facts.report, facts.failure
FROM fleet_stopped AS stopped JOIN device_facts AS facts
  ON facts.user_id = stopped.user_id AND facts.device_id = stopped.device_id
WHERE facts.seen_at <= $1::timestamptz - interval '{STOPPED_DAYS} days'
  AND (facts.forgotten_at IS NULL OR facts.seen_at > facts.forgotten_at)
ORDER BY coalesce((facts.report->>'waiting')::bigint, 0) > 0 DESC, facts.seen_at DESC
LIMIT {MAX_STOPPED}
"""


async def read_versions(connection: Connection) -> list[asyncpg.Record]:
    """The latest counts of devices by version, the most frequent first."""
    return await connection.fetch(READ_VERSIONS)


async def read_days(connection: Connection, since: datetime.date) -> list[asyncpg.Record]:
    """Counts of all devices by day, after a day."""
    return await connection.fetch(READ_DAYS, since)


async def read_rejections(connection: Connection, since: datetime.date) -> list[asyncpg.Record]:
    """Counts of rejections after a day, by code, version and kind, the most frequent first."""
    return await connection.fetch(READ_REJECTIONS, since)


async def read_stopped(connection: Connection, now: datetime.datetime) -> list[asyncpg.Record]:
    """Devices that stopped syncing: those with unsent changes first, then the last seen."""
    return await connection.fetch(READ_STOPPED, now)
