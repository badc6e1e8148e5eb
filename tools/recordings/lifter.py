"""A lifter's years: a phone writes every workout, a tablet looks at them now and then."""

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise

from tools.recordings import training
from tools.recordings.sources import Workout
from tools.recordings.stage import Stage
from trackforge_client import Device

GAP = datetime.timedelta(hours=30)
"""Workouts closer to each other than this go out together."""
TABLET_EVERY = 2


def batches(workouts: Sequence[Workout]) -> list[list[Workout]]:
    """The workouts, cut where the lifter rested for long: that is when the phone syncs."""
    cut: list[list[Workout]] = [[workouts[0]]]
    for before, after in pairwise(workouts):
        if _moments(after)[0] - _moments(before)[1] > GAP:
            cut.append([])
        cut[-1].append(after)
    return cut


async def live(stage: Stage, workouts: Sequence[Workout], built_in: Mapping[str, str]) -> None:
    """Live through all of it; raises AssertionError when the devices do not agree at the end."""
    exercise_ids = dict(built_in)
    async with stage.device("phone") as phone, stage.device("tablet") as tablet:
        for number, batch in enumerate(batches(workouts), 1):
            for workout in batch:
                stage.at(_moments(workout)[1])
                log(phone, workout, exercise_ids)
            stage.wait(60)
            await phone.sync()
            if number % TABLET_EVERY == 0:
                stage.wait(600)
                await tablet.sync()
        stage.wait(3600)
        await tablet.sync()
        await phone.sync()
        assert phone.digest() == tablet.digest()


def log(device: Device, workout: Workout, exercise_ids: dict[str, str]) -> tuple[str, list[str]]:
    """Write a workout on a device, with the exercises that are new; its id and its sets' ids."""
    with device.writing():
        for logged in workout.sets:
            if logged.exercise not in exercise_ids:
                record = training.exercise(logged.exercise)
                exercise_ids[logged.exercise] = device.put("exercises", record)
        session_id = device.put("workout_sessions", training.session(workout))
        records = training.set_records(workout, session_id, exercise_ids)
        return session_id, [device.put("workout_sets", record) for record in records]


def _moments(workout: Workout) -> tuple[datetime.datetime, datetime.datetime]:
    assert workout.started_at is not None
    assert workout.ended_at is not None
    return workout.started_at, workout.ended_at
