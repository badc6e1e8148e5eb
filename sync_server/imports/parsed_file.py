"""Parsed file: workouts and body measurements in metric units, with their line numbers."""

import datetime
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from schema.ids import Json


class InvalidLine(Exception):
    """A line is rejected; the text is the reason, for the user."""


class UnitRequired(Exception):
    """The file has weights and names no unit."""


@dataclass(frozen=True, slots=True)
class LineError:
    """Rejected line and the reason."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LoggedSet:
    """Set of a workout; `order` is its number in the file, None a missing value."""

    line: int
    exercise: str
    order: str = ""
    kind: str = "normal"
    reps: int | None = None
    weight_kg: float | None = None
    duration_s: float | None = None
    distance_m: float | None = None
    rpe: float | None = None
    rest_s: float | None = None
    superset: int | None = None
    notes: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class RestLine:
    """Rest after the set of the line above."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class WorkoutHeader:
    """Fields that each line of a workout repeats; times without an offset are local.

    `label` is a generated name, no part of the workout's key. `by_day` is true for apps that log a
    day rather than a workout: its key is the day. `utc` is true for times that were exported
    without the user's offset: the day is that of the user's zone. `source` is the recorder that the
    file names, `recorded_by` its kind; without them the format says both.
    """

    date: datetime.date
    name: str
    started_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None
    notes: str = ""
    label: str = ""
    by_day: bool = False
    bodyweight_kg: float | None = None
    utc: bool = False
    source: str = ""
    recorded_by: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Key of the workout: its start and name, equal in every export, and a named source."""
        start = None if self.by_day else self.started_at
        named = (self.source,) if self.source else ()
        return (start or self.date).isoformat(), self.name, *named


@dataclass(frozen=True, slots=True)
class LoggedWorkout:
    """Workout with its sets in the order of the file."""

    header: WorkoutHeader
    sets: tuple[LoggedSet, ...]


@dataclass(frozen=True, slots=True)
class BodyMeasurement:
    """One value of one day; `field` is a field of `body_metrics`, `utc` as in WorkoutHeader.

    Without a `source` it is of the file's format.
    """

    line: int
    date: datetime.date
    at: datetime.datetime | None
    field: str
    value: float
    utc: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Nutrients:
    """Energy and macronutrients of an amount; None is unknown."""

    energy_kcal: float
    protein_g: float | None = None
    carbs_g: float | None = None
    fat_g: float | None = None


@dataclass(frozen=True, slots=True)
class FoodEntry:
    """Food of a diary, or the total of a meal or a day.

    `meal` is the app's name of the meal, `amount` an amount that is not in grams.
    """

    line: int
    date: datetime.date
    name: str
    nutrients: Nutrients
    scope: Literal["food", "meal", "day"] = "food"
    meal: str = ""
    grams: float | None = None
    amount: str = ""
    eaten_at: datetime.datetime | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ExportedRecord:
    """Record of an export of this server."""

    line: int
    collection: str
    id: str
    clock: int
    data: dict[str, Json]


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """All values of a file, and its rejected lines."""

    workouts: tuple[LoggedWorkout, ...] = ()
    foods: tuple[FoodEntry, ...] = ()
    records: tuple[ExportedRecord, ...] = ()
    measurements: tuple[BodyMeasurement, ...] = ()
    errors: tuple[LineError, ...] = ()

    def in_zone(self, zone: datetime.tzinfo) -> "ParsedFile":
        """The same values; days of times in UTC are those of a zone."""
        workouts = (
            replace(one, header=_in_zone(one.header, one.header.started_at, zone))
            for one in self.workouts
        )
        measurements = (_in_zone(one, one.at, zone) for one in self.measurements)
        return replace(self, workouts=tuple(workouts), measurements=tuple(measurements))


_Dated = TypeVar("_Dated", WorkoutHeader, BodyMeasurement)


def _in_zone(dated: _Dated, at: datetime.datetime | None, zone: datetime.tzinfo) -> _Dated:
    return replace(dated, date=at.astimezone(zone).date()) if dated.utc and at else dated
