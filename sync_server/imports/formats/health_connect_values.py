"""Values of Health Connect by day: body, steps, sleep and workouts, independent of their order."""

import datetime
import math
from bisect import bisect_right
from dataclasses import replace
from typing import NamedTuple

from sync_server.imports.csv_table import RowLimitExceeded
from sync_server.imports.formats.daily_health import EVENING, daily_measurements, workout_order
from sync_server.imports.parsed_file import (
    BodyMeasurement,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    WorkoutHeader,
)
from sync_server.imports.time_intervals import StepCounts, Union

LAST_MS, MAX_OFFSET_S = 7_258_118_400_000, 18 * 3600
"""The year 2200, and the greatest offset from UTC."""

DAY_S = 86_400


class Source(NamedTuple):
    """Application that wrote a record; `worn` is true for watches and the like."""

    id: int
    name: str
    recorded_by: str
    worn: bool


DayValue = tuple[datetime.date, str, str]
"""Day, field and name of the source."""


class HealthConnectValues:
    """Collector of values; what is out of bounds is left out."""

    def __init__(self, max_values: int) -> None:
        self._max_values = max_values
        self._latest: dict[DayValue, tuple[datetime.datetime, float, bool]] = {}
        self._sleep: dict[datetime.date, Union] = {}
        self._steps: dict[datetime.date, StepCounts] = {}
        self._workouts: dict[int, list[LoggedWorkout]] = {}
        self._starts: dict[int, list[float]] = {}
        self._count = 0

    def add_body(
        self, source: Source | None, field: str, ms: object, offset: object, value: object
    ) -> None:
        """Add a measurement of the body; the last one of a day and a source stays."""
        at, number = moment(ms, offset), finite(value)
        if at is None or number is None:
            return
        utc = at.tzinfo is datetime.UTC
        found = at, round(number, 2), utc
        key = at.date(), field, source.name if source else ""
        self._latest[key] = max(self._latest.get(key, found), found)
        self._check(len(self._latest))

    def add_steps(
        self, source: Source, start_ms: object, end_ms: object, offset: object, count: object
    ) -> None:
        """Add a count of steps."""
        start, end, number = moment(start_ms, offset), moment(end_ms, offset), finite(count)
        if start is None or end is None or number is None or end < start:
            return
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        first, last = ((at - midnight).total_seconds() for at in (start, end))
        counts = self._steps.setdefault(start.date(), StepCounts())
        counts.add(f"{0 if source.worn else 1}{source.name}", first, last, number)
        self._check(len(self._steps))

    def add_sleep(self, start_ms: object, end_ms: object, offset: object) -> None:
        """Add a time asleep; it belongs to the day of its morning."""
        start, end = moment(start_ms, offset), moment(end_ms, offset)
        if start is None or end is None or not 0 < (end - start).total_seconds() <= DAY_S:
            return
        union = self._sleep.setdefault((end + EVENING).date(), Union())
        union.add(start.timestamp(), end.timestamp())
        self._check(len(self._sleep))

    def add_workout(
        self, source: Source, times: tuple[object, object, object], name: str, title: str
    ) -> None:
        """Add a workout; `times` are start, end and offset, `title` its own name."""
        start, end = moment(times[0], times[2]), moment(times[1], times[2])
        if start is None or end is None or end < start:
            return
        header = WorkoutHeader(
            start.date(),
            title or name,
            start,
            end if end > start else None,
            utc=start.tzinfo is datetime.UTC,
            source=source.name,
            recorded_by=source.recorded_by,
        )
        took = (end - start).total_seconds()
        done = LoggedSet(1, name, duration_s=took or None)
        self._workouts.setdefault(source.id, []).append(LoggedWorkout(header, (done,)))
        self._count += 1
        self._check(self._count)

    def sort_workouts(self) -> None:
        """Sort the workouts, so that distances find theirs."""
        for source, workouts in self._workouts.items():
            workouts.sort(key=lambda one: (_start(one), one.header.name))
            self._starts[source] = [_start(one) for one in workouts]

    def add_distance(self, source: Source, start_ms: object, end_ms: object, value: object) -> None:
        """Add a distance to the workout of its source that was then."""
        start, end, metres = moment(start_ms, 0), moment(end_ms, 0), finite(value)
        place = bisect_right(self._starts.get(source.id, ()), start.timestamp() if start else 0) - 1
        if start is None or end is None or not metres or place < 0:
            return
        workout = self._workouts[source.id][place]
        if workout.header.ended_at is None or end > workout.header.ended_at:
            return
        (done,) = workout.sets
        done = replace(done, distance_m=round((done.distance_m or 0.0) + metres, 2))
        self._workouts[source.id][place] = replace(workout, sets=(done,))

    def parsed(self) -> ParsedFile:
        """All values, ordered."""
        measurements = [
            BodyMeasurement(1, date, at, field, value, utc=utc, source=source)
            for (date, field, source), (at, value, utc) in sorted(self._latest.items())
        ]
        measurements += daily_measurements(self._sleep, self._steps)
        found = (one for workouts in self._workouts.values() for one in workouts)
        workouts = {one.header.key: one for one in sorted(found, key=workout_order)}
        return ParsedFile(tuple(workouts.values()), measurements=tuple(measurements))

    def _check(self, count: int) -> None:
        if count > self._max_values:
            raise RowLimitExceeded


def moment(ms: object, offset: object) -> datetime.datetime | None:
    """Moment of milliseconds, with its offset in seconds, or in UTC; None out of bounds."""
    if not isinstance(ms, int) or not 0 < ms < LAST_MS:
        return None
    at = datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)
    if not isinstance(offset, int) or abs(offset) > MAX_OFFSET_S:
        return at
    # Offsets have whole minutes in RFC 3339.
    minutes = datetime.timedelta(minutes=round(offset / 60))
    return at.astimezone(datetime.timezone(minutes))


def finite(value: object) -> float | None:
    """A finite number; None for anything else."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and isinstance(value, int | float) and _bounded(value) else None


def _bounded(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e12


def _start(workout: LoggedWorkout) -> float:
    return workout.header.started_at.timestamp() if workout.header.started_at else 0.0
