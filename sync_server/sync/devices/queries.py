"""The SQL of the facts of devices."""

from collections import Counter
from collections.abc import Iterable, Mapping

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.sync.devices.sighting import (
    MAX_LOST,
    DeviceKey,
    Moment,
    Sighting,
    report_document,
)

# Rows of many users in one statement. An account that was deleted meanwhile has no row in `users`.
# The times of reports are compared as texts, to the second: a cast depends on the session.
STORE = f"""
INSERT INTO device_facts (user_id, device_id, first_seen_at, seen_at, pushed_at, pulled_at,
                          family_id, collections, report, failure, lost, delivered_version)
SELECT users.id, seen.device_id, seen.seen_at, seen.seen_at, seen.pushed_at, seen.pulled_at,
       seen.family_id, seen.collections, seen.report, seen.failure,
       CASE WHEN seen.lost IS NULL OR known.lost IS NULL THEN seen.lost
       ELSE (SELECT json_agg(item ORDER BY number) FROM (
         SELECT item, number FROM json_array_elements(
           (known.lost::jsonb || seen.lost::jsonb)::json
         ) WITH ORDINALITY AS both_lists (item, number)
         ORDER BY number DESC LIMIT {MAX_LOST}) AS newest) END,
       seen.delivered_version
FROM json_to_recordset($1::text::json) AS seen (
  user_id uuid, device_id uuid, seen_at timestamptz, pushed_at timestamptz, pulled_at timestamptz,
  family_id uuid, collections json, report json, failure json, lost json,
  delivered_version bigint)
JOIN users ON users.id = seen.user_id
LEFT JOIN device_facts AS known
       ON known.user_id = users.id AND known.device_id = seen.device_id
      AND known.user_id = ANY($2::text[]::uuid[])
WHERE users.id = ANY($2::text[]::uuid[])
ORDER BY users.id, seen.device_id
ON CONFLICT (user_id, device_id) DO UPDATE SET
  seen_at = greatest(device_facts.seen_at, EXCLUDED.seen_at),
  pushed_at = greatest(device_facts.pushed_at, EXCLUDED.pushed_at),
  pulled_at = greatest(device_facts.pulled_at, EXCLUDED.pulled_at),
  family_id = coalesce(EXCLUDED.family_id, device_facts.family_id),
  collections = coalesce(EXCLUDED.collections, device_facts.collections),
  report = CASE WHEN left(device_facts.report->>'at', 19) > left(EXCLUDED.report->>'at', 19)
           THEN device_facts.report ELSE coalesce(EXCLUDED.report, device_facts.report) END,
  failure = coalesce(EXCLUDED.failure, device_facts.failure),
  delivered_version = coalesce(EXCLUDED.delivered_version, device_facts.delivered_version),
  lost = coalesce(EXCLUDED.lost, device_facts.lost)
RETURNING user_id, xmax = 0 AS is_new
"""
TRIM = """
DELETE FROM device_facts WHERE user_id = ANY($1::text[]::uuid[]) AND (user_id, device_id) IN (
  SELECT user_id, device_id FROM (
    SELECT user_id, device_id,
           row_number() OVER (PARTITION BY user_id ORDER BY seen_at DESC, device_id) AS number
    FROM device_facts WHERE user_id = ANY($1::text[]::uuid[])) AS ranked
  WHERE number > $2)
"""

STORE_TROUBLE = """
INSERT INTO server_trouble AS stored (at, code, requests) VALUES ($1, $2, $3)
ON CONFLICT (at, code) DO UPDATE SET requests = stored.requests + EXCLUDED.requests
"""

# A device that has acknowledged versions before its first fact was stored is listed, too.
READ = """
SELECT known.device_id,
       coalesce(facts.first_seen_at, devices.seen_at, wake_keys.created_at) AS first_seen_at,
       coalesce(greatest(facts.seen_at, devices.seen_at), wake_keys.created_at) AS seen_at,
       facts.pushed_at, facts.pulled_at, facts.collections, facts.report, facts.failure,
       facts.lost, facts.forgotten_at, facts.family_id,
       devices.acked_version, devices.acked, heads.version AS head,
       clocks.offset_us, clocks.offset_at,
       families.id AS session_id, families.device_name, families.expires_at, families.revoked_at,
       families.last_used_at,
       wake_keys.kind AS push_kind, wake_keys.created_at AS push_created_at,
       wake_keys.sent_at AS push_sent_at, wake_keys.failures AS push_failures,
       wake_keys.dropped_at AS push_dropped_at, wake_keys.dropped_reason AS push_dropped_reason
FROM heads
CROSS JOIN LATERAL (
  (SELECT device_id FROM devices WHERE devices.user_id = $1::text::uuid)
  UNION
  (SELECT device_id FROM device_facts WHERE device_facts.user_id = $1::text::uuid)
  UNION
  (SELECT device_id FROM wake_keys WHERE wake_keys.user_id = $1::text::uuid)
) AS known
LEFT JOIN devices ON devices.user_id = heads.user_id AND devices.device_id = known.device_id
LEFT JOIN device_facts AS facts
       ON facts.user_id = heads.user_id AND facts.device_id = known.device_id
LEFT JOIN device_clocks AS clocks
       ON clocks.user_id = heads.user_id AND clocks.device_id = known.device_id
LEFT JOIN token_families AS families
       ON families.user_id = heads.user_id AND families.id = facts.family_id
LEFT JOIN wake_keys
       ON wake_keys.user_id = heads.user_id AND wake_keys.device_id = known.device_id
WHERE heads.user_id = $1::text::uuid
  AND (facts.forgotten_at IS NULL
       OR greatest(facts.seen_at, devices.seen_at, wake_keys.created_at) > facts.forgotten_at)
ORDER BY seen_at DESC, device_id
"""

# The acknowledged versions stay: without them a device that comes back could bring back a record
# whose tombstone was purged.
FORGET = """
INSERT INTO device_facts (user_id, device_id, first_seen_at, seen_at, forgotten_at)
SELECT heads.user_id, $2::text::uuid, $3, $3, $3
FROM heads
WHERE user_id = $1::text::uuid AND (
  EXISTS (SELECT FROM devices WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid)
  OR EXISTS (
    SELECT FROM device_facts WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid))
ON CONFLICT (user_id, device_id) DO UPDATE SET
  first_seen_at = $3, pushed_at = NULL, pulled_at = NULL, family_id = NULL, collections = NULL,
  report = NULL, failure = NULL, lost = NULL, delivered_version = NULL, forgotten_at = $3
WHERE device_facts.forgotten_at IS NULL OR device_facts.seen_at > device_facts.forgotten_at
RETURNING device_id
"""

DELETE_WAKE_KEY = """
DELETE FROM wake_keys WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid
RETURNING device_id
"""


async def store(
    connection: Connection, sightings: Mapping[DeviceKey, Sighting], max_devices: int
) -> None:
    """Store the facts of many devices; of each user with a new one, keep the latest devices."""
    rows = [_row(key, sightings[key]) for key in sorted(sightings)]
    seen = sorted({key.user_id for key in sightings})
    stored = await connection.fetch(STORE, orjson.dumps(rows).decode(), seen)
    users = sorted({row["user_id"] for row in stored if row["is_new"]})
    if users:
        await connection.execute(TRIM, users, max_devices)


async def store_trouble(connection: Connection, counts: Counter[tuple[Moment, str]]) -> None:
    """Add counts of failed requests by minute and code."""
    if counts:
        rows = [(*key, counts[key]) for key in sorted(counts)]
        await connection.executemany(STORE_TROUBLE, rows)


async def read_devices(connection: Connection, user_id: UserId) -> list[asyncpg.Record]:
    """Facts of all devices of the user, the last seen first."""
    return await connection.fetch(READ, user_id)


async def forget(connection: Connection, key: DeviceKey, now: object) -> bool:
    """Delete the facts of a device and its push key; False if there is no such device."""
    has_key = await connection.fetchval(DELETE_WAKE_KEY, *key) is not None
    return await connection.fetchval(FORGET, *key, now) is not None or has_key


def _row(key: DeviceKey, it: Sighting) -> dict[str, object]:
    return {
        "user_id": key.user_id,
        "device_id": key.device_id,
        "seen_at": it.seen_at,
        "pushed_at": it.pushed_at,
        "pulled_at": it.pulled_at,
        "family_id": it.family_id,
        "collections": it.collections,
        "report": report_document(it.report) if it.report else None,
        "failure": it.failure,
        "lost": it.lost or None,
        "delivered_version": it.delivered_version,
    }


def keys_of_user(keys: Iterable[DeviceKey], user_id: UserId) -> list[DeviceKey]:
    """The keys of one user's devices."""
    return [key for key in keys if key.user_id == user_id]
