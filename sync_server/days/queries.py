"""SQL of day views: a fixed number of statements for any number of days."""

import asyncio
import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.days.day import DayContext, DayRecord, Lookups
from sync_server.days.parts import DAY_PARTS, Day, DayParts, day_view, empty_day, whole_day_view
from sync_server.formulas.nutrition import Data, Plan
from sync_server.formulas.recordings import recorded
from sync_server.lookups.plans import read_plans
from sync_server.lookups.queries import read_equipment, read_foods
from sync_server.lookups.source_priority import read_priority
from sync_server.store.fenced_reads import Reads

# More days than these are computed in a thread, so that the event loop stays free.
_FEW_DAYS = 31

# LATERAL, not `= ANY`: a cached plan cannot prove that an unknown array contains no nulls, so it
# could not use the partial indexes.
READ_DAYS = """
SELECT day_record.*
FROM unnest($2::date[]) AS requested (day)
CROSS JOIN LATERAL (
  SELECT collection, id::text, day::text, data::text, version
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.day = requested.day AND NOT deleted
    AND collection IN ({collections})
  OFFSET 0
) AS day_record
ORDER BY day_record.day, day_record.version
"""

# All children of a parent as one JSON array: a row each costs more to send than to read.
READ_CHILDREN = """
SELECT requested.parent_id::text AS parent_id, children.data
FROM unnest($2::text[]::uuid[]) AS requested (parent_id)
CROSS JOIN LATERAL (
  SELECT '[' || string_agg(data::text, ',') || ']' AS data
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.parent_id = requested.parent_id
    AND NOT deleted AND collection IN ({collections})
  OFFSET 0
) AS children
WHERE children.data IS NOT NULL
"""


READ_MEALS = """
SELECT id::text, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'meals' AND id = ANY($2::text[]::uuid[])
"""


READ_TARGETS = """
SELECT data::text FROM records
WHERE user_id = $1::text::uuid AND collection = 'nutrient_targets' AND NOT deleted
"""


async def read_day_views(
    connection: Reads,
    user_id: UserId,
    days: Sequence[datetime.date],
    *,
    with_nutrients: bool = False,
) -> list[dict[str, object]]:
    """Day views of the days, in the given order; on request with all nutrients."""
    by_day = await read_days(connection, user_id, days)
    plans = await read_plans(connection, user_id)
    lookups = await read_lookups(
        connection, user_id, by_day.values(), plans, is_complete=with_nutrients
    )
    targets: list[Data] = []
    if with_nutrients:
        rows = await connection.fetch(READ_TARGETS, user_id)
        targets = [orjson.loads(row[0]) for row in rows]
    priority: Sequence[str] = ()
    if any(recorded(it.data) for day in by_day.values() for it in day["workout_sessions"]):
        priority = await read_priority(connection, user_id, "workouts")
    contexts = [DayContext(date, plans, lookups, priority, targets) for date in days]
    view = whole_day_view if with_nutrients else day_view
    if len(days) <= _FEW_DAYS:
        return [view(by_day[context.date], context) for context in contexts]
    return await asyncio.to_thread(
        lambda: [view(by_day[context.date], context) for context in contexts]
    )


async def read_days(
    connection: Reads,
    user_id: UserId,
    days: Sequence[datetime.date],
    parts: DayParts = DAY_PARTS,
) -> dict[datetime.date, Day]:
    """Live records of each day."""
    statement = READ_DAYS.format(collections=_literals(part.collection for part in parts))
    rows = await connection.fetch(statement, user_id, days)
    parents = {part.collection for part in parts if part.children}
    parent_ids = [row["id"] for row in rows if row["collection"] in parents]
    children = await _read_children(connection, user_id, parent_ids, parts)
    if len(days) <= _FEW_DAYS:
        return _by_day(rows, children, days, parts)
    return await asyncio.to_thread(_by_day, rows, children, days, parts)


def _by_day(
    rows: Iterable[asyncpg.Record],
    children: Mapping[str, list[Data]],
    days: Iterable[datetime.date],
    parts: DayParts,
) -> dict[datetime.date, Day]:
    by_day = {date: empty_day(parts) for date in days}
    for collection, id, day, text, _version in rows:
        record = DayRecord(orjson.loads(text), children.get(id, ()), id)
        by_day[datetime.date.fromisoformat(day)][collection].append(record)
    return by_day


async def _read_children(
    connection: Reads, user_id: UserId, parent_ids: Sequence[str], parts: DayParts
) -> dict[str, list[Data]]:
    """Live children of the parents, by the id of the parent."""
    if not parent_ids:
        return {}
    collections = _literals(part.children for part in parts if part.children)
    statement = READ_CHILDREN.format(collections=collections)
    rows = await connection.fetch(statement, user_id, parent_ids)
    return {row["parent_id"]: orjson.loads(row["data"]) for row in rows}


async def read_meals(connection: Reads, user_id: UserId, ids: Collection[str]) -> dict[str, Data]:
    """Meals by id, deleted ones from their tombstones."""
    rows = await connection.fetch(READ_MEALS, user_id, sorted(ids)) if ids else []
    return {id: orjson.loads(text) for id, text in rows}


async def read_lookups(
    connection: Reads,
    user_id: UserId,
    days: Iterable[Day],
    plans: Iterable[Plan],
    parts: DayParts = DAY_PARTS,
    *,
    is_complete: bool = False,
) -> Lookups:
    """Referenced foods and exercises; the user's own override the built-in ones.

    Foods have all their nutrients with `is_complete`, else energy and macros.
    """
    food_ids = {item["food_id"] for plan in plans for item in plan.items}
    exercise_ids: set[str] = set()
    for day in days:
        for part in parts:
            for record in day[part.collection]:
                food_ids.update(part.food_ids(record))
                exercise_ids.update(part.exercise_ids(record))
    return Lookups(
        await read_foods(connection, user_id, food_ids, is_complete=is_complete),
        await read_equipment(connection, user_id, exercise_ids),
    )


def _literals(collections: Iterable[str]) -> str:
    """SQL list of collection names, each once; they are declared, never a user's input."""
    return ", ".join(f"'{name}'" for name in dict.fromkeys(collections))
