"""The day view: pure, from one user's records to the object that the contract shows."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Data = Mapping[str, Any]
"""A record's fields, or a food's nutrients per 100 g; what is unknown is absent or None."""

NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
MACROS = ("protein_g", "carbs_g", "fat_g")
BODYWEIGHT = "body only"
_NO_METRICS = ("date", "notes")


@dataclass(frozen=True, slots=True)
class Plan:
    """A live diet plan and the items of its live meals (each with food_id and grams)."""

    data: Data
    items: Sequence[Data]


@dataclass(frozen=True, slots=True)
class Session:
    """A live workout session and its live sets."""

    data: Data
    sets: Sequence[Data]


@dataclass(slots=True)
class Day:
    """The records of one day."""

    logs: list[Data] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    metrics: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the records of any day refer to, by id: foods per 100 g, exercises' equipment."""

    foods: Mapping[str, Data]
    equipment: Mapping[str, str | None]


def day_view(
    date: datetime.date, day: Day, plans: Iterable[Plan], reference: Reference
) -> dict[str, object]:
    """The contract's object for one day; every figure is rounded once, here."""
    planned = planned_nutrients(plans_of(date, plans), reference.foods)
    actual = total(logged_nutrients(log, reference.foods) for log in day.logs)
    return {
        "date": date.isoformat(),
        "diet": {
            "planned": rounded(planned),
            "actual": rounded(actual),
            "adherence": adherence(planned, actual),
            "logs": len(day.logs),
        },
        "training": {
            "sessions": len(day.sessions),
            "sets": sum(len(session.sets) for session in day.sessions),
            "volume_kg": round(
                sum(volume_kg(session, reference.equipment) for session in day.sessions), 2
            ),
            "duration_s": round(sum(duration_s(session.data) or 0 for session in day.sessions)),
        },
        "metrics": {name: value for name, value in day.metrics.items() if name not in _NO_METRICS},
    }


def plans_of(date: datetime.date, plans: Iterable[Plan]) -> list[Plan]:
    """The plans that are active, in range and meant for that weekday."""
    text, weekday = date.isoformat(), date.isoweekday()
    return [
        plan
        for plan in plans
        if plan.data.get("active")
        and weekday in plan.data.get("days_of_week", ())
        and (plan.data.get("starts_on") or text) <= text <= (plan.data.get("ends_on") or text)
    ]


def planned_nutrients(plans: Iterable[Plan], foods: Mapping[str, Data]) -> dict[str, float]:
    """The sum over plans: a plan's target where it sets one, else the sum of its meals' items."""
    sums = dict.fromkeys(NUTRIENTS, 0.0)
    for plan in plans:
        items = total(portion(item, foods) for item in plan.items)
        for name in NUTRIENTS:
            target = plan.data.get(f"target_{name}")
            sums[name] += items[name] if target is None else target
    return sums


def portion(item: Data, foods: Mapping[str, Data]) -> dict[str, float | None]:
    """The nutrients of `grams` of a food: per-100 g values × grams / 100; None is unknown."""
    food = foods.get(item["food_id"], {})
    grams = item["grams"]
    return {
        name: None if food.get(name) is None else food[name] * grams / 100 for name in NUTRIENTS
    }


def logged_nutrients(log: Data, foods: Mapping[str, Data]) -> dict[str, float | None]:
    """A log's snapshot where it has one, else the food's present values."""
    if all(log.get(name) is not None for name in NUTRIENTS):
        return {name: log[name] for name in NUTRIENTS}
    present = portion(log, foods)
    return {name: present[name] if log.get(name) is None else log[name] for name in NUTRIENTS}


def total(amounts: Iterable[Mapping[str, float | None]]) -> dict[str, float]:
    """The sums of what is known."""
    sums = dict.fromkeys(NUTRIENTS, 0.0)
    for amount in amounts:
        for name in NUTRIENTS:
            sums[name] += amount[name] or 0
    return sums


def rounded(nutrients: Mapping[str, float]) -> dict[str, float]:
    """Energy to 0.1 kcal, grams to 0.01."""
    return {name: round(nutrients[name], 1 if name == "energy_kcal" else 2) for name in NUTRIENTS}


def adherence(planned: Mapping[str, float], actual: Mapping[str, float]) -> float | None:
    """100 × (1 − mean over planned macros of |actual − planned| / planned), from 0 to 100."""
    misses = [
        abs(actual[macro] - planned[macro]) / planned[macro]
        for macro in MACROS
        if planned[macro] > 0
    ]
    if not misses:
        return None
    return round(min(max(100 * (1 - sum(misses) / len(misses)), 0.0), 100.0), 1)


def volume_kg(session: Session, equipment: Mapping[str, str | None]) -> float:
    """Σ reps × weight over the sets that are not warm-ups.

    A set without a weight counts the session's `bodyweight_kg` when its exercise is one of the
    body alone, else nothing; assistance (a weight below zero) counts nothing.
    """
    volume = 0.0
    for done in session.sets:
        if done.get("kind") == "warmup":
            continue
        weight = done.get("weight_kg")
        if weight is None and equipment.get(done["exercise_id"]) == BODYWEIGHT:
            weight = session.data.get("bodyweight_kg")
        volume += (done.get("reps") or 0) * max(weight or 0, 0)
    return volume


def duration_s(session: Data) -> float | None:
    """Seconds from start to end, None without both ends or when they are the wrong way round."""
    if not session.get("started_at") or not session.get("ended_at"):
        return None
    started = datetime.datetime.fromisoformat(session["started_at"])
    ended = datetime.datetime.fromisoformat(session["ended_at"])
    return (ended - started).total_seconds() if ended >= started else None
