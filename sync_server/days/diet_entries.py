"""Entries of a day's diet, pure: planned items and food logs with names, grouped by meal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schema.nutrition import SLOTS
from sync_server.days.day import DayContext, DayRecord
from sync_server.formulas.nutrition import (
    NUTRIENTS,
    Data,
    logged_nutrients,
    plans_of,
    portion,
    rounded,
    total,
)

Entry = dict[str, Any]
"""Fields of a planned item or of a log, with its names and nutrients."""


def referenced_meals(logs: Iterable[DayRecord], context: DayContext) -> set[str]:
    """Ids of the meals of a day's logs and planned items."""
    planned = {item["meal_id"] for item in _planned_items(context)}
    return planned | {log.data["meal_id"] for log in logs if "meal_id" in log.data}


def diet_entries(
    logs: Sequence[DayRecord], context: DayContext, meals: Mapping[str, Data]
) -> dict[str, object]:
    """Entries behind the sums of `diet`, sums by meal, and counts of what the sums lack.

    `entries` holds planned items and logs, each with its nutrients; unknown ones are None, and
    `unknown` counts them, because the sums omit them. `meals` (fields by id) may have tombstones.
    Both lists are in the order of the meals, and then of the slots.
    """
    foods = context.lookups.foods
    planned = [_entry(item, portion(item, foods), foods, meals) for item in _planned_items(context)]
    eaten = [
        _entry({"id": log.id, **log.data}, logged_nutrients(log.data, foods), foods, meals)
        for log in logs
    ]
    planned.sort(key=lambda entry: (_order(entry, meals), entry["position"]))
    eaten.sort(key=lambda entry: _order(entry, meals))
    unknown = {name: sum(log[name] is None for log in eaten) for name in NUTRIENTS}
    return {
        "entries": {"planned": planned, "logs": eaten},
        "meals": _meals(planned, eaten, meals),
        "unknown": unknown,
    }


def _planned_items(context: DayContext) -> Iterable[Data]:
    for plan in plans_of(context.date, context.plans):
        yield from plan.items


def _entry(
    fields: Data,
    nutrients: Mapping[str, float | None],
    foods: Mapping[str, Data],
    meals: Mapping[str, Data],
) -> Entry:
    meal_id = fields.get("meal_id")
    food_name = fields.get("name") or foods.get(fields.get("food_id", ""), {}).get("name")
    return {
        **fields,
        "meal_id": meal_id,
        "meal_name": meals.get(meal_id or "", {}).get("name"),
        "food_name": food_name,
        "slot": fields.get("slot"),
        **nutrients,
    }


def _order(entry: Entry, meals: Mapping[str, Data]) -> tuple[bool, int, str]:
    """Place of an entry: meals by position, then logs without a meal by slot."""
    meal_id, slot = entry["meal_id"], entry["slot"]
    if meal_id is not None:
        return False, meals.get(meal_id, {}).get("position", 0), meal_id
    return True, SLOTS.index(slot) if slot in SLOTS else len(SLOTS), ""


def _meals(
    planned: Sequence[Entry], eaten: Sequence[Entry], meals: Mapping[str, Data]
) -> list[dict[str, object]]:
    """Meals of the day, and slots of logs without a meal, each with its sums."""
    groups: dict[tuple[bool, int, str], tuple[list[Entry], list[Entry]]] = {}
    for index, entries in enumerate((planned, eaten)):
        for entry in entries:
            groups.setdefault(_order(entry, meals), ([], []))[index].append(entry)
    return [
        {
            "meal_id": first["meal_id"],
            "meal_name": first["meal_name"],
            "slot": None if first["meal_id"] else first["slot"],
            "planned": rounded(total(planned)),
            "actual": rounded(total(eaten)),
        }
        for _, (planned, eaten) in sorted(groups.items())
        for first in (planned + eaten)[:1]
    ]
