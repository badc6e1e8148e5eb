"""Sums of a day and order of workouts, as every phone's health export has them."""

import datetime
from collections.abc import Mapping

from sync_server.imports.parsed_file import BodyMeasurement, LoggedWorkout
from sync_server.imports.time_intervals import StepCounts, Union

EVENING = datetime.timedelta(hours=6)
"""Sleep that ends after 18:00 belongs to the next day, as its morning does."""


def daily_measurements(
    sleep: Mapping[datetime.date, Union], steps: Mapping[datetime.date, StepCounts]
) -> list[BodyMeasurement]:
    """Seconds of sleep and number of steps of each day."""
    slept = [
        BodyMeasurement(1, date, None, "sleep_s", round(union.length()))
        for date, union in sorted(sleep.items())
    ]
    walked = [
        BodyMeasurement(1, date, None, "steps", counts.total())
        for date, counts in sorted(steps.items())
    ]
    return slept + walked


def workout_order(workout: LoggedWorkout) -> tuple[tuple[str, ...], float, float]:
    """Order of workouts; of those with one key the longest is the last, which stays."""
    (done,) = workout.sets
    return workout.header.key, done.duration_s or 0.0, done.distance_m or 0.0
