"""What the user eats, and plans to eat. Nutrients are per 100 g where a food is described."""

from marshmallow import Schema

from schema.collection import NaturalKey, Record
from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Object
from schema.texts import Day, Id, Text, TimeOfDay, Timestamp

NAME, NOTES = 500, 10_000


class Serving(Schema):
    """A household measure of a food."""

    name = Text(200, 1, required=True, metadata={"description": "1 cup, 1 slice"})
    grams = Number(0, 100_000, required=True, metadata={"description": "What it weighs"})


class Food(Record):
    """A food of the user's own, its nutrients per 100 g. Unknown is null, which is not zero."""

    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    brand = Text(NAME, metadata={"description": "Who makes it"})
    barcode = Text(64, metadata={"description": "The number on the package, as text"})
    energy_kcal = Number(0, 2000, required=True, metadata={"description": "Energy per 100 g"})
    protein_g = Number(0, 100, required=True, metadata={"description": "Protein per 100 g"})
    carbs_g = Number(0, 100, required=True, metadata={"description": "Carbohydrate per 100 g"})
    fat_g = Number(0, 100, required=True, metadata={"description": "Fat per 100 g"})
    fiber_g = Number(0, 100, metadata={"description": "Fibre per 100 g"})
    sugar_g = Number(0, 100, metadata={"description": "Sugar per 100 g"})
    saturated_fat_g = Number(0, 100, metadata={"description": "Saturated fat per 100 g"})
    sodium_mg = Number(0, 100_000, metadata={"description": "Sodium per 100 g"})
    servings = Items(Object(Serving), 100, metadata={"description": "Household measures"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "foods"
        groups = (
            (
                "energy_kcal",
                "protein_g",
                "carbs_g",
                "fat_g",
                "fiber_g",
                "sugar_g",
                "saturated_fat_g",
                "sodium_mg",
            ),
        )


class DietPlan(Record):
    """A plan that holds on some days of the week, for some time."""

    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    active = Flag(metadata={"description": "Whether it counts", "default": True})
    days_of_week = Items(
        Integer(1, 7), 7, 0, unique=True, required=True, metadata={"description": "ISO weekdays"}
    )
    starts_on = Day(metadata={"description": "First day, inclusive"})
    ends_on = Day(metadata={"description": "Last day, inclusive"})
    target_energy_kcal = Number(0, 100_000, metadata={"description": "Energy of a day"})
    target_protein_g = Number(0, 10_000, metadata={"description": "Protein of a day"})
    target_carbs_g = Number(0, 10_000, metadata={"description": "Carbohydrate of a day"})
    target_fat_g = Number(0, 10_000, metadata={"description": "Fat of a day"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "diet_plans"
        groups = (
            ("days_of_week", "starts_on", "ends_on"),
            ("target_energy_kcal", "target_protein_g", "target_carbs_g", "target_fat_g"),
        )


class Meal(Record):
    """A meal of a diet plan."""

    plan_id = Id(required=True, metadata={"description": "The plan"})
    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    position = Integer(
        0, 1_000_000, required=True, metadata={"description": "Its place in the day"}
    )
    time = TimeOfDay(metadata={"description": "When it is eaten"})

    class Meta:
        collection = "meals"
        parent = "plan_id"


class MealItem(Record):
    """So much of a food in a planned meal."""

    meal_id = Id(required=True, metadata={"description": "The meal"})
    food_id = Id(required=True, metadata={"description": "The user's own food or a built-in one"})
    grams = Number(0, 100_000, required=True, metadata={"description": "How much"})
    position = Integer(
        0, 1_000_000, required=True, metadata={"description": "Its place in the meal"}
    )

    class Meta:
        collection = "meal_items"
        parent = "meal_id"
        groups = (("food_id", "grams"),)


class FoodLog(Record):
    """Something eaten. The snapshot (name and macros of that amount) keeps history true."""

    date = Day(required=True, metadata={"description": "The user's own calendar day"})
    food_id = Id(required=True, metadata={"description": "The user's own food or a built-in one"})
    grams = Number(0, 100_000, required=True, metadata={"description": "How much"})
    name = Text(NAME, metadata={"description": "The food's name when it was logged"})
    energy_kcal = Number(0, 100_000, metadata={"description": "Energy of that amount"})
    protein_g = Number(0, 100_000, metadata={"description": "Protein of that amount"})
    carbs_g = Number(0, 100_000, metadata={"description": "Carbohydrate of that amount"})
    fat_g = Number(0, 100_000, metadata={"description": "Fat of that amount"})
    meal_id = Id(metadata={"description": "The planned meal it belongs to"})
    slot = Choice(
        "breakfast", "lunch", "dinner", "snack", metadata={"description": "The meal of the day"}
    )
    planned = Flag(metadata={"description": "Whether it is a plan's item", "default": False})
    eaten_at = Timestamp(metadata={"description": "When it was eaten"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "food_logs"
        day = "date"
        parent = "meal_id"
        groups = (("food_id", "grams", "name", "energy_kcal", "protein_g", "carbs_g", "fat_g"),)
        natural_key = NaturalKey(("date", "meal_id", "food_id"), when="planned")
