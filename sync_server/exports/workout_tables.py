"""Workouts as Strong and Hevy export them, one line per set; pure.

What their tables have no column for is left out: the effort in repetitions in reserve, programs,
ratings, and supersets in Strong's.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sync_server.exports.csv_text import Cell

Unit = Literal["kg", "lb"]
Fields = Mapping[str, Any]
KG_PER_LB, METRES_PER_MILE = 0.45359237, 1609.344
NOON = datetime.time(12)
STRONG_HEADINGS = (
    "Date", "Workout Name", "Duration", "Exercise Name", "Set Order", "Weight", "Reps", "Distance",
    "Seconds", "Notes", "Workout Notes", "RPE",
)  # fmt: skip
STRONG_KINDS = {"warmup": "W", "drop": "D", "failure": "F"}
HEVY_KINDS = {"drop": "dropset"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
REST_TIMER = "Rest Timer"


@dataclass(frozen=True, slots=True)
class WorkoutLog:
    """Session with its sets by position."""

    session: Fields
    sets: Sequence[Fields]


@dataclass(frozen=True, slots=True)
class WorkoutFormat:
    """Unit of weights, the user's time zone, and names of exercises by id."""

    unit: Unit
    zone: datetime.tzinfo
    names: Mapping[str, str]

    def weight(self, weight_kg: float | None) -> float:
        """Weight in the unit; 0 for none."""
        if not weight_kg:
            return 0
        return weight_kg if self.unit == "kg" else round(weight_kg / KG_PER_LB, 2)

    def distance(self, distance_m: float | None) -> float:
        """Distance in km or miles; 0 for none."""
        metres = 1000 if self.unit == "kg" else METRES_PER_MILE
        return round((distance_m or 0) / metres, 5)

    def exercise(self, fields: Fields) -> str:
        """Name of a set's exercise."""
        return fields.get("exercise_name") or self.names.get(fields["exercise_id"]) or "Exercise"

    def start(self, session: Fields) -> datetime.datetime:
        """Start on the user's clock; noon of a session without a time."""
        started_at = _moment(session.get("started_at"))
        if started_at is None:
            return datetime.datetime.combine(datetime.date.fromisoformat(session["date"]), NOON)
        return self.local(started_at)

    def local(self, moment: datetime.datetime) -> datetime.datetime:
        """Moment on the user's clock: with the offset that it was logged in, unless that is UTC."""
        zoned = moment if moment.utcoffset() else moment.astimezone(self.zone)
        return zoned.replace(tzinfo=None)


def strong_lines(log: WorkoutLog, format: WorkoutFormat) -> Iterator[Sequence[Cell]]:
    """Lines of a workout in Strong's table, which names no unit."""
    session, numbers = log.session, Counter[str]()
    start, took = format.start(session), _duration_text(session)
    head = (f"{start:%Y-%m-%d %H:%M:%S}", session["name"], took)
    for fields in log.sets:
        name, kind = format.exercise(fields), fields.get("kind") or "normal"
        numbers[name] += kind == "normal"
        yield (
            *head,
            name,
            STRONG_KINDS.get(kind, str(numbers[name])),
            format.weight(fields.get("weight_kg")),
            fields.get("reps") or 0,
            format.distance(fields.get("distance_m")),
            fields.get("duration_s") or 0,
            fields.get("notes"),
            session.get("notes"),
            fields.get("rpe"),
        )
        if fields.get("rest_s"):
            yield (*head, name, REST_TIMER, 0, 0, 0, fields["rest_s"], None, None, None)


def hevy_headings(unit: Unit) -> Sequence[str]:
    """Headings of Hevy's table; they name the units."""
    weight, distance = ("kg", "km") if unit == "kg" else ("lbs", "miles")
    return (
        "title", "start_time", "end_time", "description", "exercise_title", "superset_id",
        "exercise_notes", "set_index", "set_type", f"weight_{weight}", "reps",
        f"distance_{distance}", "duration_seconds", "rpe",
    )  # fmt: skip


def hevy_lines(log: WorkoutLog, format: WorkoutFormat) -> Iterator[Sequence[Cell]]:
    """Lines of a workout in Hevy's table."""
    session, numbers = log.session, Counter[str]()
    start, ended_at = format.start(session), _moment(session.get("ended_at"))
    end = format.local(ended_at) if ended_at else start
    for fields in log.sets:
        name, kind = format.exercise(fields), fields.get("kind") or "normal"
        yield (
            session["name"],
            _hevy_time(start),
            _hevy_time(end),
            _one_line(session.get("notes")),
            name,
            fields.get("superset"),
            _one_line(fields.get("notes")),
            numbers[name],
            HEVY_KINDS.get(kind, kind),
            format.weight(fields.get("weight_kg")) or None,
            fields.get("reps"),
            format.distance(fields.get("distance_m")) or None,
            fields.get("duration_s"),
            fields.get("rpe"),
        )
        numbers[name] += 1


def _moment(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None


def _duration_text(session: Fields) -> str | None:
    """Duration as Strong writes it, `1h 5m`; None without both ends."""
    start, end = _moment(session.get("started_at")), _moment(session.get("ended_at"))
    if start is None or end is None or end <= start:
        return None
    seconds = round((end - start).total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    if not hours and not minutes:
        return f"{seconds}s"
    return " ".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m")) if n)


def _hevy_time(moment: datetime.datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M}"


def _one_line(text: str | None) -> str:
    return (text or "").replace("\n", "\\n")
