"""The SQL of push keys and of what is owed to their devices; time is always a parameter."""

import datetime
from collections.abc import Callable, Mapping, Sequence

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.sync.devices.queries import DELETE_WAKE_KEY
from sync_server.sync.devices.sighting import DeviceKey, Moment
from sync_server.sync.wakes.decide import Candidate

BATCH = 500

# A key that is set again as it was, as apps do at each start, keeps its state. A new one covers
# what there is: the app is in front, and pulls by itself.
PUT = """
INSERT INTO wake_keys AS stored (user_id, device_id, family_id, kind, address, created_at,
                                 covered_version)
SELECT heads.user_id, $2::text::uuid, $3::text::uuid, $4, $5::text::json, $6, heads.version
FROM heads WHERE heads.user_id = $1::text::uuid
ON CONFLICT (user_id, device_id) DO UPDATE SET
  family_id = EXCLUDED.family_id, kind = EXCLUDED.kind, address = EXCLUDED.address,
  created_at = CASE WHEN stored.address::text = EXCLUDED.address::text
                     AND stored.kind = EXCLUDED.kind
               THEN stored.created_at ELSE EXCLUDED.created_at END,
  failures = CASE WHEN stored.address::text = EXCLUDED.address::text
             THEN stored.failures ELSE 0 END,
  dropped_at = NULL, dropped_reason = NULL
RETURNING kind AS push_kind, created_at AS push_created_at, sent_at AS push_sent_at,
          failures AS push_failures, dropped_at AS push_dropped_at,
          dropped_reason AS push_dropped_reason
"""
# The same key of another device of the user is that of an app that was installed again.
DELETE_TWINS = """
DELETE FROM wake_keys
WHERE user_id = $1::text::uuid AND device_id <> $2::text::uuid AND address::text = $3
"""
TRIM = """
DELETE FROM wake_keys WHERE user_id = $1::text::uuid AND device_id IN (
  SELECT device_id FROM wake_keys WHERE user_id = $1::text::uuid
  ORDER BY device_id = $2::text::uuid DESC, created_at DESC, device_id OFFSET $3)
"""

# What a device has acknowledged is known by collection; one that it never pulled does not count.
READ_CANDIDATES = """
SELECT keys.user_id, keys.device_id, keys.family_id, heads.version AS head,
       keys.covered_version, keys.tried_at, keys.due_at, keys.failures,
       greatest((
         SELECT max(records.version) FROM records
         WHERE records.user_id = keys.user_id
           AND records.version > greatest(keys.covered_version, facts.delivered_version)
           AND records.device_id <> keys.device_id
           AND (acks.known IS NULL OR acks.known ? '*' OR acks.known ? records.collection)
           AND records.version > coalesce(greatest(
             (acks.known->>records.collection)::bigint, (acks.known->>'*')::bigint), -1)
       ), 0) AS missing
FROM wake_keys AS keys
JOIN heads ON heads.user_id = keys.user_id
JOIN token_families AS families
  ON families.user_id = keys.user_id AND families.id = keys.family_id
 AND families.revoked_at IS NULL
LEFT JOIN device_facts AS facts
  ON facts.user_id = keys.user_id AND facts.device_id = keys.device_id
LEFT JOIN LATERAL (
  SELECT coalesce(devices.acked, jsonb_build_object('*', devices.acked_version)) AS known
  FROM devices
  WHERE devices.user_id = keys.user_id AND devices.device_id = keys.device_id
) AS acks ON true
WHERE keys.user_id = ANY($1::text[]::uuid[]) AND keys.address IS NOT NULL
  AND (heads.version > keys.covered_version OR keys.due_at IS NOT NULL)
ORDER BY keys.user_id, keys.device_id
"""
READ_DUE = f"""
SELECT DISTINCT user_id::text FROM (
  SELECT user_id FROM wake_keys WHERE due_at <= $1 ORDER BY due_at LIMIT {BATCH}) AS due
"""
# What a process that died had not looked at; run at the start of a process only.
READ_UNCOVERED = f"""
SELECT DISTINCT keys.user_id::text AS user_id
FROM wake_keys AS keys JOIN heads ON heads.user_id = keys.user_id
WHERE heads.version > keys.covered_version AND keys.due_at IS NULL AND keys.address IS NOT NULL
  AND keys.user_id > $1::text::uuid
ORDER BY 1 LIMIT {BATCH}
"""

_GIVEN = "unnest($1::text[]::uuid[], $2::text[]::uuid[]"
_ROW = """keys.user_id = given.user_id AND keys.device_id = given.device_id
  AND keys.user_id = ANY($1::text[]::uuid[])"""
# Of several processes one gets the key. Until the lease ends, the others leave it to that one.
CLAIM = f"""
UPDATE wake_keys AS keys SET tried_at = $3, due_at = $4
FROM {_GIVEN}) AS given (user_id, device_id)
WHERE {_ROW} AND keys.address IS NOT NULL AND (keys.tried_at IS NULL OR keys.tried_at <= $5)
RETURNING keys.user_id, keys.device_id, keys.kind, keys.address::text AS address, keys.failures
"""
NOTE_LATER = f"""
UPDATE wake_keys AS keys SET due_at = least(coalesce(keys.due_at, given.at), given.at)
FROM {_GIVEN}, $3::timestamptz[]) AS given (user_id, device_id, at)
WHERE {_ROW} AND keys.due_at IS DISTINCT FROM given.at AND keys.address IS NOT NULL
"""
NOTE_COVERED = f"""
UPDATE wake_keys AS keys
SET covered_version = greatest(keys.covered_version, given.head), due_at = NULL
FROM {_GIVEN}, $3::bigint[]) AS given (user_id, device_id, head)
WHERE {_ROW}
"""
# A version that was committed while the message was on its way is noted as due by the
# process that sees it after this statement; one seen before is what `heads` has here.
NOTE_SENT = """
UPDATE wake_keys SET
  covered_version = greatest(covered_version, $3), sent_at = $4, failures = 0,
  due_at = CASE WHEN due_at IS DISTINCT FROM $5 THEN due_at
                WHEN (SELECT version FROM heads WHERE heads.user_id = $1::text::uuid) > $3 THEN $6
                ELSE NULL END
WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid
"""
NOTE_FAILED = """
UPDATE wake_keys SET failures = failures + 1, due_at = $3
WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid AND address IS NOT NULL
"""
# A key that was replaced meanwhile stays.
DROP = """
UPDATE wake_keys SET address = NULL, due_at = NULL, dropped_at = $4, dropped_reason = $5
WHERE user_id = $1::text::uuid AND device_id = $2::text::uuid AND address::text = $3
RETURNING kind
"""


async def put_key(
    connection: Connection,
    key: DeviceKey,
    session_id: str,
    kind: str,
    address: Mapping[str, str],
    now: Moment,
    quota: int,
) -> asyncpg.Record | None:
    """State of the stored key, with columns `push_…`; None if the account is gone."""
    text = orjson.dumps(address, option=orjson.OPT_SORT_KEYS).decode()
    row = await connection.fetchrow(PUT, *key, session_id, kind, text, now)
    await connection.execute(DELETE_TWINS, *key, text)
    await connection.execute(TRIM, *key, quota)
    return row


async def delete_key(connection: Connection, key: DeviceKey) -> bool:
    """Delete a key; False if there is none."""
    return await connection.fetchval(DELETE_WAKE_KEY, *key) is not None


async def read_candidates(
    connection: Connection, user_ids: Sequence[str], delivered: Callable[[DeviceKey], int]
) -> list[Candidate]:
    """Devices of the users that may be behind.

    `delivered` gives the version that a pull delivered to a device and that is not stored yet.
    """
    rows = await connection.fetch(READ_CANDIDATES, user_ids)
    return [_candidate(row, delivered) for row in rows]


def key_of(row: asyncpg.Record) -> DeviceKey:
    """The device of a row."""
    return DeviceKey(UserId(row["user_id"]), row["device_id"])


def _candidate(row: asyncpg.Record, delivered: Callable[[DeviceKey], int]) -> Candidate:
    key = key_of(row)
    return Candidate(
        key,
        row["family_id"],
        row["head"],
        row["covered_version"],
        row["missing"] > delivered(key),
        row["tried_at"],
        row["due_at"],
        row["failures"],
    )


def columns(keys: Sequence[DeviceKey]) -> tuple[list[str], list[str]]:
    """The keys as two parameters of a statement."""
    return [key.user_id for key in keys], [key.device_id for key in keys]


async def claim(
    connection: Connection, keys: Sequence[DeviceKey], now: Moment, lease: Moment, pause: Moment
) -> list[asyncpg.Record]:
    """Rows of the keys that this process may send to: none was tried after `pause`."""
    return await connection.fetch(CLAIM, *columns(keys), now, lease, pause)


async def note_later(connection: Connection, times: Mapping[DeviceKey, datetime.datetime]) -> None:
    """Note when to decide again; an earlier time that is there stays."""
    if times:
        await connection.execute(NOTE_LATER, *columns(list(times)), list(times.values()))


async def note_covered(connection: Connection, heads: Mapping[DeviceKey, int]) -> None:
    """Note that the devices need no message up to these versions."""
    if heads:
        await connection.execute(NOTE_COVERED, *columns(list(heads)), list(heads.values()))
