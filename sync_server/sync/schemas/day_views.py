"""The shape of a day view, as pulls carry it and as the days' own routes give it."""

from schema import COLLECTIONS
from schema.json_schema import stored_schema
from sync_server.web.openapi import NamedSchema

DAY = {"type": "string", "format": "date", "description": "A day of the user's own calendar"}
COUNT = {"type": "integer", "minimum": 0}
AMOUNT = {"type": "number", "minimum": 0}
_METRICS = stored_schema(COLLECTIONS["body_metrics"])["properties"]
assert isinstance(_METRICS, dict)

NUTRIENTS = NamedSchema(
    "Nutrients",
    {
        "type": "object",
        "properties": dict.fromkeys(("energy_kcal", "protein_g", "carbs_g", "fat_g"), AMOUNT),
        "required": ["energy_kcal", "protein_g", "carbs_g", "fat_g"],
        "additionalProperties": False,
        "description": "Energy to 0.1 kcal, grams to 0.01.",
    },
)
DIET = {
    "planned": NUTRIENTS,
    "actual": NUTRIENTS,
    "adherence": {
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 100,
        "description": "How near the macros came to the plan, in percent; null without a plan",
    },
    "logs": COUNT,
}
DAY_VIEW = NamedSchema(
    "DayView",
    {
        "type": "object",
        "properties": {
            "date": DAY,
            "diet": {
                "type": "object",
                "properties": DIET,
                "required": list(DIET),
                "additionalProperties": False,
            },
            "training": {
                "type": "object",
                "properties": {
                    "sessions": COUNT,
                    "sets": COUNT,
                    "volume_kg": AMOUNT,
                    "duration_s": COUNT,
                },
                "required": ["sessions", "sets", "volume_kg", "duration_s"],
                "additionalProperties": False,
            },
            "metrics": {
                "type": "object",
                "properties": {
                    name: field for name, field in _METRICS.items() if name not in ("date", "notes")
                },
            },
        },
        "required": ["date", "diet", "training", "metrics"],
        "additionalProperties": False,
    },
)
