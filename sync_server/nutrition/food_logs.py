"""REST resource of food logs: read with their food, written with a snapshot of it."""

from collections.abc import Mapping
from typing import Any

import orjson

from schema import COLLECTIONS
from schema.ids import UserId, is_uuid
from schema.nutrients import ALL_NUTRIENTS
from sync_server.nutrition.queries import read_fields, read_foods
from sync_server.nutrition.snapshot import SNAPSHOT, snapshot
from sync_server.rest.resource import Resource
from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, object_schema
from sync_server.web.schemas import FOOD_NUTRIENTS

_TEXT = {"type": "string"}
_SERVING = object_schema({"name": _TEXT, "grams": {"type": "number"}})
_AMOUNT = {"type": ["number", "null"], "description": "Per 100 g; null is unknown"}
FOOD = NamedSchema(
    "FoodOfLog",
    object_schema(
        {
            "id": ID,
            "source": _TEXT | {"description": "`own`, or where a built-in one comes from"},
            "name": _TEXT,
            "brand": {"type": ["string", "null"]},
            **dict.fromkeys(ALL_NUTRIENTS, _AMOUNT),
            "nutrients": FOOD_NUTRIENTS,
            "servings": {"type": "array", "items": _SERVING},
            "deleted": {"type": "boolean", "description": "True for a deleted food"},
        }
    ),
)
FOOD_OR_NULL = {"anyOf": [FOOD, {"type": "null"}], "description": "null: unknown food, or none"}


async def food_of(connection: Reads, user_id: UserId, log: StoredRecord) -> Mapping[str, object]:
    """Food of a log, or null."""
    id = orjson.loads(log.data).get("food_id")
    foods = await read_foods(connection, user_id, [id] if id else ())
    return {"food": foods.get(id)}


async def with_snapshot(
    connection: Reads, user_id: UserId, data: bytes, patched_id: str | None
) -> bytes:
    """Fields of a log with a snapshot of its food, unless it has its own.

    The snapshot of a log that keeps its food follows the amount instead, where it is merged.
    """
    log: Mapping[str, Any] = orjson.loads(data)
    food_id = log.get("food_id")
    if not is_uuid(food_id) or any(name in log for name in SNAPSHOT):
        return data
    if patched_id is not None:
        stored = await read_fields(connection, user_id, "food_logs", patched_id) or {}
        has_snapshot = bool(stored.get("grams")) and any(name in stored for name in SNAPSHOT)
        if food_id == stored.get("food_id") and has_snapshot:
            return data
        log = {"grams": stored.get("grams"), **log}
    food = (await read_foods(connection, user_id, [food_id])).get(food_id)
    taken = snapshot(log, food)
    # Joined as text: what the client sent stays as it was sent.
    return data.rstrip()[:-1] + b"," + orjson.dumps(taken)[1:] if taken else data


FOOD_LOGS = Resource(
    COLLECTIONS["food_logs"],
    extra_fields=food_of,
    extra_schema={"food": FOOD_OR_NULL},
    complete=with_snapshot,
)
