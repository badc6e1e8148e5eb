"""Computation of day views, pure: the parts of a day from its records, rounded once, here."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync_server.formulas.nutrients import day_nutrients, targets_of
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
from sync_server.formulas.recordings import duplicates
from sync_server.formulas.training import Session, duration_s, volume_kg

METRICS_EXCLUDED = ("date", "notes", "readings")


@dataclass(frozen=True, slots=True)
class DayRecord:
    """Fields of a live record of a day, those of its live children (sets of a session), its id."""

    data: Data
    children: Sequence[Data] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Lookups:
    """Referenced data by id: foods per 100 g, and the equipment of exercises."""

    foods: Mapping[str, Data]
    equipment: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class DayContext:
    """Date of a day, all diet plans, the referenced foods and exercises.

    `priority` are the best sources of workouts, `targets` those of all nutrients and days.
    """

    date: datetime.date
    plans: Sequence[Plan]
    lookups: Lookups
    priority: Sequence[str] = ()
    targets: Sequence[Data] = ()


def diet(logs: Sequence[DayRecord], context: DayContext) -> dict[str, object]:
    """Planned and actual nutrients, adherence in percent (None without a plan), number of logs."""
    foods = context.lookups.foods
    planned = planned_nutrients(plans_of(context.date, context.plans), foods)
    actual = total(logged_nutrients(log.data, foods) for log in logs)
    percent = adherence(planned, actual)
    return {
        "planned": rounded(planned),
        "actual": rounded(actual),
        "adherence": None if percent is None else round(percent, 1),
        "logs": len(logs),
    }


def training(records: Sequence[DayRecord], context: DayContext) -> dict[str, object]:
    """Number of sessions and sets, volume in kilograms to 0.01, duration in whole seconds.

    A workout that several sources recorded counts once; `same_as` has the sessions that do not
    count, each with the one that does.
    """
    recorded = ((record.id, record.data, record.children) for record in records)
    same_as = duplicates(recorded, context.priority)
    sessions = [
        Session(record.data, record.children) for record in records if record.id not in same_as
    ]
    volume = sum((volume_kg(session, context.lookups.equipment) for session in sessions), 0.0)
    return {
        "sessions": len(sessions),
        "sets": sum(len(session.sets) for session in sessions),
        "volume_kg": round(volume, 2),
        "duration_s": round(sum(_duration_s(session.data) for session in sessions)),
    } | ({"same_as": same_as} if same_as else {})


def metrics(records: Sequence[DayRecord], _context: DayContext) -> dict[str, object]:
    """Body measurements of the day, of the record that was written last."""
    data = records[-1].data if records else {}
    return {name: value for name, value in data.items() if name not in METRICS_EXCLUDED}


def water(records: Sequence[DayRecord], _context: DayContext) -> dict[str, object] | None:
    """Water drunk on the day in millilitres, and the number of logs; None without any."""
    if not records:
        return None
    return {"ml": round(water_ml(records), 2), "logs": len(records)}


def water_ml(records: Sequence[DayRecord]) -> float:
    """Sum of water logs in millilitres."""
    return sum((record.data["ml"] for record in records), 0.0)


def nutrients(
    logs: Sequence[DayRecord], water_logs: Sequence[DayRecord], context: DayContext
) -> dict[str, object]:
    """All nutrients of the day with their targets."""
    return day_nutrients(
        [log.data for log in logs],
        context.lookups.foods,
        water_ml(water_logs),
        targets_of(context.date, context.targets),
    )


def _duration_s(session: Data) -> float:
    return duration_s(session.get("started_at"), session.get("ended_at")) or 0
