"""JSON Schemas that the responses of several domains share."""

from schema.json_schema import body_schema
from schema.nutrients import FoodNutrients
from sync_server.formulas.nutrition import NUTRIENTS as NUTRIENT_NAMES
from sync_server.web.openapi import NamedSchema, object_schema

DAY = {"type": "string", "format": "date", "description": "Day in the user's calendar"}
POSITIVE = {"type": "integer", "minimum": 1}
COUNT = {"type": "integer", "minimum": 0}
AMOUNT = {"type": "number", "minimum": 0}
FOOD_NUTRIENTS = NamedSchema("FoodNutrients", body_schema(FoodNutrients))
NUTRIENTS = NamedSchema(
    "Nutrients",
    object_schema(
        dict.fromkeys(NUTRIENT_NAMES, AMOUNT),
        description="Energy to 0.1 kcal, grams to 0.01.",
    ),
)
