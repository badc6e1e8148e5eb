"""SQL of imports: exercises, the time zone, records by id, responses by key."""

import datetime
from collections.abc import Sequence

import asyncpg

from schema.ids import UserId
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.food_records import ExistingLog
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection
from sync_server.web.errors import AccountDeleted, IdempotencyKeyReused
from sync_server.web.idempotency import IdempotencyKey

BATCH_SIZE = 1000
"""Records or days in one look-up; more would hold up the event loop."""

MAX_EXERCISES = 10_000
"""Own exercises that names are matched with."""

READ_CATALOGUE = """
SELECT id::text, name, equipment FROM catalogue_exercises
"""
READ_OWN = f"""
SELECT id::text, data->>'name' AS name, data->>'equipment' AS equipment
FROM records
WHERE user_id = $1::text::uuid AND collection = 'exercises' AND NOT deleted
ORDER BY id
LIMIT {MAX_EXERCISES}
"""
READ_EXISTING_LOGS = """
SELECT id::text, day, data->>'slot', device_id = $3::text::uuid
FROM records
WHERE user_id = $1::text::uuid AND collection = 'food_logs' AND day = ANY($2::date[])
  AND NOT deleted
"""
# A look-up per key, as in READ_FOR_PUSH.
READ_STORED = """
SELECT found.*
FROM unnest($2::text[], $3::text[]::uuid[]) AS named (collection, id)
CROSS JOIN LATERAL (
  SELECT collection, id::text, clock, device_id::text, deleted, data::text, field_clocks::text
  FROM records
  WHERE records.user_id = $1::text::uuid
    AND records.collection = named.collection AND records.id = named.id
  LIMIT 1
) AS found
"""
READ_RESPONSE = """
SELECT fingerprint, body FROM idempotency_keys WHERE user_id = $1::text::uuid AND key = $2
"""
STORE_RESPONSE = """
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
SELECT user_id, $2, $3, 200, $4, $5 FROM heads WHERE user_id = $1::text::uuid
ON CONFLICT (user_id, key) DO NOTHING
"""


async def read_catalogue(connection: Reads) -> list[KnownExercise]:
    """The built-in exercises."""
    rows = await connection.fetch(READ_CATALOGUE)
    return [KnownExercise(row["id"], row["name"], "catalogue", row["equipment"]) for row in rows]


async def read_own_exercises(connection: Reads, user_id: UserId) -> list[KnownExercise]:
    """The user's own exercises."""
    rows = await connection.fetch(READ_OWN, user_id)
    return [KnownExercise(row["id"], row["name"], "own", row["equipment"]) for row in rows]


async def read_existing_logs(
    connection: Reads, user_id: UserId, days: Sequence[datetime.date], device_id: str
) -> list[ExistingLog]:
    """Live food logs of these days; `device_id` is the device id of imports."""
    logs: list[ExistingLog] = []
    for start in range(0, len(days), BATCH_SIZE):
        batch = days[start : start + BATCH_SIZE]
        rows = await connection.fetch(READ_EXISTING_LOGS, user_id, batch, device_id)
        logs += [ExistingLog(*row) for row in rows]
    return logs


async def read_stored(
    connection: Reads, user_id: UserId, collections: Sequence[str], ids: Sequence[str]
) -> list[asyncpg.Record]:
    """Stored versions of those records that exist: collection, id, fields of ExistingRecord."""
    return await connection.fetch(READ_STORED, user_id, collections, ids)


async def read_response(connection: Reads, user_id: UserId, key: IdempotencyKey) -> bytes | None:
    """The key's stored response; raises IdempotencyKeyReused if it is another request's."""
    row = await connection.fetchrow(READ_RESPONSE, user_id, key.text)
    if row is None:
        return None
    if row["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReused
    stored: bytes = row["body"]
    return stored


async def store_response(
    connection: Connection,
    user_id: UserId,
    key: IdempotencyKey,
    stored: bytes,
    now: datetime.datetime,
) -> bytes:
    """Store a response under the key; returns the one that is stored, possibly an earlier one.

    Raises IdempotencyKeyReused or AccountDeleted.
    """
    await connection.execute(STORE_RESPONSE, user_id, key.text, key.fingerprint, stored, now)
    earliest = await read_response(connection, user_id, key)
    if earliest is None:
        raise AccountDeleted
    return earliest
