"""Values of Apple Health by day: body, sleep, steps and workouts, independent of their order."""

import datetime
import math
import re
from collections.abc import Mapping, Sequence

from sync_server.imports.csv_table import RowLimitExceeded
from sync_server.imports.dates import parse_moment
from sync_server.imports.formats.daily_health import EVENING, daily_measurements, workout_order
from sync_server.imports.parsed_file import (
    BodyMeasurement,
    InvalidLine,
    LineError,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    WorkoutHeader,
)
from sync_server.imports.recorders import recorder_of, short_source
from sync_server.imports.time_intervals import StepCounts, Union
from sync_server.imports.values import KG_PER_LB, known_number, metres

MAX_ERRORS = 1000
MASSES = {"kg": 1.0, "lb": KG_PER_LB, "g": 0.001, "st": 14 * KG_PER_LB}
WEIGHT, FAT = "HKQuantityTypeIdentifierBodyMass", "HKQuantityTypeIdentifierBodyFatPercentage"
HEART_RATE = "HKQuantityTypeIdentifierRestingHeartRate"
STEPS, SLEEP = "HKQuantityTypeIdentifierStepCount", "HKCategoryTypeIdentifierSleepAnalysis"
TYPES = frozenset((WEIGHT, FAT, HEART_RATE, STEPS, SLEEP))
"""Types of records that are read."""

ACTIVITY = "HKWorkoutActivityType"
DISTANCE, ENERGY = "HKQuantityTypeIdentifierDistance", "HKQuantityTypeIdentifierActiveEnergyBurned"
AVERAGE_HEART_RATE = "HKQuantityTypeIdentifierHeartRate"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
Attributes = Mapping[str, str]


DayValue = tuple[datetime.date, str, str]
"""Day, field and source."""


class HealthValues:
    """Collector of values, and of the lines that have none."""

    def __init__(self, max_days: int) -> None:
        self._max_days = max_days
        self._latest: dict[DayValue, tuple[datetime.datetime, int, float]] = {}
        self._sleep: dict[datetime.date, Union] = {}
        self._steps: dict[datetime.date, StepCounts] = {}
        self._workouts: list[LoggedWorkout] = []
        self._errors: list[LineError] = []

    def add_record(self, record: Attributes, line: int) -> None:
        """Add a record of one of TYPES."""
        try:
            type = record["type"]
            if type == STEPS:
                self._add_steps(record)
            elif type == SLEEP:
                self._add_sleep(record)
            else:
                self._add_latest(type, record, line)
        except (InvalidLine, KeyError) as error:
            self._reject(line, error)
        if len(self._latest) + len(self._sleep) + len(self._steps) > self._max_days:
            raise RowLimitExceeded

    def add_workout(self, workout: Attributes, statistics: Sequence[Attributes], line: int) -> None:
        """Add a workout with its statistics."""
        try:
            logged = _workout(workout, statistics, line)
        except (InvalidLine, KeyError) as error:
            self._reject(line, error)
            return
        self._workouts.append(logged)
        if len(self._workouts) > self._max_days:
            raise RowLimitExceeded

    def parsed(self) -> ParsedFile:
        """All values, in an order that does not depend on that of the file."""
        workouts = {
            workout.header.key: workout for workout in sorted(self._workouts, key=workout_order)
        }
        measurements = [
            BodyMeasurement(line, date, at, field, value, source=source)
            for (date, field, source), (at, line, value) in sorted(self._latest.items())
        ]
        measurements += daily_measurements(self._sleep, self._steps)
        return ParsedFile(
            tuple(workouts.values()),
            measurements=tuple(measurements),
            errors=tuple(self._errors),
        )

    def _reject(self, line: int, error: Exception) -> None:
        reason = f"It has no {error}." if isinstance(error, KeyError) else str(error)
        if len(self._errors) < MAX_ERRORS:
            self._errors.append(LineError(line, reason))

    def _add_latest(self, type: str, record: Attributes, line: int) -> None:
        at, value = _moment(record["startDate"]), _number(record["value"])
        if type == WEIGHT:
            factor = MASSES.get(record.get("unit", ""))
            if factor is None:
                raise InvalidLine(f"“{record.get('unit', '')[:20]}” is not a unit of weight.")
            field, value = "weight_kg", round(value * factor, 2)
        elif type == FAT:
            field, value = "body_fat_pct", round(value * 100 if value <= 1 else value, 2)
        else:
            field = "resting_heart_rate_bpm"
        source = short_source(record.get("sourceName", ""))
        key, found = (at.date(), field, source), (at, line, value)
        self._latest[key] = max(self._latest.get(key, found), found)

    def _add_sleep(self, record: Attributes) -> None:
        if "Asleep" not in record["value"] and record["value"] != "1":
            return
        start, end = _moment(record["startDate"]), _moment(record["endDate"])
        date = (end + EVENING).date()
        self._sleep.setdefault(date, Union()).add(start.timestamp(), end.timestamp())

    def _add_steps(self, record: Attributes) -> None:
        """Steps of the day of their start; the time of day is enough to see what overlaps."""
        text, end_text = record["startDate"], record["endDate"]
        start, end = _second_of_day(text), _second_of_day(end_text)
        if end_text[:10] != text[:10]:
            end += 86_400
        date = datetime.date.fromisoformat(text[:10]) if len(text) > 18 else _moment(text).date()
        counts = self._steps.setdefault(date, StepCounts())
        counts.add(_source(record), start, max(end, start), _number(record["value"]))


def _source(record: Attributes) -> str:
    """Source of a record; watches sort before phones and apps."""
    name = record.get("sourceName", "")
    watch = "watch" in name.lower() or "Watch" in record.get("device", "")
    return f"{'0' if watch else '1'}{name}"


def _second_of_day(text: str) -> int:
    try:
        return int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    except ValueError:
        raise InvalidLine(f"“{text[:40]}” is not a time.") from None


def _moment(text: str) -> datetime.datetime:
    _, at = parse_moment(text)
    if at is None:
        raise InvalidLine(f"“{text[:40]}” is not a time.")
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidLine(f"“{text[:40]}” is not a number.")
    return value


def _workout(workout: Attributes, statistics: Sequence[Attributes], line: int) -> LoggedWorkout:
    start, end = _moment(workout["startDate"]), _moment(workout["endDate"])
    kind = _CAMEL.sub(" ", workout["workoutActivityType"].removeprefix(ACTIVITY)) or "Workout"
    by_type = {one.get("type", ""): one for one in statistics}
    distance = next((one for type, one in by_type.items() if type.startswith(DISTANCE)), {})
    distance_m = metres(
        known_number(distance.get("sum", "") or workout.get("totalDistance", "")),
        distance.get("unit", "") or workout.get("totalDistanceUnit", "") or "km",
        None,
    )
    source = short_source(workout.get("sourceName", ""))
    header = WorkoutHeader(
        start.date(),
        kind,
        start,
        end if end > start else None,
        _notes(workout, by_type),
        source=source,
        recorded_by=recorder_of(f"{source} {workout.get('device', '')}"),
    )
    took = (end - start).total_seconds()
    return LoggedWorkout(
        header, (LoggedSet(line, kind, duration_s=took or None, distance_m=distance_m),)
    )


def _notes(workout: Attributes, statistics: Mapping[str, Attributes]) -> str:
    energy = statistics.get(ENERGY, {}).get("sum") or workout.get("totalEnergyBurned", "")
    heart_rate = statistics.get(AVERAGE_HEART_RATE, {})
    figures = (
        ("{:.0f} kcal", energy),
        ("average heart rate {:.0f}", heart_rate.get("average", "")),
        ("maximum heart rate {:.0f}", heart_rate.get("maximum", "")),
    )
    found = ((text, known_number(value)) for text, value in figures)
    notes = [text.format(value) for text, value in found if value]
    return ", ".join([*notes, *filter(None, [workout.get("sourceName", "")])])
