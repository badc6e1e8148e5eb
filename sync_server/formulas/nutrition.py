"""Planned and eaten energy and macros, pure, from plans, logs and foods.

Source of the formulas: docs/protocol.md (day views).
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.nutrition import NUTRIENTS as NUTRIENTS

Data = Mapping[str, Any]
"""Fields of a record, or nutrients per 100 g of a food; unknown ones are absent or None."""

MACROS = ("protein_g", "carbs_g", "fat_g")


@dataclass(frozen=True, slots=True)
class Plan:
    """Diet plan with the items of its meals (each with id, food_id and grams).

    A deleted plan has its last day as `ends_on`.
    """

    data: Data
    items: Sequence[Data]


def plans_of(date: datetime.date, plans: Iterable[Plan]) -> list[Plan]:
    """Active plans of a date: in range, and for its weekday."""
    text, weekday = date.isoformat(), date.isoweekday()
    return [
        plan
        for plan in plans
        if plan.data.get("active")
        and weekday in plan.data.get("days_of_week", ())
        and (plan.data.get("starts_on") or text) <= text <= (plan.data.get("ends_on") or text)
    ]


def planned_nutrients(plans: Iterable[Plan], foods: Mapping[str, Data]) -> dict[str, float]:
    """Sum over plans: a plan's target if it sets one, else the sum of its meals' items."""
    sums = dict.fromkeys(NUTRIENTS, 0.0)
    for plan in plans:
        items = total(portion(item, foods) for item in plan.items)
        for name in NUTRIENTS:
            target = plan.data.get(f"target_{name}")
            sums[name] += items[name] if target is None else target
    return sums


def portion(item: Data, foods: Mapping[str, Data]) -> dict[str, float | None]:
    """Nutrients of `grams` of a food: values per 100 g × grams / 100; None is unknown.

    Without a food or an amount all are unknown.
    """
    food, grams = foods.get(item.get("food_id", ""), {}), item.get("grams")
    if grams is None:
        return dict.fromkeys(NUTRIENTS)
    return {
        name: None if food.get(name) is None else food[name] * grams / 100 for name in NUTRIENTS
    }


def logged_nutrients(log: Data, foods: Mapping[str, Data]) -> dict[str, float | None]:
    """Nutrients of a log: its snapshot if it has one, else the food's current values."""
    if all(log.get(name) is not None for name in NUTRIENTS):
        return {name: log[name] for name in NUTRIENTS}
    present = portion(log, foods)
    return {name: present[name] if log.get(name) is None else log[name] for name in NUTRIENTS}


def total(amounts: Iterable[Mapping[str, float | None]]) -> dict[str, float]:
    """Sums of the known amounts."""
    sums = dict.fromkeys(NUTRIENTS, 0.0)
    for amount in amounts:
        for name in NUTRIENTS:
            sums[name] += amount[name] or 0
    return sums


def rounded(nutrients: Mapping[str, float]) -> dict[str, float]:
    """Nutrients rounded: energy to 0.1 kcal, grams to 0.01."""
    return {name: round(nutrients[name], 1 if name == "energy_kcal" else 2) for name in NUTRIENTS}


def adherence(planned: Mapping[str, float], actual: Mapping[str, float]) -> float | None:
    """Adherence in percent: 100 × (1 − mean of |actual − planned| / planned over planned macros).

    One minus the mean absolute percentage error (MAPE), clipped to 0 to 100. Not rounded; None if
    no macro was planned.
    """
    misses = [
        abs(actual[macro] - planned[macro]) / planned[macro]
        for macro in MACROS
        if planned[macro] > 0
    ]
    if not misses:
        return None
    return min(max(100 * (1 - sum(misses) / len(misses)), 0.0), 100.0)
