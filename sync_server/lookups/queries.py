"""Lookups by id of foods, exercises and sets; own records override built-in ones."""

from collections.abc import Collection, Mapping

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.formulas.nutrition import Data
from sync_server.formulas.training import Exercise
from sync_server.store.fenced_reads import Reads

# A food's tombstone keeps its data: deleting a food changes no day on which it was eaten.
READ_FOODS = """
SELECT id::text, name, energy_kcal, protein_g, carbs_g, fat_g, NULL AS data
FROM catalogue_foods WHERE id = ANY($2::text[]::uuid[])
UNION ALL
SELECT id::text, NULL, NULL, NULL, NULL, NULL, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'foods' AND id = ANY($2::text[]::uuid[])
"""

READ_WHOLE_FOODS = """
SELECT id::text, row_to_json(food)::text AS data
FROM (SELECT id, name, energy_kcal, protein_g, carbs_g, fat_g, fiber_g, sugar_g, saturated_fat_g,
        sodium_mg, nutrients
      FROM catalogue_foods WHERE id = ANY($2::text[]::uuid[])) AS food
UNION ALL
SELECT id::text, data::text
FROM records
WHERE user_id = $1::text::uuid AND collection = 'foods' AND id = ANY($2::text[]::uuid[])
"""

# LATERAL with OFFSET 0 keeps to the index of parents. The texts of a session travel as one.
READ_SETS_OF = """
SELECT session.id::text, sets.data
FROM unnest($2::text[]::uuid[]) AS session (id)
CROSS JOIN LATERAL (
  SELECT '[' || string_agg(records.data::text, ',') || ']' AS data
  FROM records
  WHERE records.user_id = $1::text::uuid AND records.parent_id = session.id
    AND records.collection = 'workout_sets' AND NOT records.deleted
  OFFSET 0
) AS sets
"""

READ_EQUIPMENT = """
SELECT id::text, equipment FROM catalogue_exercises WHERE id = ANY($2::text[]::uuid[])
UNION ALL
SELECT id::text, data->>'equipment'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'exercises' AND id = ANY($2::text[]::uuid[])
"""

READ_EXERCISES = """
SELECT id::text, name, primary_muscles::text, equipment
FROM catalogue_exercises WHERE id = ANY($2::text[]::uuid[])
UNION ALL
SELECT id::text, data->>'name', data->>'primary_muscles', data->>'equipment'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'exercises' AND id = ANY($2::text[]::uuid[])
"""


async def read_foods(
    connection: Reads, user_id: UserId, ids: Collection[str], *, is_complete: bool = False
) -> dict[str, Data]:
    """Names, energy and macros per 100 g of existing foods, by id; with `is_complete` all."""
    if not ids:
        return {}
    statement = READ_WHOLE_FOODS if is_complete else READ_FOODS
    rows = await connection.fetch(statement, user_id, sorted(ids))
    return {row["id"]: _food(row) for row in rows}


async def read_equipment(
    connection: Reads, user_id: UserId, ids: Collection[str]
) -> Mapping[str, str | None]:
    """Equipment of existing exercises, by id."""
    if not ids:
        return {}
    rows = await connection.fetch(READ_EQUIPMENT, user_id, sorted(ids))
    return {row[0]: row[1] for row in rows}


async def read_exercises(
    connection: Reads, user_id: UserId, ids: Collection[str]
) -> dict[str, Exercise]:
    """Existing exercises by id, deleted ones from their tombstones."""
    if not ids:
        return {}
    rows = await connection.fetch(READ_EXERCISES, user_id, sorted(ids))
    return {
        id: Exercise(name, orjson.loads(muscles or "[]") or (), equipment)
        for id, name, muscles, equipment in rows
    }


def _food(row: asyncpg.Record) -> Data:
    food: Data = orjson.loads(row["data"]) if row["data"] else dict(row)
    return food
