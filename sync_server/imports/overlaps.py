"""Overlaps of recorded workouts with workouts that the user already has; pure.

Watches and phones record what other apps log by hand. A recorded workout is not imported if at
least half of the shorter one of both took place during the other: the one that was logged by hand
has the sets.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sync_server.imports.parsed_file import LineError, LoggedWorkout, ParsedFile

MIN_SHARE = 0.5
RECORDED_FORMATS = ("fit", "tcx", "gpx", "garmin", "apple_health")
"""Formats of workouts that a device recorded."""


@dataclass(frozen=True, slots=True)
class ExistingWorkout:
    """Live session with both ends; `start` and `end` carry their offsets."""

    id: str
    name: str
    start: datetime.datetime
    end: datetime.datetime


def days_around(parsed: ParsedFile) -> list[datetime.date]:
    """Days of the file's workouts, with the days before and after: time zones differ."""
    days = {workout.header.date for workout in parsed.workouts}
    around = (datetime.timedelta(days=offset) for offset in (-1, 0, 1))
    return sorted({day + offset for offset in around for day in days})


def without_overlaps(
    parsed: ParsedFile,
    existing: Sequence[ExistingWorkout],
    own_ids: Sequence[str],
    zone: datetime.tzinfo,
) -> ParsedFile:
    """The file without workouts that overlap existing ones, which are reported.

    `own_ids` are the ids of the file's workouts, in their order.
    """
    own = set(own_ids)
    others = [workout for workout in existing if workout.id not in own]
    retained: list[LoggedWorkout] = []
    errors = list(parsed.errors)
    for workout in parsed.workouts:
        other = _overlapped(workout, others, zone)
        if other is None:
            retained.append(workout)
        else:
            reason = f"At that time there is the workout “{other.name[:40]}” already."
            errors.append(LineError(workout.sets[0].line, reason))
    return replace(parsed, workouts=tuple(retained), errors=tuple(errors))


def unique(workouts: Iterable[LoggedWorkout]) -> tuple[LoggedWorkout, ...]:
    """The first of workouts with equal start and name."""
    found: dict[tuple[str, str], LoggedWorkout] = {}
    for workout in workouts:
        found.setdefault(workout.header.key, workout)
    return tuple(found.values())


def _overlapped(
    workout: LoggedWorkout, others: Iterable[ExistingWorkout], zone: datetime.tzinfo
) -> ExistingWorkout | None:
    start, end = workout.header.started_at, workout.header.ended_at
    if start is None or end is None:
        return None
    start, end = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (start, end))
    for other in others:
        shared = min(end, other.end) - max(start, other.start)
        shorter = min(end - start, other.end - other.start)
        if shorter and shared / shorter >= MIN_SHARE:
            return other
    return None
