"""Training volume: counted sets, by exercise, muscle and period."""

import datetime
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.formulas.training import Exercise
from sync_server.progress.periods import BUCKETS, Bucket, Window
from sync_server.progress.volume import referenced_exercises, sets_of_exercise, training_volume
from sync_server.progress.workouts import Workout
from tests.unit.lifts import IDS, done, workout, workouts

day = datetime.date.fromisoformat
EXERCISES = {
    "a": Exercise("Bench press", ("chest", "triceps", "chest"), "barbell"),
    "b": Exercise("Pull-up", ("lats",), "body only"),
}
WINDOW = Window(day("2026-10-01"), day("2027-01-31"))


def shown(found: list[Workout], bucket: Bucket = "day", **options: Any) -> Any:
    window = Window(WINDOW.first, WINDOW.last, bucket)
    return training_volume(window, found, EXERCISES, **options)


def test_warm_ups_are_sets_but_no_volume() -> None:
    answer = shown([workout("2026-11-23", done(10, 20.0, kind="warmup"), done(8, 80.0))])
    assert answer["total"] == {
        "sessions": 1, "sets": 2, "working_sets": 1, "bodyweight_sets": 0,
        "volume_kg": 640.0, "duration_s": 0,
    }  # fmt: skip


def test_body_weight_counts_where_the_exercise_needs_the_body_only() -> None:
    sets = [
        done(5, exercise_id="b"),
        done(5),
        done(5, 10.0, exercise_id="b"),
        done(exercise_id="b"),
    ]
    with_weight = shown([workout("2026-11-23", *sets, bodyweight_kg=80.0)])["total"]
    assert (with_weight["volume_kg"], with_weight["bodyweight_sets"]) == (450.0, 1)
    without = shown([workout("2026-11-23", *sets)])["total"]
    assert (without["volume_kg"], without["bodyweight_sets"]) == (50.0, 0)


def test_assistance_and_sets_without_repetitions_count_nothing() -> None:
    sets = [done(8, -20.0), done(None, 60.0), done(0, 60.0), done(None, None, duration_s=60.0)]
    total = shown([workout("2026-11-23", *sets)])["total"]
    assert (total["sets"], total["working_sets"], total["volume_kg"]) == (4, 4, 0.0)


def test_a_session_over_midnight_belongs_to_its_own_day() -> None:
    found = workout(
        "2026-11-30", done(8, 80.0),
        started_at="2026-11-30T23:30:00+01:00", ended_at="2026-12-01T00:30:00+01:00",
    )  # fmt: skip
    answer = shown([found], "month")
    assert [point["date"] for point in answer["points"]] == ["2026-11-01"]
    assert answer["total"]["duration_s"] == 3600


def test_a_set_counts_for_each_primary_muscle_once() -> None:
    found = [workout("2026-11-23", done(8, 80.0), done(5, 10.0, exercise_id="z"))]
    muscles = shown(found, by="muscle")["muscles"]
    assert [(it["muscle"], it["total"]["volume_kg"]) for it in muscles] == [
        ("chest", 640.0),
        ("triceps", 640.0),
        (None, 50.0),
    ]


def test_a_session_is_one_for_a_muscle_that_two_exercises_train() -> None:
    exercises = {"a": Exercise("Row", ("lats",)), "b": Exercise("Pull-up", ("lats",))}
    found = [workout("2026-11-23", done(8, 60.0), done(8, 10.0, exercise_id="b"))]
    answer: Any = training_volume(WINDOW, found, exercises, "muscle")
    assert answer["muscles"][0]["total"] == {
        "sessions": 1, "sets": 2, "working_sets": 2, "bodyweight_sets": 0, "volume_kg": 560.0,
    }  # fmt: skip


def test_an_exercise_is_called_as_it_is_known_else_as_its_last_set_calls_it() -> None:
    found = [
        workout("2026-11-23", done(1, 5.0, exercise_name="Bankdrücken")),
        workout("2026-11-24", done(1, 4.0, exercise_id="y", exercise_name="Old")),
        workout("2026-11-25", done(1, 4.0, exercise_id="y", exercise_name="New")),
        workout("2026-11-26", done(1, 3.0, exercise_id="y"), done(1, 1.0, exercise_id="z")),
    ]
    named = [(it["exercise_id"], it["name"]) for it in shown(found, by="exercise")["exercises"]]
    assert named == [("y", "New"), ("a", "Bench press"), ("z", None)]


def test_of_one_exercise_the_time_is_not_known() -> None:
    found = workout("2026-11-23", done(8, 80.0), done(3, 7.0, exercise_id="b"))
    parts = sets_of_exercise([found, workout("2026-11-24", done(exercise_id="b"))], "a")
    answer = shown(parts, timed=False)
    assert answer["total"] == {
        "sessions": 1, "sets": 1, "working_sets": 1, "bodyweight_sets": 0,
        "volume_kg": 640.0, "duration_s": None,
    }  # fmt: skip


def test_only_what_matters_is_looked_up() -> None:
    found = [workout("2026-11-23", done(8, 80.0), done(8, exercise_id="b"), bodyweight_kg=80.0)]
    assert referenced_exercises(found, "total") == {"b"}
    assert referenced_exercises(found, "muscle") == {"a", "b"}
    assert referenced_exercises([workout("2026-11-23", done(8))], "total") == set()


def test_nothing_trained_is_zero() -> None:
    answer: Any = training_volume(Window(None, None), [], {}, "exercise")
    assert answer["points"] == answer["exercises"] == []
    assert answer["total"]["volume_kg"] == answer["total"]["duration_s"] == 0


@given(workouts, st.sampled_from(BUCKETS))
def test_every_way_to_sum_is_what_a_naive_recomputation_says(
    found: list[Workout], bucket: Bucket
) -> None:
    window = replace(WINDOW, bucket=bucket)
    expected: dict[tuple[str, str], float] = defaultdict(float)
    sets: dict[tuple[str, str], int] = defaultdict(int)
    sessions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found:
        start = window.start_of(one.day).isoformat()
        sessions["", start].add(one.id)
        for each in one.sets:
            exercise = EXERCISES.get(each.exercise_id, Exercise())
            weight = each.weight_kg
            if weight is None and exercise.equipment == "body only":
                weight = one.details.bodyweight_kg
            counts = each.kind != "warmup" and each.reps and weight and weight > 0
            for group in ("", each.exercise_id, *(f"m{it}" for it in {*exercise.primary_muscles})):
                expected[group, start] += (each.reps or 0) * (weight or 0) if counts else 0
                sets[group, start] += 1
                sessions[group, start].add(one.id)
    answers = [shown(found, bucket, by=by) for by in ("exercise", "muscle")]
    points = {("", point["date"]): point for point in answers[0]["points"]}
    for it in answers[0]["exercises"]:
        points |= {(it["exercise_id"], point["date"]): point for point in it["points"]}
    for it in answers[1]["muscles"]:
        points |= {(f"m{it['muscle']}", point["date"]): point for point in it["points"]}
    points = {key: point for key, point in points.items() if key[0] != "mNone"}
    assert points.keys() == sessions.keys()
    for key, point in points.items():
        assert point["volume_kg"] == pytest.approx(expected[key], abs=0.0050001)
        assert (point["sets"], point["sessions"]) == (sets[key], len(sessions[key]))
    assert set(IDS) >= {it["exercise_id"] for it in answers[0]["exercises"]}
