"""A composed diary: a diet plan from USDA foods and portions, and what was eaten in its year.

Nobody's real diary: none with a licence was found. The foods, their nutrients and portions are
USDA's; the plan is made up, and a seeded chance decides what a day leaves out, adds and changes.
"""

import datetime
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schema.ids import catalogue_id
from tools.recordings.sources import Food
from trackforge_client.device.json_types import Json
from trackforge_client.device.snapshot import with_snapshot

SOURCE = "usda-sr28"


@dataclass(frozen=True, slots=True)
class Item:
    """So many of a food's portion; `portion` counts the food's portions from 0."""

    food: str
    portion: int
    count: float = 1.0


@dataclass(frozen=True, slots=True)
class MealPlan:
    """A planned meal."""

    name: str
    slot: str
    time: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Eaten:
    """Something eaten: of meal number `meal` of the day's plan, or beside it (None)."""

    meal: int | None
    slot: str
    time: str
    food: str
    grams: float


WEEKDAYS = (
    MealPlan("Breakfast", "breakfast", "07:30", (
        Item("20038", 0, 0.5), Item("01077", 0), Item("09040", 2),
    )),
    MealPlan("Lunch", "lunch", "12:30", (
        Item("05064", 0), Item("20045", 0, 1.5), Item("11091", 0, 2),
    )),
    MealPlan("Snack", "snack", "16:00", (Item("01256", 0),)),
    MealPlan("Dinner", "dinner", "19:30", (Item("15209", 0, 2), Item("11367", 1))),
)  # fmt: skip
WEEKENDS = (
    MealPlan("Late breakfast", "breakfast", "10:00", (
        Item("01129", 2, 2), Item("18075", 0, 2), Item("01009", 2, 0.3),
    )),
    MealPlan("Lunch", "lunch", "14:00", (
        Item("20121", 1, 1.5), Item("11529", 1), Item("04053", 0),
    )),
    MealPlan("Dinner", "dinner", "20:00", (Item("16427", 0, 2), Item("20137", 0))),
)  # fmt: skip
BESIDE = (
    Item("14209", 2), Item("19904", 0), Item("09003", 2), Item("21224", 1), Item("14003", 1),
    Item("16098", 0), Item("07064", 0),
)  # fmt: skip
PLANS = {"Weekdays": ((1, 2, 3, 4, 5), WEEKDAYS), "Weekends": ((6, 7), WEEKENDS)}


def plan_of(day: datetime.date) -> str:
    """Which plan holds on a day."""
    return "Weekends" if day.isoweekday() > 5 else "Weekdays"


def grams(item: Item, foods: Mapping[str, Food]) -> float:
    """Weight of an item, to the gram."""
    return float(round(foods[item.food].portions[item.portion][1] * item.count))


def food_id(number: str) -> str:
    """The built-in food of a USDA number."""
    return catalogue_id("foods", SOURCE, number)


def day(date: datetime.date, foods: Mapping[str, Food], chance: random.Random) -> Iterator[Eaten]:
    """Meals of a day: mostly the plan, with other amounts and other foods at times."""
    for number, meal in enumerate(PLANS[plan_of(date)][1]):
        if chance.random() < 0.05:
            continue
        for item in meal.items:
            if chance.random() < 0.08:
                continue
            share = chance.choices((1.0, 0.75, 1.25), (8, 1, 1))[0]
            amount = float(round(grams(item, foods) * share))
            yield Eaten(number, meal.slot, meal.time, item.food, amount)
    for item in chance.sample(BESIDE, chance.choice((0, 1, 1, 2))):
        yield Eaten(None, "snack", "21:15", item.food, grams(item, foods))


def log(eaten: Eaten, date: datetime.date, meal_id: str | None, food: Food) -> dict[str, Json]:
    """A food log with its snapshot; what is of the plan says so."""
    record: dict[str, Json] = {
        "date": date.isoformat(),
        "food_id": food_id(eaten.food),
        "grams": eaten.grams,
        "slot": eaten.slot,
        "planned": meal_id is not None,
        "eaten_at": f"{date.isoformat()}T{eaten.time}:00Z",
    }
    if meal_id is not None:
        record["meal_id"] = meal_id
    return with_snapshot(record, {"name": food.name, **food.nutrients})
