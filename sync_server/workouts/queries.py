"""SQL of workouts: sets of a session, newest session with an exercise."""

import asyncio
import datetime
from collections.abc import Collection, Sequence
from typing import Any

import orjson

from schema.ids import UserId
from sync_server.lookups.queries import READ_SETS_OF
from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import RECORD_COLUMNS, StoredRecord

READ_SETS = f"""
SELECT {RECORD_COLUMNS}
FROM records
WHERE user_id = $1::text::uuid AND parent_id = $2::text::uuid AND collection = 'workout_sets'
  AND NOT deleted
"""

READ_SESSIONS_OF_DAYS = """
SELECT id::text, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'workout_sessions' AND day = ANY($2::date[])
  AND NOT deleted
"""

# A set that a request names may be of another session, or deleted.
READ_NAMED_SETS = f"""
SELECT {RECORD_COLUMNS}
FROM records
WHERE user_id = $1::text::uuid AND collection = 'workout_sets' AND id = ANY($2::text[]::uuid[])
"""

# From the newest session back, each looked into by the index of parents, until one is found. Of a
# day with several sessions the one that began last is the newest.
READ_LAST_TIME = f"""
SELECT {RECORD_COLUMNS}
FROM records AS session
CROSS JOIN LATERAL (
  SELECT FROM records AS done
  WHERE done.user_id = $1::text::uuid AND done.parent_id = session.id
    AND done.collection = 'workout_sets' AND NOT done.deleted
    AND done.data->>'exercise_id' = $2::text
  LIMIT 1
) AS found
WHERE session.user_id = $1::text::uuid AND session.collection = 'workout_sessions'
  AND NOT session.deleted AND session.day < coalesce($3::date, 'infinity')
ORDER BY session.day DESC, (session.data->>'started_at')::timestamptz DESC NULLS LAST,
         session.id DESC
LIMIT 1
"""

READ_PROGRAM = """
SELECT data::text FROM records
WHERE user_id = $1::text::uuid AND collection = 'programs' AND id = $2::text::uuid AND NOT deleted
"""
MAX_PROGRAM_SESSIONS = 1000
READ_PROGRAM_SESSIONS = f"""
SELECT id::text, data->>'name'
FROM records
WHERE user_id = $1::text::uuid AND parent_id = $2::text::uuid AND collection = 'workout_sessions'
  AND NOT deleted AND day < coalesce($3::date, 'infinity')
ORDER BY day DESC, (data->>'started_at')::timestamptz DESC NULLS LAST, id DESC
LIMIT {MAX_PROGRAM_SESSIONS}
"""


async def read_sets(connection: Reads, user_id: UserId, session_id: str) -> list[StoredRecord]:
    """Live sets of a session, unordered."""
    rows = await connection.fetch(READ_SETS, user_id, session_id)
    return [StoredRecord(*row) for row in rows]


async def read_sets_to_change(
    connection: Reads, user_id: UserId, session_id: str, ids: Collection[str]
) -> dict[str, StoredRecord]:
    """Live sets of a session, and the sets with these ids, tombstones included, by id."""
    rows = await connection.fetch(READ_NAMED_SETS, user_id, sorted(ids)) if ids else []
    sets = await read_sets(connection, user_id, session_id)
    return {it.id: it for it in (*sets, *(StoredRecord(*row) for row in rows))}


async def read_sets_of(
    connection: Reads, user_id: UserId, session_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Fields of the live sets of sessions, unordered, by the id of the session."""
    rows = await connection.fetch(READ_SETS_OF, user_id, session_ids)
    return await asyncio.to_thread(lambda: {id: orjson.loads(sets) for id, sets in rows if sets})


async def read_last_session(
    connection: Reads, user_id: UserId, exercise_id: str, before: datetime.date | None
) -> StoredRecord | None:
    """Newest live session with a live set of the exercise, before a day if one is given."""
    row = await connection.fetchrow(READ_LAST_TIME, user_id, exercise_id, before)
    return StoredRecord(*row) if row else None


async def read_sessions_of(
    connection: Reads, user_id: UserId, days: Collection[datetime.date]
) -> dict[str, dict[str, Any]]:
    """Fields of the live sessions of days, by id."""
    rows = await connection.fetch(READ_SESSIONS_OF_DAYS, user_id, sorted(days))
    return {id: orjson.loads(text) for id, text in rows}


async def read_program(
    connection: Reads, user_id: UserId, program_id: str
) -> dict[str, Any] | None:
    """Fields of a live program, or None."""
    text = await connection.fetchval(READ_PROGRAM, user_id, program_id)
    program: dict[str, Any] | None = orjson.loads(text) if text else None
    return program


async def read_program_sessions(
    connection: Reads, user_id: UserId, program_id: str, before: datetime.date | None
) -> dict[str, str]:
    """Names of the newest sessions of a program by id, the oldest first.

    With a day only those before it; at most MAX_PROGRAM_SESSIONS.
    """
    rows = await connection.fetch(READ_PROGRAM_SESSIONS, user_id, program_id, before)
    return {row[0]: row[1] for row in reversed(rows)}
