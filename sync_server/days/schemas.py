"""What the routes of calendar days answer, as JSON Schema."""

from typing import Any

from schema import COLLECTIONS
from schema.json_schema import required_of, stored_schema
from sync_server.sync.schemas.day_views import COUNT, DAY, DAY_VIEW, DIET
from sync_server.web.openapi import NamedSchema, Parameter

_NAMES = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
_NUTRIENT = {"type": ["number", "null"], "description": "null is unknown"}
_NUTRIENTS = dict.fromkeys(_NAMES, _NUTRIENT)

DAY_PARAMETERS = {
    "from": Parameter(DAY, "The first day", required=True),
    "to": Parameter(DAY, "The last day, included; 366 days at most", required=True),
}
DAYS = NamedSchema(
    "Days",
    {
        "type": "object",
        "properties": {"days": {"type": "array", "items": DAY_VIEW, "maxItems": 366}},
        "required": ["days"],
        "additionalProperties": False,
    },
)


def _entry(name: str) -> dict[str, Any]:
    """A stored record's fields, with its nutrients."""
    collection = COLLECTIONS[name]
    schema: dict[str, Any] = stored_schema(collection)
    properties = schema["properties"] | _NUTRIENTS
    return schema | {"properties": properties, "required": [*required_of(collection), *_NAMES]}


_PARTS = DIET | {
    "entries": {
        "type": "object",
        "properties": {
            "planned": {"type": "array", "items": _entry("meal_items")},
            "logs": {"type": "array", "items": _entry("food_logs")},
        },
        "required": ["planned", "logs"],
        "additionalProperties": False,
    },
    "unknown": {
        "type": "object",
        "properties": dict.fromkeys(_NAMES, COUNT),
        "required": list(_NAMES),
        "additionalProperties": False,
        "description": "How many logs lack the nutrient: the sums leave those out",
    },
}
DAY_DIET = NamedSchema(
    "DayDiet",
    {
        "type": "object",
        "properties": _PARTS,
        "required": list(_PARTS),
        "additionalProperties": False,
    },
)
