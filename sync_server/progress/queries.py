"""SQL of progress: a fixed number of statements for any window.

A record's text is decoded here, not in SQL, where `data->>'x'` parses it again for each
field. The texts of a day or of a session travel as one, which spares a row object each.
"""

import datetime
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from schema.ids import UserId
from sync_server.lookups.source_priority import read_priority
from sync_server.progress.adherence import LoggedFood, decode_logs
from sync_server.progress.periods import MONDAY, Window
from sync_server.progress.trends import settled_before
from sync_server.progress.workouts import Workout, decode_details, decode_sets, without_repeats
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection

READ_CALENDAR = """
SELECT
  (
    SELECT max(found.day)
    FROM (VALUES ('food_logs'), ('workout_sessions'), ('body_metrics')) AS dated (collection)
    CROSS JOIN LATERAL (
      SELECT day
      FROM records
      WHERE user_id = $1::text::uuid AND records.collection = dated.collection
        AND day IS NOT NULL AND NOT deleted
      ORDER BY day DESC
      LIMIT 1
    ) AS found
  ),
  (
    SELECT (data->>'week_start')::int
    FROM records
    WHERE user_id = $1::text::uuid AND collection = 'profile' AND NOT deleted
    LIMIT 1
  )
"""

# From the newest weighing that is old enough to make a seed ($2), else from the first of all.
READ_WEIGHTS = """
SELECT day, (data->>'weight_kg')::float8
FROM records
WHERE user_id = $1::text::uuid AND collection = 'body_metrics' AND NOT deleted
  AND data->>'weight_kg' IS NOT NULL AND day <= $3
  AND day >= coalesce(
    (
      SELECT day
      FROM records
      WHERE user_id = $1::text::uuid AND collection = 'body_metrics' AND NOT deleted
        AND data->>'weight_kg' IS NOT NULL AND day <= $2
      ORDER BY day DESC
      LIMIT 1
    ),
    '-infinity'
  )
ORDER BY day
"""

READ_METRICS = """
SELECT day, data
FROM records
WHERE user_id = $1::text::uuid AND collection = 'body_metrics' AND day BETWEEN $2 AND $3
  AND NOT deleted
ORDER BY day
"""

READ_LOGS = """
SELECT day, '[' || string_agg(data::text, ',' ORDER BY version) || ']'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'food_logs' AND day BETWEEN $2 AND $3
  AND NOT deleted
GROUP BY day
ORDER BY day
"""

# LATERAL with OFFSET 0 keeps to the index of parents, whatever the statistics of a young table say.
READ_WORKOUTS = """
SELECT session.id::text, session.day, session.data, sets.data
FROM records AS session
CROSS JOIN LATERAL (
  SELECT '[' || string_agg(records.data::text, ',') || ']' AS data
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.parent_id = session.id
    AND records.collection = 'workout_sets' AND NOT records.deleted
  OFFSET 0
) AS sets
WHERE session.user_id = $1::text::uuid AND session.collection = 'workout_sessions'
  AND session.day BETWEEN coalesce($2, '-infinity'::date) AND $3 AND NOT session.deleted
ORDER BY session.day, session.version
"""

READ_ACTIVE_DAYS = """
SELECT DISTINCT day
FROM records
WHERE user_id = $1::text::uuid AND collection = $2
  AND day BETWEEN coalesce($3, '-infinity'::date) AND $4 AND NOT deleted
ORDER BY day
"""

BATCH = 100
"""Sessions that are decoded at a time when a whole life is read: other requests wait for that."""


async def read_calendar(connection: Reads, user_id: UserId) -> tuple[datetime.date | None, int]:
    """The newest day that has a live record, and the ISO weekday on which weeks begin."""
    row = await connection.fetchrow(READ_CALENDAR, user_id)
    assert row is not None
    return row[0], row[1] or MONDAY


async def read_weights(
    connection: Reads, user_id: UserId, window: Window
) -> Sequence[tuple[datetime.date, float]]:
    """Weights up to the end of the window, starting before its first day."""
    settled = settled_before(window.first)
    return [
        (day, weight)
        for day, weight in await connection.fetch(READ_WEIGHTS, user_id, settled, window.last)
    ]


async def read_metrics(
    connection: Reads, user_id: UserId, window: Window
) -> Sequence[tuple[datetime.date, Mapping[str, Any]]]:
    """Body measurements of each day of the window."""
    rows = await connection.fetch(READ_METRICS, user_id, window.first, window.last)
    return [(day, orjson.loads(text)) for day, text in rows]


async def read_logs(
    connection: Reads, user_id: UserId, window: Window
) -> Sequence[tuple[datetime.date, Sequence[LoggedFood]]]:
    """The food logs of each day of the window that has any."""
    rows = await connection.fetch(READ_LOGS, user_id, window.first, window.last)
    return [(day, decode_logs(text)) for day, text in rows]


async def read_workouts(
    connection: Connection, user_id: UserId, window: Window
) -> AsyncIterator[list[Workout]]:
    """The workouts of the window in the order of their days, some whole days at a time.

    A workout that several sources recorded is there once.
    """
    cursor = await connection.cursor(READ_WORKOUTS, user_id, window.first, window.last)
    priority: Sequence[str] | None = None
    left: list[Workout] = []
    while rows := await cursor.fetch(BATCH):
        left += [
            Workout(id, day, decode_details(session), decode_sets(sets) if sets else ())
            for id, day, session, sets in rows
        ]
        if priority is None and any(workout.details.source for workout in left):
            priority = await read_priority(connection, user_id, "workouts")
        last = left[-1].day
        yield without_repeats([it for it in left if it.day < last], priority or ())
        left = [it for it in left if it.day == last]
    yield without_repeats(left, priority or ())


async def read_active_days(
    connection: Reads, user_id: UserId, collection: str, window: Window
) -> list[datetime.date]:
    """The days of the window that have a live record of the collection."""
    rows = await connection.fetch(READ_ACTIVE_DAYS, user_id, collection, window.first, window.last)
    return [row[0] for row in rows]
