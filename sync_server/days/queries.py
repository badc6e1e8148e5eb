"""What day views need from the database, in a few statements whatever the number of days."""

import datetime
from collections.abc import Iterable, Sequence

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.days.day import Data, Day, Plan, Reference, Session, day_view
from sync_server.store.postgres import Connection

# LATERAL, not `= ANY`: a kept plan cannot prove that an unknown array spares the nulls, so it could
# not use the partial indexes.
READ_DAYS = """
SELECT found.*
FROM unnest($2::date[]) AS asked (day)
CROSS JOIN LATERAL (
  SELECT collection, id::text, day::text, data::text, version
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.day = asked.day AND NOT deleted
    AND collection IN ('food_logs', 'workout_sessions', 'body_metrics')
  OFFSET 0
) AS found
ORDER BY found.day, found.version
"""

READ_SETS = """
SELECT found.*
FROM unnest($2::text[]::uuid[]) AS asked (parent_id)
CROSS JOIN LATERAL (
  SELECT parent_id::text, data::text
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.parent_id = asked.parent_id AND NOT deleted
    AND collection = 'workout_sets'
  OFFSET 0
) AS found
"""

READ_PLANS = """
SELECT collection, id::text, parent_id::text, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection IN ('diet_plans', 'meals', 'meal_items')
  AND NOT deleted
ORDER BY version
"""

# A food's tombstone keeps its data: deleting a food changes no day on which it was eaten.
READ_FOODS = """
SELECT id::text, energy_kcal, protein_g, carbs_g, fat_g, NULL AS data
FROM catalogue_foods WHERE id = ANY($2::text[]::uuid[])
UNION ALL
SELECT id::text, NULL, NULL, NULL, NULL, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'foods' AND id = ANY($2::text[]::uuid[])
"""

READ_EQUIPMENT = """
SELECT id::text, equipment FROM catalogue_exercises WHERE id = ANY($2::text[]::uuid[])
UNION ALL
SELECT id::text, data->>'equipment'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'exercises' AND id = ANY($2::text[]::uuid[])
"""


async def day_views(
    connection: Connection, user_id: UserId, days: Sequence[datetime.date]
) -> list[dict[str, object]]:
    """The views of the days, in the order given."""
    by_day = await read_days(connection, user_id, days)
    plans = await read_plans(connection, user_id)
    reference = await read_reference(connection, user_id, by_day.values(), plans)
    return [day_view(date, by_day[date], plans, reference) for date in days]


async def read_days(
    connection: Connection, user_id: UserId, days: Sequence[datetime.date]
) -> dict[datetime.date, Day]:
    """The live records of each day."""
    rows = await connection.fetch(READ_DAYS, user_id, days)
    session_ids = [row["id"] for row in rows if row["collection"] == "workout_sessions"]
    sets: dict[str, list[Data]] = {id: [] for id in session_ids}
    if session_ids:
        for row in await connection.fetch(READ_SETS, user_id, session_ids):
            sets[row["parent_id"]].append(orjson.loads(row["data"]))
    by_day = {date: Day() for date in days}
    for collection, id, day, text, _version in rows:
        found, data = by_day[datetime.date.fromisoformat(day)], orjson.loads(text)
        if collection == "food_logs":
            found.logs.append(data)
        elif collection == "workout_sessions":
            found.sessions.append(Session(data, sets[id]))
        else:
            found.metrics = data
    return by_day


async def read_plans(connection: Connection, user_id: UserId) -> list[Plan]:
    """The live plans with their items; what hangs on a deleted parent is left out."""
    rows = await connection.fetch(READ_PLANS, user_id)
    items: dict[str, list[Data]] = {
        row["id"]: [] for row in rows if row["collection"] == "diet_plans"
    }
    plan_of_meal = {
        row["id"]: row["parent_id"]
        for row in rows
        if row["collection"] == "meals" and row["parent_id"] in items
    }
    for row in rows:
        if row["collection"] == "meal_items" and row["parent_id"] in plan_of_meal:
            items[plan_of_meal[row["parent_id"]]].append(orjson.loads(row["data"]))
    return [
        Plan(orjson.loads(row["data"]), items[row["id"]])
        for row in rows
        if row["collection"] == "diet_plans"
    ]


async def read_reference(
    connection: Connection, user_id: UserId, days: Iterable[Day], plans: Iterable[Plan]
) -> Reference:
    """The foods and exercises that the records name; the user's own come before built-in ones."""
    food_ids = {item["food_id"] for plan in plans for item in plan.items}
    exercise_ids: set[str] = set()
    for day in days:
        food_ids.update(log["food_id"] for log in day.logs)
        for session in day.sessions:
            if session.data.get("bodyweight_kg"):
                exercise_ids.update(
                    done["exercise_id"] for done in session.sets if "weight_kg" not in done
                )
    foods: dict[str, Data] = {}
    equipment: dict[str, str | None] = {}
    if food_ids:
        for row in await connection.fetch(READ_FOODS, user_id, sorted(food_ids)):
            foods[row["id"]] = _food(row)
    if exercise_ids:
        rows = await connection.fetch(READ_EQUIPMENT, user_id, sorted(exercise_ids))
        equipment = {row[0]: row[1] for row in rows}
    return Reference(foods, equipment)


def _food(row: asyncpg.Record) -> Data:
    food: Data = orjson.loads(row["data"]) if row["data"] else dict(row)
    return food
