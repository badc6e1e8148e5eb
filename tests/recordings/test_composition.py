"""Conversion of rows of the logs to values and records."""

import datetime
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.ids import catalogue_id
from tools.recordings import diary, lifter, sources, training, two_devices
from tools.recordings.reproducible import reproducible
from tools.recordings.sources import LoggedSet, Workout
from trackforge_client.device.json_types import Json
from trackforge_client.replay.exchange import Exchange, read_recording

STRONG = """\
日期,锻炼名称,时长,运动名称,设置顺序,重量,次,距离,秒,备注,锻炼备注,RPE
2023-04-06 07:10:22,4.Pull,56分钟,Chin Up,1,0.0,8,0,0,,,
2023-04-04 07:10:22,4.Pull,1小时13分钟,Deadlift (Barbell),1,44.09245243697551,5,0,0,,,
2023-04-04 07:10:22,4.Pull,1小时13分钟,Deadlift (Barbell),1,17.5,5,0,0,,,
""".splitlines()
FITNOTES = """\
Date,Exercise,Category,Weight,Weight Unit,Reps,Distance,Distance Unit,Time
2024-12-24,Pull Up,Back,64.0,kgs,8,,,
2024-12-24,Front Dumbbell Raise,Shoulders,0.0,kgs,8,,,
2024-12-24,Pull Up,Back,64.0,kgs,6,,,
""".splitlines()
MORNING = datetime.datetime(2026, 1, 1, 8, tzinfo=datetime.UTC)


def workout(hours: float) -> Workout:
    start = MORNING + datetime.timedelta(hours=hours)
    end = start + datetime.timedelta(hours=1)
    return Workout(start.date(), "Push", (LoggedSet("Dip", 8, None),), start, end)


def test_a_strong_export_becomes_workouts_in_kilograms() -> None:
    first, second = sources.strong_workouts(STRONG)
    assert (first.name, first.date) == ("4.Pull", datetime.date(2023, 4, 4))
    assert first.sets == (
        LoggedSet("Deadlift (Barbell)", 5, 20.0),
        LoggedSet("Deadlift (Barbell)", 5, 7.94),
    )
    assert training.session(first) == {
        "date": "2023-04-04",
        "name": "4.Pull",
        "started_at": "2023-04-04T07:10:22Z",
        "ended_at": "2023-04-04T08:23:22Z",
    }
    assert second.sets == (LoggedSet("Chin Up", 8, None),)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("1小时13分钟", 73), ("2小时", 120), ("8分钟", 8), ("", None), ("1h", None)],
)
def test_durations_are_read_or_refused(text: str, minutes: int | None) -> None:
    if minutes is None:
        with pytest.raises(ValueError, match="not a duration"):
            sources.duration(text)
    else:
        assert sources.duration(text) == datetime.timedelta(minutes=minutes)


def test_a_day_of_fitnotes_is_a_workout() -> None:
    (day,) = sources.fitnotes_workouts(FITNOTES)
    assert (day.name, day.started_at, len(day.sets)) == ("Back", None, 3)
    assert day.sets[1].weight_kg is None


def test_body_weights_are_taken_for_pounds() -> None:
    weights = sources.body_weights(["date,weight", "2026-05-21,123.4"])
    assert weights == {datetime.date(2026, 5, 21): 55.97}


def test_an_exercise_of_the_catalogue_keeps_its_id() -> None:
    own = sources.exercise_ids(
        '[{"name": "Barbell Deadlift", "id": "Barbell_Deadlift"}, {"name": "Chin-Up", "id": "C"}]'
    )
    names = training.exercise_names(sources.strong_workouts(STRONG))
    assert training.built_in([*names, "Hack Squat"], own) == {
        "Deadlift (Barbell)": catalogue_id("exercises", "free-exercise-db", "Barbell_Deadlift"),
        "Chin Up": catalogue_id("exercises", "free-exercise-db", "C"),
    }
    assert training.exercise("Leg Curl (Machine)") == {
        "name": "Leg Curl (Machine)", "category": "strength", "equipment": "machine",
    }  # fmt: skip


def test_sets_keep_their_order() -> None:
    logged = Workout(MORNING.date(), "x", (LoggedSet("a", 5, 20.0), LoggedSet("b", 3, None)))
    first, second = training.set_records(logged, "session", {"a": "A", "b": "B"})
    assert first["weight_kg"] == 20.0
    assert (first["position"], second["position"]) == (1, 2)
    assert "weight_kg" not in second


def test_batches_are_cut_at_long_rests() -> None:
    one, two, three = workout(0), workout(20), workout(60)
    assert lifter.batches([one, two, three]) == [[one, two], [three]]


def test_the_tablets_clock_is_wrong_on_some_days_only() -> None:
    assert two_devices.skew_us(0) == 0
    assert two_devices.skew_us(10) == -two_devices.skew_us(70) == two_devices.YEAR_US


def test_a_day_of_the_diary_is_the_same_for_the_same_chance() -> None:
    numbers = {
        item.food for _, plan in diary.PLANS.values() for meal in plan for item in meal.items
    }
    numbers |= {item.food for item in diary.BESIDE}
    nutrients = {"energy_kcal": 100.0, "protein_g": 10.0, "carbs_g": None, "fat_g": 1.0}
    foods = {
        number: sources.Food(number, "Some", nutrients, (("1 cup", 200.0),) * 3)
        for number in numbers
    }
    date = datetime.date(2026, 1, 3)
    first, second = (list(diary.day(date, foods, random.Random(4))) for _ in range(2))
    assert first == second
    assert diary.plan_of(date) == "Weekends"
    eaten = diary.Eaten(0, "lunch", "12:30", "05064", 150.0)
    log = diary.log(eaten, date, "meal", foods["05064"])
    assert log["planned"] is True
    assert (log["energy_kcal"], log["protein_g"]) == (150.0, 15.0)
    assert "carbs_g" not in log


def test_settling_leaves_nothing_to_chance() -> None:
    def pull(cursor: str, user: str, requested: str | None = None) -> Exchange:
        answer: Json = {"cursor": cursor, "changes": [], "request_id": cursor}
        query = {"cursor": requested} if requested else {}
        etag = {"etag": f'"{cursor}"'}
        return Exchange(
            "phone", user, 0, "GET", "/api/v1/sync/pull", query, {}, None, 200, answer, etag
        )

    def making(user: str, chance: str) -> Iterator[Exchange]:
        login = Exchange("phone", user, 0, "POST", "/api/v1/auth/login", {}, {}, None, 200, chance)
        pulls = [pull(f"{chance}1", user), pull(f"{chance}2", user, requested=f"{chance}1")]
        return reproducible([login, *pulls], "fixed")

    assert list(making("a", "x")) == list(making("b", "y"))
    first, second = making("a", "x")
    assert isinstance(first.response_body, dict)
    assert second.query["cursor"] == first.response_body["cursor"] == "cursor-0"


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.gz")), ids=lambda p: p.stem)
def test_a_recording_is_small_and_of_one_user(path: Path) -> None:
    assert path.stat().st_size < 450_000
    users = {exchange.user for exchange in read_recording(path)}
    assert len(users) == 1
    assert None not in users
