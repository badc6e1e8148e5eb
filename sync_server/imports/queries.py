"""SQL of imports: exercises, the time zone, records by id, responses by key."""

import datetime
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

from backports import zstd

from schema.ids import UserId, derived_id
from schema.texts import is_time_zone
from sync_server.imports.diff import ExistingRecord, RecordKey
from sync_server.imports.exercise_matching.match import KnownExercise
from sync_server.store.postgres import Connection

BATCH_SIZE = 5000

READ_CATALOGUE = """
SELECT id::text, name, equipment FROM catalogue_exercises
"""
READ_OWN = """
SELECT id::text, data->>'name' AS name, data->>'equipment' AS equipment
FROM records
WHERE user_id = $1::text::uuid AND collection = 'exercises' AND NOT deleted
ORDER BY id
"""
READ_ZONE = """
SELECT data->>'time_zone'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'profile' AND id = $2::text::uuid AND NOT deleted
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
READ_ANSWER = """
SELECT fingerprint, body FROM idempotency_keys WHERE user_id = $1::text::uuid AND key = $2
"""
KEEP_ANSWER = """
INSERT INTO idempotency_keys (user_id, key, fingerprint, status, body, created_at)
SELECT user_id, $2, $3, 200, $4, $5 FROM heads WHERE user_id = $1::text::uuid
ON CONFLICT (user_id, key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given under a key, as JSON text, and what it answered."""

    fingerprint: bytes
    text: bytes


async def read_catalogue(connection: Connection) -> list[KnownExercise]:
    """The built-in exercises."""
    rows = await connection.fetch(READ_CATALOGUE)
    return [KnownExercise(row["id"], row["name"], "catalogue", row["equipment"]) for row in rows]


async def read_own_exercises(connection: Connection, user_id: UserId) -> list[KnownExercise]:
    """The user's own exercises."""
    rows = await connection.fetch(READ_OWN, user_id)
    return [KnownExercise(row["id"], row["name"], "own", row["equipment"]) for row in rows]


async def read_zone(connection: Connection, user_id: UserId) -> datetime.tzinfo:
    """The time zone of the user's profile; UTC when it has none."""
    name = await connection.fetchval(READ_ZONE, user_id, derived_id("profile", user_id, []))
    return zoneinfo.ZoneInfo(name) if name and is_time_zone(name) else datetime.UTC


async def read_stored(
    connection: Connection, user_id: UserId, keys: Sequence[RecordKey]
) -> dict[RecordKey, ExistingRecord]:
    """Stored versions of those records that exist."""
    existing: dict[RecordKey, ExistingRecord] = {}
    for start in range(0, len(keys), BATCH_SIZE):
        collections, ids = zip(*keys[start : start + BATCH_SIZE], strict=True)
        rows = await connection.fetch(READ_STORED, user_id, collections, ids)
        existing.update(((row[0], row[1]), ExistingRecord(*row[2:])) for row in rows)
    return existing


async def read_answer(connection: Connection, user_id: UserId, key: str) -> Kept | None:
    """What was answered under the key."""
    row = await connection.fetchrow(READ_ANSWER, user_id, key)
    return Kept(row["fingerprint"], zstd.decompress(row["body"])) if row else None


async def keep_answer(
    connection: Connection, user_id: UserId, key: str, kept: Kept, now: datetime.datetime
) -> Kept:
    """Keep an answer under the key, unless there is one: then that is the answer."""
    packed = zstd.compress(kept.text, 1)
    await connection.execute(KEEP_ANSWER, user_id, key, kept.fingerprint, packed, now)
    return await read_answer(connection, user_id, key) or kept
