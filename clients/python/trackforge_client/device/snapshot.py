"""The snapshot that a food log carries, so that editing a food later changes no logged day."""

from trackforge_client.device.json_types import Fields, Json

NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
SNAPSHOT = ("name", *NUTRIENTS)


def with_snapshot(log: Fields, food: Fields | None) -> dict[str, Json]:
    """The log with name and macros of its amount, unless it brings its own or the food is unknown.

    Nutrients = the food's values per 100 g times grams / 100.
    """
    grams = log.get("grams")
    if food is None or any(name in log for name in SNAPSHOT):
        return dict(log)
    if isinstance(grams, bool) or not isinstance(grams, int | float):
        return dict(log)
    taken: dict[str, Json] = {"name": food.get("name")}
    for nutrient in NUTRIENTS:
        value = food.get(nutrient)
        if isinstance(value, int | float):
            # Six decimals only shed the noise of binary fractions; real rounding is the view's.
            taken[nutrient] = round(value * grams / 100, 6)
    return {**log, **{name: value for name, value in taken.items() if value is not None}}
