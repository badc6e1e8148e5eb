"""Nutrition: foods, diet plans, food and water logs, targets. Nutrients of a food are per 100 g."""

from marshmallow import Schema

from schema.collection import NaturalKey, Record, Snapshot
from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Object
from schema.nutrients import ALL_NUTRIENTS as ALL_NUTRIENTS
from schema.nutrients import NUTRIENTS as NUTRIENTS
from schema.nutrients import TARGET_NUTRIENTS, FoodNutrients, LogNutrients
from schema.texts import Day, Id, Text, TimeOfDay, Timestamp

NAME, NOTES = 500, 10_000
SLOTS = ("breakfast", "lunch", "dinner", "snack")


class Serving(Schema):
    """Household measure of a food."""

    name = Text(200, 1, required=True, metadata={"description": "As `1 cup` or `1 slice`"})
    grams = Number(0, 100_000, required=True, metadata={"description": "Weight in grams"})


class Food(Record):
    """Food of the user, with nutrients per 100 g. Unknown is null, which is not zero."""

    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    brand = Text(NAME, metadata={"description": "Manufacturer"})
    barcode = Text(64, metadata={"description": "Barcode on the package, as text"})
    energy_kcal = Number(0, 2000, required=True, metadata={"description": "Energy per 100 g"})
    protein_g = Number(0, 100, required=True, metadata={"description": "Protein per 100 g"})
    carbs_g = Number(0, 100, required=True, metadata={"description": "Carbohydrate per 100 g"})
    fat_g = Number(0, 100, required=True, metadata={"description": "Fat per 100 g"})
    fiber_g = Number(0, 100, metadata={"description": "Fibre per 100 g"})
    sugar_g = Number(0, 100, metadata={"description": "Sugar per 100 g"})
    saturated_fat_g = Number(0, 100, metadata={"description": "Saturated fat per 100 g"})
    sodium_mg = Number(0, 100_000, metadata={"description": "Sodium per 100 g"})
    nutrients = Object(FoodNutrients, metadata={"description": "More nutrients per 100 g"})
    servings = Items(Object(Serving), 100, metadata={"description": "Household measures"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "foods"
        groups = (ALL_NUTRIENTS,)


class DietPlan(Record):
    """Diet plan for some days of the week, within an optional period."""

    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    active = Flag(metadata={"description": "Only active plans count", "default": True})
    days_of_week = Items(
        Integer(1, 7), 7, 0, unique=True, required=True, metadata={"description": "ISO weekdays"}
    )
    starts_on = Day(metadata={"description": "First day, inclusive"})
    ends_on = Day(metadata={"description": "Last day, inclusive"})
    target_energy_kcal = Number(0, 100_000, metadata={"description": "Energy of a day"})
    target_protein_g = Number(0, 10_000, metadata={"description": "Protein of a day"})
    target_carbs_g = Number(0, 10_000, metadata={"description": "Carbohydrate of a day"})
    target_fat_g = Number(0, 10_000, metadata={"description": "Fat of a day"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "diet_plans"
        groups = (
            ("days_of_week", "starts_on", "ends_on"),
            ("target_energy_kcal", "target_protein_g", "target_carbs_g", "target_fat_g"),
        )


class Meal(Record):
    """Meal of a diet plan."""

    plan_id = Id(required=True, metadata={"description": "Id of the diet plan"})
    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    position = Integer(
        0, 1_000_000, required=True, metadata={"description": "Position within the day"}
    )
    time = TimeOfDay(metadata={"description": "Planned time"})

    class Meta:
        collection = "meals"
        parent = "plan_id"
        owner = "diet_plans"


class MealItem(Record):
    """Amount of a food in a planned meal."""

    meal_id = Id(required=True, metadata={"description": "Id of the meal"})
    food_id = Id(
        required=True, metadata={"description": "Id of the user's own food or of a built-in one"}
    )
    grams = Number(0, 100_000, required=True, metadata={"description": "Amount in grams"})
    position = Integer(
        0, 1_000_000, required=True, metadata={"description": "Position within the meal"}
    )

    class Meta:
        collection = "meal_items"
        parent = "meal_id"
        owner = "meals"
        groups = (("food_id", "grams"),)


class FoodLog(Record):
    """Food log: an amount eaten. Its snapshot (name, energy, macros) keeps history correct.

    It has a food with an amount, or stands for itself with its name and energy.
    """

    date = Day(required=True, metadata={"description": "Day in the user's calendar"})
    food_id = Id(metadata={"description": "Id of the user's own food or of a built-in one"})
    grams = Number(0, 100_000, metadata={"description": "Amount in grams"})
    name = Text(NAME, metadata={"description": "Name of the food at the time of the log"})
    energy_kcal = Number(0, 100_000, metadata={"description": "Energy of that amount"})
    protein_g = Number(0, 100_000, metadata={"description": "Protein of that amount"})
    carbs_g = Number(0, 100_000, metadata={"description": "Carbohydrate of that amount"})
    fat_g = Number(0, 100_000, metadata={"description": "Fat of that amount"})
    nutrients = Object(LogNutrients, metadata={"description": "More nutrients of that amount"})
    meal_id = Id(metadata={"description": "Id of the planned meal"})
    slot = Choice(*SLOTS, metadata={"description": "Meal of the day"})
    planned = Flag(metadata={"description": "True for an item of a plan", "default": False})
    eaten_at = Timestamp(metadata={"description": "Time of eating"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "food_logs"
        day = "date"
        parent = "meal_id"
        groups = (("food_id", "grams", "name", *NUTRIENTS, "nutrients"),)
        alternatives = (("food_id", "grams"), ("name", "energy_kcal"))
        snapshot = Snapshot(
            "food_id", "grams", ("name", *NUTRIENTS, "nutrients"), (*NUTRIENTS, "nutrients")
        )
        natural_key = NaturalKey(("date", "meal_id", "food_id"), when="planned")


class WaterLog(Record):
    """Water drunk at once."""

    date = Day(required=True, metadata={"description": "Day in the user's calendar"})
    ml = Number(0, 100_000, required=True, metadata={"description": "Amount in millilitres"})
    at = Timestamp(metadata={"description": "Time of drinking"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "water_logs"
        day = "date"


class NutrientTarget(Record):
    """Target of a nutrient for each day from `starts_on` until the next target of that nutrient.

    A target with neither `min` nor `max` ends the one before.
    """

    nutrient = Choice(
        *TARGET_NUTRIENTS,
        required=True,
        metadata={"description": "Name; `water_ml` is drunk water"},
    )
    starts_on = Day(required=True, metadata={"description": "First day"})
    min = Number(0, 1e9, metadata={"description": "Least amount of a day"})
    max = Number(0, 1e9, metadata={"description": "Greatest amount of a day"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "nutrient_targets"
        groups = (("min", "max"),)
        natural_key = NaturalKey(("nutrient", "starts_on"))
