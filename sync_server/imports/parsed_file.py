"""What a file says, as values: in metric units, with the number of the line that said it."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from sync_server.imports.csv_table import Broken, Row


class Unreadable(Exception):
    """A line cannot be taken; the text is the reason, for the person whose file it is."""


class UnitNeeded(Exception):
    """The file has weights and does not say in which unit."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LoggedSet:
    """A set. `order` is how the file numbers it within its exercise; None is what it leaves out."""

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
class Rest:
    """A line that tells the rest after the set above it."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Head:
    """What each line of a workout repeats. Times without an offset are the user's own.

    `label` is a name that the file does not have: it does not tell workouts apart.
    """

    date: datetime.date
    name: str
    started_at: datetime.datetime | None = None
    ended_at: datetime.datetime | None = None
    notes: str = ""
    label: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells the file's workouts apart, the same in every export of them."""
        return (self.started_at or self.date).isoformat(), self.name


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout with its sets in the order of the file."""

    head: Head
    sets: tuple[LoggedSet, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of one day; `field` is a field of `body_metrics`."""

    line: int
    date: datetime.date
    moment: datetime.datetime | None
    field: str
    value: float


@dataclass(frozen=True, slots=True)
class Log:
    """A whole file."""

    workouts: tuple[Workout, ...] = ()
    measures: tuple[Measure, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(slots=True)
class _Draft:
    head: Head
    sets: list[LoggedSet] = field(default_factory=list)


def gathered(
    rows: Iterable[Row | Broken], read: Callable[[Row], tuple[Head, LoggedSet | Rest]]
) -> Log:
    """The workouts of a file with a line a set; lines of one workout need not stand together."""
    drafts: dict[tuple[str, str], _Draft] = {}
    troubles: list[Trouble] = []
    for row in rows:
        try:
            if isinstance(row, Broken):
                raise Unreadable(row.reason)
            head, entry = read(row)
            draft = drafts.get(head.key)
            if isinstance(entry, LoggedSet):
                checked = _checked(entry)
                if draft is None:
                    draft = drafts.setdefault(head.key, _Draft(head))
                draft.sets.append(checked)
            elif draft is None:
                raise Unreadable("A rest with no set above it.")
            else:
                draft.sets[-1] = replace(draft.sets[-1], rest_s=entry.seconds)
            if head.notes and not draft.head.notes:
                draft.head = replace(draft.head, notes=head.notes)
        except Unreadable as error:
            troubles.append(Trouble(row.line, str(error)))
    workouts = (Workout(draft.head, tuple(draft.sets)) for draft in drafts.values())
    return Log(workouts=tuple(workouts), troubles=tuple(troubles))


def _checked(entry: LoggedSet) -> LoggedSet:
    """The set with its exercise's name on one line; raises Unreadable when it says nothing."""
    name = " ".join(entry.exercise.split())
    if not name:
        raise Unreadable("No exercise is named.")
    other = entry.duration_s is not None or entry.distance_m is not None
    if not (entry.reps or entry.weight_kg or other):
        raise Unreadable("The line does not say what was done.")
    return replace(entry, exercise=name, reps=None if other and not entry.reps else entry.reps)
