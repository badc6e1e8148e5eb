"""Personal records, and the estimated one-rep maximum against published figures."""

import datetime
from typing import Any

import pytest
from hypothesis import given

from sync_server.formulas.training import Exercise
from sync_server.progress.periods import Window
from sync_server.progress.records import (
    Bests,
    Formula,
    add_records,
    one_rep_maximum,
    personal_records,
)
from sync_server.progress.workouts import Workout
from tests.unit.lifts import done, workout, workouts

WINDOW = Window(None, datetime.date(2026, 12, 31))
PULL_UP = {"a": Exercise("Pull-up", ("lats",), "body only")}


def records(found: list[Workout], formula: Formula = "epley", exercises: Any = None) -> Any:
    bests: dict[str, Bests] = {}
    add_records(bests, found, formula)
    answer: Any = personal_records(WINDOW, bests, exercises or {}, formula)
    return {it["exercise_id"]: it for it in answer["exercises"]}


@pytest.mark.parametrize(
    ("reps", "epley", "brzycki"),
    [
        # 100 kg for so many repetitions. Epley (1985) prints 3.33 % for each, with the maximum
        # itself for one; Brzycki (1993, JOPERD 64) is 100 % − 2.78 % for each after the first. Five
        # are the common example of calculators, at ten the two are known to agree.
        (1, 100.0, 100.0),
        (2, 106.67, 102.86),
        (5, 116.67, 112.5),
        (10, 133.33, 133.33),
        (12, 140.0, 144.0),
    ],
)
def test_an_estimate_is_the_published_one(reps: int, epley: float, brzycki: float) -> None:
    assert one_rep_maximum(100.0, reps, "epley") == pytest.approx(epley, abs=0.005)
    assert one_rep_maximum(100.0, reps, "brzycki") == pytest.approx(brzycki, abs=0.005)


@pytest.mark.parametrize("reps", [None, 0, 13, 100])
def test_no_estimate_is_made_of_no_or_too_many_repetitions(reps: int | None) -> None:
    assert one_rep_maximum(100.0, reps, "epley") is None
    assert one_rep_maximum(100.0, reps, "brzycki") is None


@pytest.mark.parametrize("weight_kg", [None, 0.0, -20.0])
def test_no_estimate_is_made_without_a_load(weight_kg: float | None) -> None:
    assert one_rep_maximum(weight_kg, 5, "epley") is None


def test_each_record_is_of_its_own_set() -> None:
    found = [
        workout("2026-11-01", done(5, 100.0), done(1, 110.0), done(20, 60.0)),
        workout("2026-11-02", done(8, 97.5, kind="failure"), done(None, 40.0, duration_s=90.0)),
        workout("2026-11-03", done(distance_m=400.0, duration_s=60.0)),
    ]
    best = records(found)["a"]
    assert (best["heaviest"]["weight_kg"], best["heaviest"]["date"]) == (110.0, "2026-11-01")
    # 97.5 × (1 + 8/30) = 123.5 beats 100 × (1 + 5/30) = 116.67.
    assert best["one_rep_max"] == {
        "date": "2026-11-02",
        "session_id": "2026-11-02",
        "weight_kg": 97.5,
        "reps": 8,
        "duration_s": None,
        "distance_m": None,
        "one_rep_max_kg": 123.5,
    }
    assert (best["most_reps"]["reps"], best["most_reps"]["weight_kg"]) == (20, 60.0)
    assert (best["longest"]["duration_s"], best["longest"]["date"]) == (90.0, "2026-11-02")
    assert best["farthest"]["distance_m"] == 400.0
    assert best["session_volume"] == {
        "date": "2026-11-01",
        "session_id": "2026-11-01",
        "volume_kg": 1810.0,
    }


def test_warm_ups_and_drop_sets_are_no_records() -> None:
    sets = [done(3, 200.0, kind="warmup"), done(30, 90.0, kind="drop"), done(5, 100.0)]
    best = records([workout("2026-11-01", *sets)])["a"]
    assert best["heaviest"]["weight_kg"] == 100.0
    assert best["most_reps"]["reps"] == 5
    assert best["session_volume"]["volume_kg"] == 3200.0


def test_what_was_only_equalled_stays_a_record_of_its_first_day() -> None:
    found = [workout("2026-11-01", done(5, 100.0)), workout("2026-11-08", done(5, 100.0))]
    best = records(found)["a"]
    for name in ("heaviest", "one_rep_max", "most_reps", "session_volume"):
        assert best[name]["date"] == "2026-11-01"


def test_of_equal_weights_more_repetitions_are_the_record() -> None:
    found = [workout("2026-11-01", done(3, 100.0)), workout("2026-11-08", done(4, 100.0))]
    assert records(found)["a"]["heaviest"]["date"] == "2026-11-08"


def test_a_failed_attempt_is_no_record() -> None:
    assert records([workout("2026-11-01", done(0, 140.0))]) == {}


def test_body_weight_is_in_the_volume_of_what_needs_the_body_only() -> None:
    found = [
        workout("2026-11-01", done(10), bodyweight_kg=80.0),
        workout("2026-11-02", done(5, 20.0), bodyweight_kg=80.0),
    ]
    assert records(found, exercises=PULL_UP)["a"]["session_volume"]["volume_kg"] == 800.0
    assert records(found)["a"]["session_volume"]["volume_kg"] == 100.0


def test_the_formula_decides_which_set_is_the_strongest() -> None:
    # Epley: 100 × 1.4 = 140 and 119 × 1.1667 = 138.83; Brzycki: 144 and 133.88.
    found = [workout("2026-11-01", done(5, 122.0)), workout("2026-11-02", done(12, 100.0))]
    assert records(found)["a"]["one_rep_max"]["reps"] == 5
    assert records(found, "brzycki")["a"]["one_rep_max"]["reps"] == 12


@given(workouts)
def test_records_are_what_looking_at_everything_says(found: list[Workout]) -> None:
    best = records(found, exercises=PULL_UP)
    for id in {each.exercise_id for one in found for each in one.sets}:
        mine = best.get(id, {})
        sets = [
            each
            for one in found
            for each in one.sets
            if each.exercise_id == id and each.kind in ("normal", "failure")
        ]
        heaviest = [it.weight_kg for it in sets if it.weight_kg and it.reps != 0]
        estimates = [one_rep_maximum(it.weight_kg, it.reps, "epley") or 0 for it in sets]
        assert _of(mine, "heaviest", "weight_kg") == max([0, *heaviest])
        assert _of(mine, "most_reps", "reps") == max([0, *(it.reps or 0 for it in sets)])
        assert _of(mine, "longest", "duration_s") == max([0, *(it.duration_s or 0 for it in sets)])
        assert _of(mine, "farthest", "distance_m") == max([0, *(it.distance_m or 0 for it in sets)])
        assert _of(mine, "one_rep_max", "one_rep_max_kg") == round(max([0, *estimates]), 2)


def _of(best: Any, record: str, field: str) -> float:
    value: float = (best.get(record) or {}).get(field, 0)
    return value
