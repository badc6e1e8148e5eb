"""Diet adherence: means over the days that have logs."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sync_server.formulas.nutrition import (
    NUTRIENTS,
    Data,
    Plan,
    adherence,
    planned_nutrients,
    plans_of,
    rounded,
    total,
)
from sync_server.progress.periods import Window


class LoggedFood(msgspec.Struct, frozen=True, gc=False):
    """Fields of a live food log that sums need."""

    food_id: str | None = None
    grams: float | None = None
    energy_kcal: float | None = None
    protein_g: float | None = None
    carbs_g: float | None = None
    fat_g: float | None = None


decode_logs = msgspec.json.Decoder(list[LoggedFood]).decode
Logs = Sequence[tuple[datetime.date, Sequence[LoggedFood]]]
"""Logs of each day that has any, in order of the days."""


def referenced_foods(logs: Logs, plans: Iterable[Plan]) -> set[str]:
    """Ids of foods in plans, and in logs with an incomplete snapshot."""
    planned = {item["food_id"] for plan in plans for item in plan.items}
    return planned | {
        log.food_id
        for _, found in logs
        for log in found
        if log.food_id is not None
        and (
            log.energy_kcal is None
            or log.protein_g is None
            or log.carbs_g is None
            or log.fat_g is None
        )
    }


@dataclass(frozen=True, slots=True)
class Diet:
    """Nutrients and adherence of a day, not rounded."""

    planned: Mapping[str, float]
    actual: Mapping[str, float]
    adherence: float | None


def diet_adherence(
    window: Window, logs: Logs, plans: Sequence[Plan], foods: Mapping[str, Data]
) -> dict[str, object]:
    """Response of `/progress/diet-adherence`."""
    diets = list(diets_of(logs, plans, foods))
    return (
        window.to_json()
        | {
            "points": [
                {"date": start.isoformat()} | means(found) for start, found in window.buckets(diets)
            ]
        }
        | means([diet for _, diet in diets])
    )


def diets_of(
    logs: Logs, plans: Sequence[Plan], foods: Mapping[str, Data]
) -> Iterator[tuple[datetime.date, Diet]]:
    """Diet of each day that has logs, equal to its day view before rounding."""
    known: dict[tuple[int, ...], dict[str, float]] = {}
    for day, found in logs:
        todays = plans_of(day, plans)
        # Most days have the same plans, and a plan may have many items.
        key = tuple(id(plan) for plan in todays)
        planned = known.get(key)
        if planned is None:
            planned = known[key] = planned_nutrients(todays, foods)
        actual = eaten(found, foods)
        yield day, Diet(planned, actual, adherence(planned, actual))


def eaten(logs: Sequence[LoggedFood], foods: Mapping[str, Data]) -> dict[str, float]:
    """Sums of the known nutrients of logs, added in the order of the day view."""
    energy_kcal = protein_g = carbs_g = fat_g = 0.0
    for log in logs:
        energy, protein, carbs, fat = log.energy_kcal, log.protein_g, log.carbs_g, log.fat_g
        if energy is None or protein is None or carbs is None or fat is None:
            food, grams = foods.get(log.food_id or "", {}), log.grams
            energy = _known(energy, food.get("energy_kcal"), grams)
            protein = _known(protein, food.get("protein_g"), grams)
            carbs = _known(carbs, food.get("carbs_g"), grams)
            fat = _known(fat, food.get("fat_g"), grams)
        energy_kcal += energy
        protein_g += protein
        carbs_g += carbs
        fat_g += fat
    return {
        "energy_kcal": energy_kcal,
        "protein_g": protein_g,
        "carbs_g": carbs_g,
        "fat_g": fat_g,
    }


def _known(snapshot: float | None, per_100_g: float | None, grams: float | None) -> float:
    """Value of a log, else of its food; 0 if neither is known."""
    if snapshot is not None:
        return snapshot
    return 0.0 if per_100_g is None or grams is None else per_100_g * grams / 100


def means(diets: Sequence[Diet]) -> dict[str, object]:
    """Mean of each value over the days that have it, and the number of those days."""
    adhered = [diet.adherence for diet in diets if diet.adherence is not None]
    planned = [diet.planned for diet in diets if any(diet.planned.values())]
    return {
        "adherence": round(sum(adhered) / len(adhered), 1) if adhered else None,
        "planned": _mean(planned),
        "actual": _mean([diet.actual for diet in diets]),
        "days_counted": len(adhered),
        "days_planned": len(planned),
        "days_logged": len(diets),
    }


def _mean(amounts: Sequence[Mapping[str, float]]) -> dict[str, float] | None:
    if not amounts:
        return None
    sums = total(amounts)
    return rounded({name: sums[name] / len(amounts) for name in NUTRIENTS})
