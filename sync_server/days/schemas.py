"""JSON Schemas of the day routes."""

from typing import Any

from schema import COLLECTIONS
from schema.json_schema import alternatives_of, required_of, stored_schema
from sync_server.days.parts import DAY_PARTS, DIET, DayParts
from sync_server.formulas.nutrition import NUTRIENTS
from sync_server.web.openapi import NamedSchema, Parameter, object_schema
from sync_server.web.schemas import COUNT, DAY

MAX_DAYS = 366
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
    """Stored fields of a collection's record, with its nutrients."""
    collection = COLLECTIONS[name]
    schema: dict[str, Any] = stored_schema(collection) | alternatives_of(collection)
    properties = schema["properties"] | dict.fromkeys(NUTRIENTS, _NUTRIENT)
    return schema | {
        "properties": properties,
        "required": [*required_of(collection), *NUTRIENTS],
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
            "unknown": object_schema(
                dict.fromkeys(NUTRIENTS, COUNT),
                description="Number of logs without the nutrient: the sums omit them",
            ),
        }
    ),
)
