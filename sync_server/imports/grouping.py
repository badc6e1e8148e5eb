"""Workouts of a file with a line per set: the sets of a workout together, in their order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from sync_server.imports.csv_table import BrokenRow, CsvRow
from sync_server.imports.parsed_file import (
    InvalidLine,
    LineError,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    RestLine,
    WorkoutHeader,
)


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
    drafts: dict[tuple[str, ...], _Draft] = {}
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
    drafts: dict[tuple[str, ...], _Draft], header: WorkoutHeader, entries: Entry | Sequence[Entry]
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
