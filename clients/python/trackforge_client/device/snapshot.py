"""Snapshot of a food in a food log, so that later edits of the food change no logged day."""

from trackforge_client.device.json_types import Fields, Json

NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
LABEL_NUTRIENTS = ("fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg")
SNAPSHOT = ("name", *NUTRIENTS, "nutrients")


def with_snapshot(log: Fields, food: Fields | None) -> dict[str, Json]:
    """Log with name and nutrients of its amount; unchanged with own values or without a food.

    Nutrients = the food's values per 100 g times grams / 100.
    """
    grams = log.get("grams")
    if food is None or any(name in log for name in SNAPSHOT):
        return dict(log)
    if isinstance(grams, bool) or not isinstance(grams, int | float):
        return dict(log)
    snapshot: dict[str, Json] = {"name": food.get("name")}
    for nutrient in NUTRIENTS:
        value = food.get(nutrient)
        if isinstance(value, int | float):
            # Six decimals remove binary noise; the day view rounds for display.
            snapshot[nutrient] = round(value * grams / 100, 6)
    more = food_nutrients(food).items()
    snapshot["nutrients"] = {name: round(it * grams / 100, 6) for name, it in more} or None
    return {**log, **{name: value for name, value in snapshot.items() if value is not None}}


def food_nutrients(food: Fields) -> dict[str, float]:
    """Known nutrients of 100 g of a food, apart from energy and macros."""
    more = food.get("nutrients")
    named = {name: food.get(name) for name in LABEL_NUTRIENTS}
    named |= more if isinstance(more, dict) else {}
    return {name: it for name, it in named.items() if isinstance(it, int | float)}
