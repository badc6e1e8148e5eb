"""Sums of all nutrients of a day, pure, from logs, foods, drunk water and the user's targets.

Source of the formulas: docs/protocol.md (nutrients of a day).
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schema.nutrients import LABEL_NUTRIENTS, TARGET_NUTRIENTS, WATER
from sync_server.formulas.nutrition import Data, logged_nutrients

Amounts = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """Least and greatest amount of a nutrient on a day; None is no limit."""

    minimum: float | None = None
    maximum: float | None = None


def targets_of(date: datetime.date, targets: Iterable[Data]) -> dict[str, Target]:
    """Targets that hold on a day: of each nutrient the latest one that had begun."""
    day, latest = date.isoformat(), dict[str, Data]()
    for target in targets:
        name, start = target["nutrient"], target["starts_on"]
        if start <= day and (name not in latest or latest[name]["starts_on"] < start):
            latest[name] = target
    valid = {name: Target(it.get("min"), it.get("max")) for name, it in latest.items()}
    return {name: target for name, target in valid.items() if target != Target()}


def known_nutrients(log: Data, foods: Mapping[str, Data]) -> dict[str, float]:
    """Known nutrients of a log, by name.

    Those outside energy and macros are of its snapshot if it has one, else the food's present
    values per 100 g x grams / 100.
    """
    known = {name: it for name, it in logged_nutrients(log, foods).items() if it is not None}
    snapshot: Mapping[str, float] | None = log.get("nutrients")
    if snapshot is not None:
        return {**known, **snapshot}
    food, grams = foods.get(log.get("food_id", ""), {}), log.get("grams")
    if grams is None:
        return known
    return known | {name: value * grams / 100 for name, value in food_nutrients(food).items()}


def food_nutrients(food: Data) -> dict[str, float]:
    """Known nutrients of 100 g of a food, apart from energy and macros."""
    label = {name: food[name] for name in LABEL_NUTRIENTS if food.get(name) is not None}
    return label | (food.get("nutrients") or {})


def day_nutrients(
    logs: Sequence[Data], foods: Mapping[str, Data], water_ml: float, targets: Mapping[str, Target]
) -> dict[str, object]:
    """Nutrients that a log has, water, and those with a target: sum, unknown logs, adherence.

    A value is the sum over the logs that have it; `unknown` counts the others.
    """
    known = [known_nutrients(log, foods) for log in logs]
    shown: dict[str, object] = {}
    for name in TARGET_NUTRIENTS:
        amounts = [it[name] for it in known if name in it]
        unknown = len(known) - len(amounts)
        if name == WATER:
            amounts, unknown = [water_ml] if water_ml else [], 0
        if amounts or name in targets:
            shown[name] = _shown(name, sum(amounts, 0.0), unknown, targets.get(name, Target()))
    return shown


def _shown(name: str, actual: float, unknown: int, target: Target) -> dict[str, object]:
    percent = target_adherence(actual, target)
    return {
        "actual": round(actual, 1 if name == "energy_kcal" else 2),
        "unknown": unknown,
        "min": target.minimum,
        "max": target.maximum,
        "adherence": None if percent is None else round(percent, 1),
    }


def target_adherence(actual: float, target: Target) -> float | None:
    """Adherence to a target in percent: 100 within its limits, less by the relative miss.

    Below the least amount 100 x actual / least; above the greatest 100 x (1 - (actual - greatest) /
    greatest), at least 0. None without a target. Not rounded.
    """
    minimum, maximum = target.minimum, target.maximum
    if minimum is None and maximum is None:
        return None
    if minimum is not None and actual < minimum:
        return 100 * actual / minimum
    if maximum is not None and actual > maximum:
        return max(100 * (1 - (actual - maximum) / maximum), 0.0) if maximum else 0.0
    return 100.0
