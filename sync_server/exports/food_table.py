"""Food diary as a dietitian reads it: one line per food, the sum below each day; pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from schema.nutrition import SLOTS
from sync_server.exports.csv_text import Cell, harmless
from sync_server.formulas.nutrition import NUTRIENTS, Data, logged_nutrients, rounded, total

HEADINGS = (
    "Date", "Meal", "Time", "Food", "Amount (g)", "Energy (kcal)", "Protein (g)",
    "Carbohydrate (g)", "Fat (g)", "Notes",
)  # fmt: skip
TOTAL = "Total"


@dataclass(frozen=True, slots=True)
class FoodNames:
    """Referenced foods (nutrients per 100 g, with their name) and names of planned meals, by id."""

    foods: Mapping[str, Data]
    meals: Mapping[str, str]


def lines(logs: Sequence[Mapping[str, Any]], names: FoodNames) -> Iterator[Sequence[Cell]]:
    """Lines of whole days of logs, ordered by date; each day ends with its sum."""
    for date, of_day in groupby(logs, key=lambda log: str(log["date"])):
        ordered = sorted(of_day, key=_order)
        nutrients = [logged_nutrients(log, names.foods) for log in ordered]
        for log, amounts in zip(ordered, nutrients, strict=True):
            yield _line(date, log, amounts, names)
        unknown = {name: sum(it[name] is None for it in nutrients) for name in NUTRIENTS}
        notes = ", ".join(f"{count} without {name}" for name, count in unknown.items() if count)
        yield (date, TOTAL, None, None, None, *_amounts(total(nutrients)), notes)


def _order(log: Mapping[str, Any]) -> tuple[int, str, str]:
    """Meals of a day in their order, foods of a meal by their time."""
    slot = log.get("slot")
    return SLOTS.index(slot) if slot in SLOTS else len(SLOTS), _time(log), str(log.get("name"))


def _line(
    date: str, log: Mapping[str, Any], amounts: Mapping[str, float | None], names: FoodNames
) -> Sequence[Cell]:
    food = names.foods.get(log.get("food_id") or "", {})
    meal = names.meals.get(log.get("meal_id") or "") or str(log.get("slot") or "").capitalize()
    name = log.get("name") or food.get("name")
    values = _amounts(amounts)
    return (
        date, harmless(meal), _time(log), harmless(name), log.get("grams"), *values,
        harmless(log.get("notes")),
    )  # fmt: skip


def _amounts(amounts: Mapping[str, float | None]) -> list[float | None]:
    """Amounts rounded as in day views; unknown ones stay None."""
    known = rounded({name: amounts[name] or 0.0 for name in NUTRIENTS})
    return [None if amounts[name] is None else known[name] for name in NUTRIENTS]


def _time(log: Mapping[str, Any]) -> str:
    """Time of eating on the user's clock."""
    text = log.get("eaten_at")
    return f"{datetime.datetime.fromisoformat(text):%H:%M}" if text else ""
