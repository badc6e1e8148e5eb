"""SQL of exports: records by day, workouts with their sets, names of foods, meals and exercises."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from schema.collection import Collection as Declaration
from schema.ids import UserId
from sync_server.exports.food_table import FoodNames
from sync_server.exports.workout_tables import WorkoutLog
from sync_server.lookups.queries import READ_FOODS, READ_SETS_OF, read_exercises
from sync_server.rest.queries import without_deleted_owners
from sync_server.store.postgres import Connection

BATCH_SIZE = 500

# A child of a deleted session is hidden, as in every view, and so are meals of deleted plans. A
# record's day is its own or its parent's.
READ_RECORDS = """
SELECT record.id::text, record.data::text, coalesce(record.day, parent.day) AS day
FROM records AS record
LEFT JOIN records AS parent
  ON parent.user_id = record.user_id AND parent.id = record.parent_id AND parent.collection = $3
WHERE record.user_id = $1::text::uuid AND record.collection = $2 AND NOT record.deleted
  AND ($3::text IS NULL OR NOT parent.deleted)
  AND ($4::date IS NULL OR coalesce(record.day, parent.day) >= $4)
  AND ($5::date IS NULL OR coalesce(record.day, parent.day) <= $5){owners}
ORDER BY day, record.id
"""
READ_SESSION = """
SELECT id::text, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'workout_sessions' AND id = $2::text::uuid
  AND NOT deleted
"""
READ_MEALS = """
SELECT id::text, data->>'name'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'meals' AND id = ANY($2::text[]::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of an export, both included; None is without a bound."""

    first: datetime.date | None = None
    last: datetime.date | None = None


async def read_records(
    connection: Connection, user_id: UserId, declaration: Declaration, period: Period
) -> AsyncIterator[list[asyncpg.Record]]:
    """Live records (id, data, day) by day, some at a time, in the caller's snapshot."""
    values = (
        user_id, declaration.name, declaration.parent_day, period.first, period.last,
    )  # fmt: skip
    statement = READ_RECORDS.format(owners=without_deleted_owners(declaration, "record"))
    rows: list[asyncpg.Record] = []
    async for row in connection.cursor(statement, *values, prefetch=BATCH_SIZE):
        rows.append(row)
        if len(rows) == BATCH_SIZE:
            yield rows
            rows = []
    if rows:
        yield rows


async def read_days(
    connection: Connection, user_id: UserId, declaration: Declaration, period: Period
) -> AsyncIterator[list[dict[str, Any]]]:
    """Data of live records, in batches of whole days."""
    batch: list[dict[str, Any]] = []
    async for rows in read_records(connection, user_id, declaration, period):
        batch += [orjson.loads(row["data"]) for row in rows]
        last = rows[-1]["day"].isoformat()
        whole = [log for log in batch if log["date"] != last]
        if whole:
            yield whole
            batch = batch[len(whole) :]
    if batch:
        yield batch


async def read_food_names(
    connection: Connection, user_id: UserId, logs: Sequence[dict[str, Any]]
) -> FoodNames:
    """Referenced foods and meals of food logs."""
    foods = {log["food_id"] for log in logs if log.get("food_id")}
    meals = {log["meal_id"] for log in logs if log.get("meal_id")}
    rows = await connection.fetch(READ_FOODS, user_id, sorted(foods)) if foods else []
    names = await connection.fetch(READ_MEALS, user_id, sorted(meals)) if meals else []
    return FoodNames(
        {row["id"]: orjson.loads(row["data"]) if row["data"] else dict(row) for row in rows},
        {row[0]: row[1] for row in names},
    )


async def read_session(
    connection: Connection, user_id: UserId, session_id: str
) -> asyncpg.Record | None:
    """A live session (id, data); None if there is none."""
    return await connection.fetchrow(READ_SESSION, user_id, session_id)


async def read_workouts(
    connection: Connection, user_id: UserId, rows: Sequence[asyncpg.Record]
) -> list[WorkoutLog]:
    """Workouts of sessions (id, data), by start, with their sets."""
    found = await connection.fetch(READ_SETS_OF, user_id, [row["id"] for row in rows])
    # Thousands of sets take longer than other requests may wait for the event loop.
    return await asyncio.to_thread(_workouts, rows, found)


def _workouts(rows: Sequence[asyncpg.Record], found: Iterable[asyncpg.Record]) -> list[WorkoutLog]:
    sets: dict[str, list[dict[str, Any]]] = {
        session_id: orjson.loads(texts or "[]") for session_id, texts in found
    }
    workouts = [
        WorkoutLog(
            orjson.loads(row["data"]), sorted(sets[row["id"]], key=lambda one: one["position"])
        )
        for row in rows
    ]
    return sorted(
        workouts, key=lambda one: (one.session["date"], one.session.get("started_at") or "")
    )


async def read_exercise_names(
    connection: Connection, user_id: UserId, ids: Collection[str]
) -> dict[str, str]:
    """Names of existing exercises, by id."""
    found = await read_exercises(connection, user_id, ids)
    return {id: exercise.name for id, exercise in found.items() if exercise.name}
