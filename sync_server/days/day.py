"""The day view: pure, from one user's records to the object that the contract shows."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync_server.formulas.nutrition import (
    Data,
    Plan,
    adherence,
    logged_nutrients,
    planned_nutrients,
    plans_of,
    rounded,
    total,
)
from sync_server.formulas.training import Session, duration_s, volume_kg

_NO_METRICS = ("date", "notes")


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
    adhered = adherence(planned, actual)
    return {
        "date": date.isoformat(),
        "diet": {
            "planned": rounded(planned),
            "actual": rounded(actual),
            "adherence": None if adhered is None else round(adhered, 1),
            "logs": len(day.logs),
        },
        "training": {
            "sessions": len(day.sessions),
            "sets": sum(len(session.sets) for session in day.sessions),
            "volume_kg": round(
                sum((volume_kg(session, reference.equipment) for session in day.sessions), 0.0), 2
            ),
            "duration_s": round(sum(_duration_s(session.data) for session in day.sessions)),
        },
        "metrics": {name: value for name, value in day.metrics.items() if name not in _NO_METRICS},
    }


def _duration_s(session: Data) -> float:
    return duration_s(session.get("started_at"), session.get("ended_at")) or 0
