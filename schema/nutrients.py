"""Names, units and limits of nutrients. The unit is the end of the name: g, mg, µg (`ug`), kcal.

The names are those of Annex XIII of Regulation (EU) No 1169/2011 and of 21 CFR 101.9 (nutrition
labels), and those that USDA's SR28 has in most foods.
"""

from collections.abc import Mapping

from marshmallow import Schema

from schema.fields import Number

NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
LABEL_NUTRIENTS = ("fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg")
ALL_NUTRIENTS = (*NUTRIENTS, *LABEL_NUTRIENTS)
WATER = "water_ml"
"""Name of drunk water among the targets; the water in foods is `water_g`."""

MORE_NUTRIENTS: Mapping[str, str] = {
    "added_sugar_g": "Added sugar",
    "monounsaturated_fat_g": "Monounsaturated fat",
    "polyunsaturated_fat_g": "Polyunsaturated fat",
    "trans_fat_g": "Trans fat",
    "omega_3_g": "Omega-3 fatty acids",
    "cholesterol_mg": "Cholesterol",
    "potassium_mg": "Potassium",
    "calcium_mg": "Calcium",
    "iron_mg": "Iron",
    "magnesium_mg": "Magnesium",
    "phosphorus_mg": "Phosphorus",
    "chloride_mg": "Chloride",
    "zinc_mg": "Zinc",
    "copper_mg": "Copper",
    "manganese_mg": "Manganese",
    "fluoride_mg": "Fluoride",
    "iodine_ug": "Iodine",
    "selenium_ug": "Selenium",
    "chromium_ug": "Chromium",
    "molybdenum_ug": "Molybdenum",
    "vitamin_a_ug": "Vitamin A as retinol activity equivalents",
    "vitamin_c_mg": "Vitamin C",
    "vitamin_d_ug": "Vitamin D",
    "vitamin_e_mg": "Vitamin E as alpha-tocopherol",
    "vitamin_k_ug": "Vitamin K",
    "thiamin_mg": "Thiamin (vitamin B1)",
    "riboflavin_mg": "Riboflavin (vitamin B2)",
    "niacin_mg": "Niacin (vitamin B3)",
    "pantothenic_acid_mg": "Pantothenic acid (vitamin B5)",
    "vitamin_b6_mg": "Vitamin B6",
    "biotin_ug": "Biotin (vitamin B7)",
    "folate_ug": "Folate (vitamin B9)",
    "vitamin_b12_ug": "Vitamin B12",
    "choline_mg": "Choline",
    "water_g": "Water in the food",
    "caffeine_mg": "Caffeine",
    "alcohol_g": "Alcohol",
}
LOGGED_NUTRIENTS = (*LABEL_NUTRIENTS, *MORE_NUTRIENTS)
"""Names in the `nutrients` of a food log, which has energy and macros as fields of their own."""

TARGET_NUTRIENTS = (*NUTRIENTS, *LOGGED_NUTRIENTS, WATER)

_PER_100_G = {"g": 100.0, "mg": 100_000.0, "ug": 100_000_000.0}
_LOG_FACTOR = 1000
_LABELS = {
    "fiber_g": "Fibre", "sugar_g": "Sugar", "saturated_fat_g": "Saturated fat",
    "sodium_mg": "Sodium",
}  # fmt: skip


def _nutrient_schema(name: str, about: str, names: tuple[str, ...], factor: int) -> type[Schema]:
    """Schema with a number for each nutrient, at most `factor` times what 100 g can have."""
    described = _LABELS | dict(MORE_NUTRIENTS)
    schema = Schema.from_dict(
        {
            nutrient: Number(
                0,
                factor * _PER_100_G[nutrient.rpartition("_")[2]],
                metadata={"description": described[nutrient]},
            )
            for nutrient in names
        },
        name=name,
    )
    schema.__doc__ = about
    return schema


FoodNutrients = _nutrient_schema(
    "FoodNutrients",
    "More nutrients of a food per 100 g. Unknown is absent, which is not zero.",
    tuple(MORE_NUTRIENTS),
    1,
)
LogNutrients = _nutrient_schema(
    "LogNutrients",
    "More nutrients of the amount eaten. Unknown is absent, which is not zero.",
    LOGGED_NUTRIENTS,
    _LOG_FACTOR,
)
