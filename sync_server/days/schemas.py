"""JSON Schemas of the day routes."""

from typing import Any

from schema import COLLECTIONS
from schema.json_schema import alternatives_of, required_of, stored_schema
from schema.nutrition import SLOTS
from sync_server.days.parts import DAY_PARTS, DIET, DayParts
from sync_server.formulas.nutrition import NUTRIENTS
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, Parameter, object_schema
from sync_server.web.schemas import COUNT, DAY
from sync_server.web.schemas import NUTRIENTS as NUTRIENT_SUMS

MAX_DAYS = 366
_NAMES: dict[str, dict[str, Any]] = {
    "meal_id": {"type": ["string", "null"], "format": "uuid", "description": "null without a meal"},
    "meal_name": {"type": ["string", "null"], "description": "null without a known meal"},
    "food_name": {"type": ["string", "null"], "description": "null if it is unknown"},
    "slot": {"type": ["string", "null"], "enum": [*SLOTS, None]},
}
_NUTRIENT = {"type": ["number", "null"], "description": "null is unknown"}

DAY_PARAMETERS = {
    "from": Parameter(DAY, "First day", required=True),
    "to": Parameter(DAY, f"Last day, inclusive; at most {MAX_DAYS} days", required=True),
}


def day_view_schema(parts: DayParts) -> NamedSchema:
    """Schema of the day view of these parts."""
    properties = {"date": DAY} | {part.name: part.schema for part in parts}
    return NamedSchema("DayView", object_schema(properties))


DAY_VIEW = day_view_schema(DAY_PARTS)
DAYS = NamedSchema(
    "Days",
    object_schema({"days": {"type": "array", "items": DAY_VIEW, "maxItems": MAX_DAYS}}),
)


def _entry(name: str) -> dict[str, Any]:
    """Fields of a collection's record, with its id, its nutrients and its names."""
    collection = COLLECTIONS[name]
    schema: dict[str, Any] = stored_schema(collection) | alternatives_of(collection)
    more = {"id": ID} | _NAMES | dict.fromkeys(NUTRIENTS, _NUTRIENT)
    return schema | {
        "properties": schema["properties"] | more,
        "required": [*dict.fromkeys((*required_of(collection), *more))],
    }


DAY_DIET = NamedSchema(
    "DayDiet",
    object_schema(
        DIET.schema["properties"]
        | {
            "entries": object_schema(
                {
                    "planned": {"type": "array", "items": _entry("meal_items")},
                    "logs": {"type": "array", "items": _entry("food_logs")},
                }
            ),
            "meals": {
                "type": "array",
                "items": object_schema(
                    {
                        "meal_id": _NAMES["meal_id"],
                        "meal_name": _NAMES["meal_name"],
                        "slot": _NAMES["slot"] | {"description": "Of logs without a meal"},
                        "planned": NUTRIENT_SUMS,
                        "actual": NUTRIENT_SUMS,
                    }
                ),
                "description": "Sums by meal, and by slot for logs without a meal",
            },
            "unknown": object_schema(
                dict.fromkeys(NUTRIENTS, COUNT),
                description="Number of logs without the nutrient: the sums omit them",
            ),
        }
    ),
)
