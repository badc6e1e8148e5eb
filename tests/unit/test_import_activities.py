"""FIT, TCX and GPX files: workouts of watches, whole or broken off."""

import datetime
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.imports.csv_table import NotCsv
from sync_server.imports.formats.activity_files import ACTIVITY_FORMATS, MAX_INFLATED_BYTES
from sync_server.imports.formats.registry import parse_file
from sync_server.imports.parsed_file import ParsedFile
from tests.imports.files import GPX, STRONG_A, TCX
from tests.imports.fit_writer import (
    CYCLING,
    RUNNING,
    TRANSITION,
    TREADMILL,
    Message,
    fit_file,
    local_stamp,
    strength_workout,
)

START = datetime.datetime(2026, 10, 18, 22, 30, tzinfo=datetime.UTC)
BERLIN = datetime.timezone(datetime.timedelta(hours=2))
RUN: Message = (
    "session",
    {
        "timestamp": START, "start_time": START, "sport": RUNNING, "total_elapsed_time": 1900.5,
        "total_timer_time": 1800.0, "total_distance": 5020.25, "total_calories": 412,
        "avg_heart_rate": 152, "max_heart_rate": 171,
    },
)  # fmt: skip
CLOCK: Message = ("activity", {"timestamp": START, "local_timestamp": local_stamp(START, 2.001)})
FIT = fit_file(("sport", {"sport": RUNNING, "name": "Evening Run"}), RUN, CLOCK)
SAMPLES = {"fit": FIT, "tcx": TCX.encode(), "gpx": GPX.encode()}


def read(content: bytes, name: str | None = None) -> ParsedFile:
    return parse_file(content, name, None, 1000)[2]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_is_recognized_by_its_beginning(name: str) -> None:
    assert parse_file(SAMPLES[name], None, None, 1000)[1] == name
    assert read(gzip.compress(SAMPLES[name])) == read(SAMPLES[name], name)
    assert set(SAMPLES) == set(ACTIVITY_FORMATS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_of_another_format_is_rejected(name: str) -> None:
    other = next(it for it in SAMPLES if it != name)
    with pytest.raises(NotCsv, match=f"It looks like {other}"):
        read(SAMPLES[other], name)
    with pytest.raises(NotCsv, match=f"It looks like {name}"):
        read(SAMPLES[name], "strong")
    with pytest.raises(NotCsv, match=f"not of the format {name}"):
        read(STRONG_A.encode(), name)


def test_a_session_of_a_watch_is_a_workout_on_the_users_clock() -> None:
    (run,) = read(FIT).workouts
    assert (run.header.name, run.header.date) == ("Evening Run", datetime.date(2026, 10, 19))
    assert run.header.started_at == START
    assert run.header.started_at.utcoffset() == datetime.timedelta(hours=2)
    assert run.header.ended_at == START + datetime.timedelta(seconds=1900.5)
    assert run.header.notes == "412 kcal, average heart rate 152, maximum heart rate 171"
    (done,) = run.sets
    assert (done.exercise, done.duration_s, done.distance_m) == ("Running", 1800.0, 5020.25)


def test_without_the_users_clock_the_day_is_that_of_the_profiles_zone() -> None:
    log = read(fit_file(RUN))
    assert log.workouts[0].header.date == datetime.date(2026, 10, 18)
    assert log.in_zone(BERLIN).workouts[0].header.date == datetime.date(2026, 10, 19)
    assert read(FIT).in_zone(datetime.UTC).workouts[0].header.date == datetime.date(2026, 10, 19)


def test_variants_of_a_sport_are_named_and_transitions_are_no_workouts() -> None:
    later = START + datetime.timedelta(hours=1)
    log = read(
        fit_file(
            ("session", {"start_time": START, "sport": RUNNING, "sub_sport": TREADMILL}),
            ("session", {"start_time": later, "sport": TRANSITION, "total_timer_time": 4.3}),
            ("session", {"start_time": later, "sport": CYCLING, "total_timer_time": 60}),
        )
    )
    assert [one.sets[0].exercise for one in log.workouts] == ["Running (Treadmill)", "Cycling"]


def test_sets_of_strength_have_their_exercise_weight_and_rest() -> None:
    (workout,) = read(fit_file(*strength_workout(START))).workouts
    assert workout.header.name == "Strength Training"
    first, second, squat, unknown = workout.sets
    assert (first.exercise, first.reps, first.weight_kg) == ("Barbell Bench Press", 8, 62.5)
    assert (first.duration_s, first.rest_s) == (42.5, 90.0)
    assert (second.reps, second.rest_s) == (6, None)
    assert (squat.exercise, squat.weight_kg) == ("Barbell Back Squat", 100.0)
    assert (unknown.exercise, unknown.reps, unknown.weight_kg) == ("Squat", 12, None)


def test_weights_of_a_scale_are_body_weights() -> None:
    later = START + datetime.timedelta(minutes=5)
    log = read(
        fit_file(
            ("weight_scale", {"timestamp": START, "weight": 75.8}),
            ("weight_scale", {"timestamp": later, "weight": 76.09}),
        )
    )
    assert [(one.field, one.value) for one in log.measurements] == [("weight_kg", 76.09)]
    assert log.in_zone(BERLIN).measurements[0].date == datetime.date(2026, 10, 19)


def test_a_file_that_breaks_off_has_what_was_written_before() -> None:
    whole = fit_file(RUN, RUN, CLOCK)
    log = read(whole[:-40])
    assert len(log.workouts) >= 1
    assert log.errors[0].reason.startswith("The file breaks off")
    with pytest.raises(NotCsv, match="breaks off"):
        read(whole[:20])
    with pytest.raises(NotCsv, match="no workout"):
        read(fit_file(CLOCK))


def test_tcx() -> None:
    run, ride = read(TCX.encode()).workouts
    start = datetime.datetime(2026, 9, 11, 6, 0, tzinfo=datetime.UTC)
    assert (run.header.started_at, run.header.name) == (start, "Running")
    assert run.header.ended_at == start + datetime.timedelta(seconds=1870)
    assert run.header.notes == "330 kcal, easy"
    assert (run.sets[0].duration_s, run.sets[0].distance_m) == (1800.0, 5000.5)
    assert (ride.sets[0].exercise, ride.sets[0].distance_m) == ("Cycling", 20000.0)


def test_gpx() -> None:
    (walk,) = read(GPX.encode()).workouts
    start = datetime.datetime(2026, 9, 12, 10, 0, tzinfo=datetime.UTC)
    assert (walk.header.name, walk.header.started_at) == ("Morning Walk", start)
    assert (walk.sets[0].exercise, walk.sets[0].duration_s) == ("Trail Running", 600.0)
    assert walk.sets[0].distance_m == pytest.approx(1112, abs=2)


def test_a_track_without_times_is_reported() -> None:
    with pytest.raises(NotCsv, match="no times"):
        read(GPX.replace("<time>", "<cmt>").replace("</time>", "</cmt>").encode())


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("sample", [TCX, GPX])
def test_a_document_type_is_rejected(sample: str) -> None:
    head, _, rest = sample.partition("?>")
    with pytest.raises(NotCsv, match="document type"):
        read(f"{head}?>{BOMB}{rest}".encode())


@pytest.mark.parametrize("sample", [TCX, GPX])
def test_broken_xml_is_rejected_with_its_place(sample: str) -> None:
    with pytest.raises(NotCsv, match="line"):
        read(sample[: len(sample) // 2].encode())
    with pytest.raises(NotCsv):
        read(sample.encode("utf-16"))


def test_a_gzip_file_that_grows_beyond_measure_is_rejected() -> None:
    with pytest.raises(NotCsv, match="damaged, or has more than"):
        read(gzip.compress(bytes(MAX_INFLATED_BYTES + 1)))
    with pytest.raises(NotCsv, match="damaged"):
        read(gzip.compress(FIT)[:-9])
    with pytest.raises(NotCsv, match="damaged"):
        read(b"\x1f\x8b" + bytes(20))


@given(st.sampled_from(list(SAMPLES)), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_no_damage_is_too_odd(name: str, at: int, damage: bytes) -> None:
    sample = SAMPLES[name] if name != "fit" else fit_file(*strength_workout(START), CLOCK)
    content = sample[:at] + damage + sample[at + len(damage) :]
    try:
        read(content)
    except NotCsv as error:
        assert str(error)
    except Exception as error:
        assert type(error).__name__ in ("UnknownFormat", "RowLimitExceeded")


def test_a_session_that_a_file_repeats_is_one_workout() -> None:
    assert len(read(fit_file(RUN, RUN)).workouts) == 1
