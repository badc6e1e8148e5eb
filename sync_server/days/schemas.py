"""JSON Schemas of the day routes."""

from typing import Any

from schema import COLLECTIONS
from schema.json_schema import alternatives_of, required_of, stored_schema
from schema.nutrients import TARGET_NUTRIENTS
from schema.nutrition import SLOTS
from sync_server.days.parts import DAY_PARTS, DIET, DayParts
from sync_server.formulas.nutrition import NUTRIENTS
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, Parameter, object_schema
from sync_server.web.schemas import AMOUNT, COUNT, DAY
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
NUTRIENTS_PARAMETER = {
    "nutrients": Parameter(
        {"type": "string", "enum": ["false", "true"], "default": "false"},
        "`true`: with all nutrients and their targets",
    )
}
_LIMIT_OF_DAY = {"type": ["number", "null"], "minimum": 0}
_NUTRIENT_OF_DAY = NamedSchema(
    "NutrientOfDay",
    object_schema(
        {
            "actual": AMOUNT | {"description": "Sum over the logs that have it"},
            "unknown": COUNT | {"description": "Number of logs without it"},
            "min": _LIMIT_OF_DAY | {"description": "Least amount by the target of that day"},
            "max": _LIMIT_OF_DAY | {"description": "Greatest amount by the target of that day"},
            "adherence": {
                "type": ["number", "null"],
                "minimum": 0,
                "maximum": 100,
                "description": "Closeness to the target in percent; null without one",
            },
        }
    ),
)
NUTRIENTS_OF_DAY = {
    "type": "object",
    "properties": dict.fromkeys(TARGET_NUTRIENTS, _NUTRIENT_OF_DAY),
    "additionalProperties": False,
    "description": "Nutrients that a log has or the user has a target for; on request",
}


def day_view_schema(parts: DayParts) -> NamedSchema:
    """Schema of the day view of these parts."""
    properties = {"date": DAY} | {part.name: part.schema for part in parts}
    optional = (part.name for part in parts if part.optional)
    properties |= {"nutrients": NUTRIENTS_OF_DAY}
    return NamedSchema("DayView", object_schema(properties, *optional, "nutrients"))


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
