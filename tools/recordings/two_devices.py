"""Two devices with one lifter: both write offline, both are right, one has a wrong clock."""

import datetime
import random
from collections.abc import Mapping, Sequence

from tools.recordings import lifter, quarrels
from tools.recordings.quarrels import Quarrel
from tools.recordings.sources import Workout
from tools.recordings.stage import Stage
from trackforge_client import Device
from trackforge_client.device.ids import new_id
from trackforge_client.device.json_types import Json

YEAR_US = 365 * 86_400 * 1_000_000
WRONG_CLOCK_DAYS = range(10, 40)
"""Counted in days with an entry: then the tablet's clock is a year fast, later a year slow."""
SLOW_CLOCK_DAYS = range(70, 90)
EPISODES = (
    quarrels.different_fields,
    quarrels.the_same_field,
    quarrels.deleted_and_edited,
    quarrels.sent_twice,
    quarrels.out_of_order,
    quarrels.guarded,
    quarrels.not_acceptable,
)


async def live(
    stage: Stage,
    workouts: Sequence[Workout],
    weights: Mapping[datetime.date, float],
    built_in: Mapping[str, str],
) -> None:
    """Live through all of it; raises AssertionError when the devices do not agree at the end."""
    exercise_ids = dict(built_in)
    by_date = {workout.date: workout for workout in workouts}
    trained = 0
    async with stage.device("phone") as phone, stage.device("tablet") as tablet:
        for number, date in enumerate(sorted({*by_date, *weights})):
            stage.at(datetime.datetime.combine(date, datetime.time(7), datetime.UTC))
            stage.skew_us["tablet"] = skew_us(number)
            first, second = (phone, tablet) if number % 2 else (tablet, phone)
            if date in weights:
                weigh(stage, phone, tablet, date, weights[date])
            if date in by_date:
                stage.wait(10 * 3600)
                writer = tablet if trained % 4 == 3 else phone
                session, sets = lifter.log(writer, by_date[date], exercise_ids)
                await meet(stage, writer, phone if writer is tablet else tablet)
                stage.wait(1800)
                episode = EPISODES[trained % len(EPISODES)]
                await episode(Quarrel(stage, phone, tablet, session, sets, trained))
                trained += 1
            if number % 3 != 1:
                await meet(stage, first, second)
        await meet(stage, phone, tablet)
        assert phone.digest() == tablet.digest()


def skew_us(number: int) -> int:
    """Clock error of the tablet on a day."""
    if number in WRONG_CLOCK_DAYS:
        return YEAR_US
    return -YEAR_US if number in SLOW_CLOCK_DAYS else 0


def weigh(
    stage: Stage, phone: Device, tablet: Device, date: datetime.date, weight_kg: float
) -> None:
    """Both devices log one morning, not knowing of each other: it becomes one record."""
    morning: dict[str, Json] = {"date": date.isoformat()}
    phone.put("body_metrics", morning | {"weight_kg": weight_kg})
    stage.wait(600)
    if date.day % 3 == 0:
        # By an id of its own, as an app would that does not know of natural keys.
        id = new_id(stage.now_us, random.Random(date.isoformat()))
        tablet.put("body_metrics", morning | {"weight_kg": weight_kg, "notes": "tablet"}, id=id)
    elif date.day % 3 == 1:
        tablet.put("body_metrics", morning | {"weight_kg": weight_kg, "notes": "after coffee"})


async def meet(stage: Stage, first: Device, second: Device) -> None:
    """Both devices come online, one after the other, and then both know everything."""
    for device in (first, second, first):
        stage.wait(120)
        await device.sync()
