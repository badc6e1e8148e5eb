"""FIT files of workouts: read again by the importer and by a strict decoder."""

import datetime
import io
import zoneinfo
from typing import Any

import fitdecode
from hypothesis import given
from hypothesis import strategies as st

from sync_server.exports.fit_activity import activity_file
from sync_server.exports.fit_exercises import fit_exercises
from sync_server.exports.fit_workout import workout_file
from sync_server.exports.workout_tables import WorkoutFormat, WorkoutLog
from sync_server.imports.formats import fit

FORMAT = WorkoutFormat("kg", zoneinfo.ZoneInfo("Asia/Taipei"), {"own": "Renamed since"})
SESSION = {
    "date": "2026-11-23",
    "name": "Push ✓ day",
    "started_at": "2026-11-23T18:00:00+08:00",
    "ended_at": "2026-11-23T19:02:00+08:00",
}
BENCH: dict[str, Any] = {
    "exercise_id": "a",
    "exercise_name": "Bench Press (Barbell)",
    "position": 0,
}
CARRY: dict[str, Any] = {"exercise_id": "b", "exercise_name": "Zercher Carry", "position": 1}


def messages(content: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Messages of a file by a decoder that checks checksums and sizes."""
    with fitdecode.FitReader(
        io.BytesIO(content),
        check_crc=fitdecode.CrcCheck.RAISE,
        error_handling=fitdecode.ErrorHandling.RAISE,
    ) as reader:
        return [
            (frame.name, {one.name: one.value for one in frame.fields})
            for frame in reader
            if isinstance(frame, fitdecode.FitDataMessage)
        ]


def test_an_activity_is_imported_as_it_was() -> None:
    sets = [BENCH | {"reps": 5, "weight_kg": 82.5, "rest_s": 90}, CARRY | {"duration_s": 30}]
    (workout,) = fit.parse(activity_file(WorkoutLog(SESSION, sets), FORMAT)).workouts
    header = workout.header
    assert (header.name, header.date) == ("Push ✓ day", datetime.date(2026, 11, 23))
    assert header.started_at == datetime.datetime.fromisoformat(SESSION["started_at"])
    assert header.ended_at == datetime.datetime.fromisoformat(SESSION["ended_at"])
    assert [(it.exercise, it.reps, it.weight_kg, it.rest_s) for it in workout.sets] == [
        ("Bench Press (Barbell)", 5, 82.5, 90.0),
        ("Zercher Carry", None, None, None),
    ]
    assert workout.sets[1].duration_s == 30


def test_a_run_is_a_session_with_a_distance() -> None:
    run = {"exercise_id": "r", "exercise_name": "Running", "distance_m": 5012.5, "duration_s": 1800}
    (workout,) = fit.parse(activity_file(WorkoutLog(SESSION, [run]), FORMAT)).workouts
    assert [it.distance_m for it in workout.sets] == [5012.5]


def test_a_workout_of_timed_sets_has_its_exercises() -> None:
    plank = {"exercise_id": "p", "exercise_name": "Plank", "duration_s": 60}
    (workout,) = fit.parse(activity_file(WorkoutLog(SESSION, [plank, plank]), FORMAT)).workouts
    assert [(it.exercise, it.duration_s) for it in workout.sets] == [("Plank", 60.0)] * 2


def test_a_session_without_times_and_sets_begins_at_noon() -> None:
    log = WorkoutLog({"date": "2026-11-23", "name": "Rest"}, [])
    (workout,) = fit.parse(activity_file(log, FORMAT)).workouts
    assert str(workout.header.started_at) == "2026-11-23 12:00:00+08:00"
    assert messages(workout_file(log, FORMAT))[1][1]["num_valid_steps"] == 0


def test_a_workout_has_steps_with_rests_between() -> None:
    sets = [
        BENCH | {"reps": 8, "weight_kg": 60, "kind": "warmup", "rest_s": 60},
        CARRY | {"distance_m": 40},
        {"exercise_id": "own", "duration_s": 45, "rest_s": 30},
        {"exercise_id": "gone"},
    ]
    found = messages(workout_file(WorkoutLog(SESSION, sets), FORMAT))
    steps = [fields for name, fields in found if name == "workout_step"]
    ends = [(it["duration_type"], *(v for k, v in it.items() if "duration_" in k)) for it in steps]
    assert [(end[0], end[-1]) for end in ends] == [
        ("reps", 8), ("time", 60.0), ("distance", 40.0), ("time", 45.0), ("time", 30.0), ("open", 0)
    ]  # fmt: skip
    assert [it.get("wkt_step_name") for it in steps] == [
        "Bench Press (Barbell)", None, "Zercher Carry", "Renamed since", None, "Exercise"
    ]  # fmt: skip
    assert [it["intensity"] for it in steps[:3]] == ["warmup", "rest", "active"]
    assert steps[0]["exercise_weight"] == 60.0
    assert [it["message_index"] for it in steps] == list(range(6))


def test_exercises_have_the_numbers_of_the_profile() -> None:
    names = ["Bench Press (Barbell)", "Barbell Back Squats", "Zercher Carry", "Plank", "自由"]
    assert fit_exercises(names) == {
        "Bench Press (Barbell)": (0, 1),
        "Barbell Back Squats": (28, 6),
        "Zercher Carry": (65534, 2),
        "Plank": (19, 43),
        "自由": (65534, 4),
    }


_NUMBERS = st.floats(0, 10_000, allow_nan=False)
_SETS = st.fixed_dictionaries(
    {"exercise_id": st.just("x"), "exercise_name": st.text(max_size=300)},
    optional={
        "reps": st.integers(0, 100_000),
        "weight_kg": st.floats(-1000, 10_000),
        "duration_s": st.floats(0, 604_800),
        "distance_m": st.floats(0, 10_000_000),
        "rest_s": st.floats(0, 86_400),
        "kind": st.sampled_from(["normal", "warmup", "drop"]),
    },
)
_DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31))


@given(st.lists(_SETS, max_size=5), _DAYS, st.text(max_size=300))
def test_any_workout_is_a_valid_file(sets: list[Any], day: datetime.date, name: str) -> None:
    log = WorkoutLog({"date": day.isoformat(), "name": name}, sets)
    assert messages(activity_file(log, FORMAT))[0][1]["type"] == "activity"
    assert messages(workout_file(log, FORMAT))[0][1]["type"] == "workout"


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 4000 * 16)), min_size=1, max_size=9))
def test_repetitions_and_weights_come_back(lifts: list[tuple[int, int]]) -> None:
    sets = [BENCH | {"reps": reps, "weight_kg": step / 16} for reps, step in lifts]
    (workout,) = fit.parse(activity_file(WorkoutLog(SESSION, sets), FORMAT)).workouts
    assert [(it.reps, it.weight_kg or 0) for it in workout.sets] == [
        (reps, round(step / 16, 2)) for reps, step in lifts
    ]
