"""SQL of nutrition: foods of logs, logs of a day, meals and their items."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from schema.ids import UserId
from schema.nutrition import ALL_NUTRIENTS
from sync_server.store.fenced_reads import Reads

_COLUMNS = ", ".join(ALL_NUTRIENTS)

# A food's tombstone keeps its data, so that logs of deleted foods still have a name.
READ_FOODS = f"""
SELECT id::text, source, row_to_json(shown)::text AS data, false AS deleted
FROM (SELECT id, source, name, {_COLUMNS}, nutrients, servings FROM catalogue_foods
      WHERE id = ANY($2::text[]::uuid[])) AS shown
UNION ALL
SELECT id::text, 'own', data::text, deleted
FROM records
WHERE user_id = $1::text::uuid AND collection = 'foods' AND id = ANY($2::text[]::uuid[])
"""

READ_LOGS = """
SELECT id::text, data::text FROM records
WHERE user_id = $1::text::uuid AND collection = 'food_logs' AND day = $2 AND NOT deleted
ORDER BY version
"""

READ_RECORD = """
SELECT data::text FROM records
WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid AND NOT deleted
"""

READ_ITEMS = """
SELECT id::text, data::text FROM records
WHERE user_id = $1::text::uuid AND parent_id = $2::text::uuid AND collection = 'meal_items'
  AND NOT deleted
ORDER BY (data->>'position')::bigint, id
"""

READ_CHILDREN = """
SELECT id::text, data::text FROM records
WHERE user_id = $1::text::uuid AND parent_id = $3::text::uuid AND collection = $2 AND NOT deleted
ORDER BY id
"""

READ_ITEMS_OF_PLAN = """
SELECT item.data::text FROM records AS meal
JOIN records AS item ON item.user_id = meal.user_id AND item.parent_id = meal.id
  AND item.collection = 'meal_items' AND NOT item.deleted
WHERE meal.user_id = $1::text::uuid AND meal.parent_id = $2::text::uuid
  AND meal.collection = 'meals' AND NOT meal.deleted
ORDER BY item.version
"""

Fields = Mapping[str, Any]


async def read_foods(
    connection: Reads, user_id: UserId, ids: Collection[str]
) -> dict[str, dict[str, Any]]:
    """JSON members of existing foods by id; the user's own override built-in ones.

    Unknown values are null; `deleted` marks tombstones of own foods.
    """
    if not ids:
        return {}
    rows = await connection.fetch(READ_FOODS, user_id, sorted(ids))
    foods = {}
    for id, source, text, deleted in rows:
        data = orjson.loads(text)
        shown = {name: data.get(name) for name in ("name", "brand", *ALL_NUTRIENTS)}
        more = {"nutrients": data.get("nutrients") or {}, "servings": data.get("servings") or []}
        foods[id] = {"id": id, "source": source, **shown, **more, "deleted": deleted}
    return foods


async def read_logs(
    connection: Reads, user_id: UserId, day: datetime.date
) -> list[tuple[str, Fields]]:
    """Live logs of a day with their ids, in order of their versions."""
    rows = await connection.fetch(READ_LOGS, user_id, day)
    return [(row["id"], orjson.loads(row["data"])) for row in rows]


async def read_fields(
    connection: Reads, user_id: UserId, collection: str, id: str
) -> Fields | None:
    """Fields of a live record, or None."""
    text = await connection.fetchval(READ_RECORD, user_id, collection, id)
    fields: Fields | None = orjson.loads(text) if text else None
    return fields


async def read_items(connection: Reads, user_id: UserId, meal_id: str) -> list[tuple[str, Fields]]:
    """Live items of a meal with their ids, by position."""
    rows = await connection.fetch(READ_ITEMS, user_id, meal_id)
    return [(row["id"], orjson.loads(row["data"])) for row in rows]


async def read_children(
    connection: Reads, user_id: UserId, collection: str, parent_id: str
) -> list[tuple[str, Fields]]:
    """Live records of a parent with their ids."""
    rows = await connection.fetch(READ_CHILDREN, user_id, collection, parent_id)
    return [(row["id"], orjson.loads(row["data"])) for row in rows]


async def read_items_of_plan(connection: Reads, user_id: UserId, plan_id: str) -> list[Fields]:
    """Live items of the live meals of a plan."""
    rows = await connection.fetch(READ_ITEMS_OF_PLAN, user_id, plan_id)
    return [orjson.loads(row[0]) for row in rows]
