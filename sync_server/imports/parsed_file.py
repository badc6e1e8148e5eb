"""Parsed file: workouts and body measurements in metric units, with their line numbers."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sync_server.imports.csv_table import BrokenRow, CsvRow


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
    day rather than a workout: its key is the day.
    """

    date: datetime.date
    name: str
    started_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None
    notes: str = ""
    label: str = ""
    by_day: bool = False
    bodyweight_kg: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Key of the workout: its start and name, equal in every export."""
        start = None if self.by_day else self.started_at
        return (start or self.date).isoformat(), self.name


@dataclass(frozen=True, slots=True)
class LoggedWorkout:
    """Workout with its sets in the order of the file."""

    header: WorkoutHeader
    sets: tuple[LoggedSet, ...]


@dataclass(frozen=True, slots=True)
class BodyMeasurement:
    """One value of one day; `field` is a field of `body_metrics`."""

    line: int
    date: datetime.date
    at: datetime.datetime | None
    field: str
    value: float


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
class ParsedFile:
    """All values of a file, and its rejected lines."""

    workouts: tuple[LoggedWorkout, ...] = ()
    foods: tuple[FoodEntry, ...] = ()
    measurements: tuple[BodyMeasurement, ...] = ()
    errors: tuple[LineError, ...] = ()


@dataclass(slots=True)
class _Draft:
    header: WorkoutHeader
    sets: list[LoggedSet] = field(default_factory=list)


Entry = LoggedSet | RestLine
ReadLine = tuple[WorkoutHeader, Entry | Sequence[Entry]]


def group_workouts(
    rows: Iterable[CsvRow | BrokenRow], read: Callable[[CsvRow], ReadLine | None]
) -> ParsedFile:
    """Workouts of a file; lines of one workout need not be adjacent.

    `read` returns a line's workout with its set or sets, or None for a line that has none.
    """
    drafts: dict[tuple[str, str], _Draft] = {}
    errors: list[LineError] = []
    for row in rows:
        try:
            if isinstance(row, BrokenRow):
                raise InvalidLine(row.reason)
            entry = read(row)
            if entry is not None:
                _add(drafts, *entry)
        except InvalidLine as error:
            errors.append(LineError(row.line, str(error)))
    workouts = (LoggedWorkout(draft.header, tuple(draft.sets)) for draft in drafts.values())
    return ParsedFile(workouts=tuple(workouts), errors=tuple(errors))


def _add(
    drafts: dict[tuple[str, str], _Draft], header: WorkoutHeader, entries: Entry | Sequence[Entry]
) -> None:
    """Add the sets of a line to its workout, all or none; raises InvalidLine."""
    checked = [
        _checked(entry) if isinstance(entry, LoggedSet) else entry
        for entry in (entries if isinstance(entries, Sequence) else (entries,))
    ]
    draft = drafts.get(header.key)
    if draft is None and checked and isinstance(checked[0], RestLine):
        raise InvalidLine("A rest with no set above it.")
    if draft is None:
        draft = drafts.setdefault(header.key, _Draft(header))
    for entry in checked:
        if isinstance(entry, LoggedSet):
            draft.sets.append(entry)
        else:
            draft.sets[-1] = replace(draft.sets[-1], rest_s=entry.seconds)
    if header.notes and not draft.header.notes:
        draft.header = replace(draft.header, notes=header.notes)


def _checked(entry: LoggedSet) -> LoggedSet:
    """The set with a normalized exercise name; raises Unreadable for an empty set."""
    name = " ".join(entry.exercise.split())
    if not name:
        raise InvalidLine("The line has no exercise name.")
    other = entry.duration_s is not None or entry.distance_m is not None
    if not (entry.reps or entry.weight_kg or other):
        raise InvalidLine("The line has no values.")
    return replace(entry, exercise=name, reps=None if other and not entry.reps else entry.reps)
