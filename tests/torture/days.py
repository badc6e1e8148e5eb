"""The day view again, from the records of a pull and the formulas of docs/protocol.md."""

import datetime
from fractions import Fraction
from typing import Any

from tests.torture.people import Records
from tests.torture.wire import Json
from tests.unit.naive_day import (
    naive_actual,
    naive_adherence,
    naive_duration,
    naive_planned,
    naive_volume,
)


def naive_view(date: str, records: Records) -> Json:
    """The view of one day; plans are not deleted in the rounds."""

    def of(collection: str, **equal: Any) -> list[tuple[str, Json]]:
        return [
            (id, data)
            for (name, id), data in records.items()
            if name == collection and equal.items() <= data.items()
        ]

    foods = dict(of("foods"))
    plans = [
        (plan, [item for meal, _ in of("meals", plan_id=id)
                for _, item in of("meal_items", meal_id=meal)])
        for id, plan in of("diet_plans")
    ]  # fmt: skip
    logs = [log for _, log in of("food_logs", date=date)]
    sessions = [
        (session, [it for _, it in of("workout_sets", session_id=id)])
        for id, session in of("workout_sessions", date=date)
    ]
    planned = naive_planned(datetime.date.fromisoformat(date), plans, foods)
    actual = naive_actual(logs, foods)
    metrics = [data for _, data in of("body_metrics", date=date)]
    return {
        "planned": planned,
        "actual": actual,
        "adherence": naive_adherence(planned, actual),
        "logs": len(logs),
        "sessions": len(sessions),
        "sets": sum(len(sets) for _, sets in sessions),
        "volume_kg": naive_volume(sessions, {}),
        "duration_s": naive_duration(sessions),
        "metrics": {k: v for it in metrics for k, v in it.items() if k not in ("date", "notes")},
    }


def shown_view(view: Json) -> Json:
    """A day view of the server, with the members of `naive_view`."""
    return {**view["diet"], **view["training"], "metrics": view["metrics"]}


def differs(left: Any, right: Any) -> bool:
    """True if two values differ by more than their rounding."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() != right.keys() or any(differs(left[k], right[k]) for k in left)
    if isinstance(left, int | float | Fraction) and isinstance(right, int | float | Fraction):
        return abs(float(left) - float(right)) > 0.0501
    return bool(left != right)
