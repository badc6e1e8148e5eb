"""What day views need from the database, in a few statements whatever the number of days."""

import datetime
from collections.abc import Iterable, Sequence

import orjson

from schema.ids import UserId
from sync_server.days.day import Day, Reference, day_view
from sync_server.formulas.nutrition import Data, Plan
from sync_server.formulas.training import Session
from sync_server.lookups.queries import read_equipment, read_foods, read_plans
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
    return Reference(
        await read_foods(connection, user_id, food_ids),
        await read_equipment(connection, user_id, exercise_ids),
    )
