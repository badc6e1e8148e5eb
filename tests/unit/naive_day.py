"""The day view again, written from the formulas alone: slow, exact fractions, a loop a sentence."""

import datetime
from fractions import Fraction
from typing import Any

Record = dict[str, Any]
NAMES = ("energy_kcal", "protein_g", "carbs_g", "fat_g")


def exact(value: float) -> Fraction:
    return Fraction(value)


def naive_planned(
    date: datetime.date, plans: list[tuple[Record, list[Record]]], foods: Record
) -> Record:
    sums = {name: Fraction(0) for name in NAMES}
    for plan, items in plans:
        if plan.get("active") is not True:
            continue
        if date.isoweekday() not in plan["days_of_week"]:
            continue
        if "starts_on" in plan and date < datetime.date.fromisoformat(plan["starts_on"]):
            continue
        if "ends_on" in plan and date > datetime.date.fromisoformat(plan["ends_on"]):
            continue
        for name in NAMES:
            if f"target_{name}" in plan:
                sums[name] += exact(plan[f"target_{name}"])
                continue
            for item in items:
                food = foods.get(item["food_id"])
                if food is not None and food.get(name) is not None:
                    sums[name] += exact(food[name]) * exact(item["grams"]) / 100
    return sums


def naive_actual(logs: list[Record], foods: Record) -> Record:
    sums = {name: Fraction(0) for name in NAMES}
    for log in logs:
        for name in NAMES:
            if name in log:
                sums[name] += exact(log[name])
                continue
            food = foods.get(log.get("food_id", ""))
            if food is not None and food.get(name) is not None and "grams" in log:
                sums[name] += exact(food[name]) * exact(log["grams"]) / 100
    return sums


def naive_adherence(planned: Record, actual: Record) -> float | None:
    misses = []
    for name in NAMES[1:]:
        if planned[name] > 0:
            misses.append(abs(actual[name] - planned[name]) / planned[name])
    if not misses:
        return None
    value = 100 * (1 - sum(misses) / len(misses))
    return float(min(max(value, Fraction(0)), Fraction(100)))


def naive_volume(sessions: list[tuple[Record, list[Record]]], equipment: Record) -> Fraction:
    volume = Fraction(0)
    for session, sets in sessions:
        for done in sets:
            if done.get("kind") == "warmup" or "reps" not in done:
                continue
            weight = Fraction(0)
            if "weight_kg" in done:
                weight = exact(done["weight_kg"])
            elif equipment.get(done["exercise_id"]) == "body only" and "bodyweight_kg" in session:
                weight = exact(session["bodyweight_kg"])
            if weight > 0:
                volume += done["reps"] * weight
    return volume


def naive_duration(sessions: list[tuple[Record, list[Record]]]) -> float:
    seconds = 0.0
    for session, _ in sessions:
        if "started_at" in session and "ended_at" in session:
            start = datetime.datetime.fromisoformat(session["started_at"])
            end = datetime.datetime.fromisoformat(session["ended_at"])
            if end > start:
                seconds += (end - start).total_seconds()
    return seconds
