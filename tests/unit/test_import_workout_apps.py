"""Workouts of Fitbod, Garmin Connect, JEFIT and StrengthLog: the meaning of each line."""

import datetime

import pytest

from sync_server.imports.csv_table import NotCsv, read_table
from sync_server.imports.formats.registry import (
    FORMAT_NAMES,
    UnknownFormat,
    parse_file,
    recognized,
)
from sync_server.imports.parsed_file import LoggedSet, ParsedFile, UnitRequired
from tests.imports.files import (
    FITBOD,
    GARMIN,
    JEFIT,
    JEFIT_SETS,
    NEEDS_UNIT,
    SMALL,
    STRENGTHLOG,
)
from trackforge_client.device import imports as client

DAY = datetime.date


def read(text: str, format: str | None, unit: str | None = None) -> ParsedFile:
    return parse_file(text.encode(), format, unit, 1000)[2]


def sets(log: ParsedFile) -> list[LoggedSet]:
    return [one for workout in log.workouts for one in workout.sets]


@pytest.mark.parametrize("name", SMALL)
def test_a_file_fits_its_own_format_only(name: str) -> None:
    assert recognized(read_table(SMALL[name].encode())) == [name]
    assert parse_file(SMALL[name].encode(), None, "kg", 1000)[1] == name


def test_a_file_of_no_format_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match="Known formats: strong, hevy"):
        read("Colour,Shape\nred,round\n", None)


def test_the_client_knows_the_formats_of_the_server() -> None:
    assert client.FORMATS == FORMAT_NAMES


@pytest.mark.parametrize("name", NEEDS_UNIT)
def test_a_unit_that_is_not_in_the_file_is_asked_for(name: str) -> None:
    with pytest.raises(UnitRequired):
        read(SMALL[name], name)


@pytest.mark.parametrize("name", SMALL)
def test_every_broken_line_is_reported_and_the_others_are_read(name: str) -> None:
    lines = SMALL[name].splitlines()
    broken = "\n".join([*lines, 'a "quote" that opens,"and does not end'])
    whole, log = read(SMALL[name], name, "kg"), read(broken, name, "kg")
    assert len(sets(log)) == len(sets(whole))
    assert len(log.foods) == len(whole.foods)
    known = {one.line for one in whole.errors}
    assert [one.line for one in log.errors if one.line not in known] == [len(lines) + 1]


def test_fitbod_makes_one_workout_a_day_from_its_first_set() -> None:
    log = read(FITBOD, "fitbod")
    assert log.errors == ()
    assert [workout.header.key for workout in log.workouts] == [
        ("2026-01-22", ""), ("2026-01-24", ""),
    ]  # fmt: skip
    start = log.workouts[0].header.started_at
    assert start == datetime.datetime(2026, 1, 22, 18, 10, tzinfo=datetime.UTC)
    warm_up, work, ride, pull_up = sets(log)
    assert (warm_up.kind, warm_up.weight_kg, warm_up.reps) == ("warmup", 60.0, 5)
    assert (work.kind, work.notes) == ("normal", "low bar")
    assert (ride.reps, ride.duration_s, ride.distance_m) == (None, 1800.0, 12000.0)
    assert (pull_up.weight_kg, pull_up.reps) == (None, 8)


def test_fitbod_in_pounds() -> None:
    assert sets(read(FITBOD.replace("(kg)", "(lb)"), "fitbod"))[1].weight_kg == 40.82


def test_an_activity_of_garmin_is_a_workout_of_one_set() -> None:
    log = read(GARMIN, "garmin", "kg")
    assert log.errors == ()
    run, strength, swim = log.workouts
    assert run.header.name == "Long run"
    assert run.header.notes == "1020 kcal, average heart rate 145, maximum heart rate 160"
    start = datetime.datetime(2026, 10, 18, 8, 15)
    assert run.header.ended_at == start + datetime.timedelta(hours=1, minutes=9, seconds=2)
    (ran,) = run.sets
    assert (ran.exercise, ran.duration_s, ran.distance_m) == ("Running", 4050.0, 10100.0)
    assert (strength.sets[0].reps, strength.sets[0].distance_m) == (96, None)
    assert swim.sets[0].distance_m == 1500.0


def test_distances_of_garmin_are_in_the_unit_that_the_request_names() -> None:
    run, _, swim = sets(read(GARMIN, "garmin", "lb"))
    assert (run.distance_m, swim.distance_m) == (16254.37, 1371.6)


def test_garmin_with_decimal_commas() -> None:
    log = read(GARMIN.replace("10.10", '"10,10"'), "garmin", "kg")
    assert sets(log)[0].distance_m == 10100.0


def test_jefit_has_the_sets_of_a_log_in_one_text() -> None:
    log = read(JEFIT, "jefit")
    assert log.errors == ()
    first, second = log.workouts
    assert first.header.started_at == datetime.datetime(2026, 2, 4, 15, 51, 58, tzinfo=datetime.UTC)
    assert first.header.ended_at == datetime.datetime(2026, 2, 4, 16, 51, 58, tzinfo=datetime.UTC)
    assert [(one.exercise, one.weight_kg, one.reps) for one in first.sets] == [
        ("Barbell Incline Bench Press", 65.0, 5), ("Barbell Incline Bench Press", 65.0, 4),
        ("Pull Up", None, 10), ("Pull Up", None, 8),
    ]  # fmt: skip
    assert (second.header.date, second.header.started_at) == (DAY(2026, 2, 6), None)


def test_jefit_in_pounds_and_without_a_unit() -> None:
    assert sets(read(JEFIT.replace(' kg"', ' lbs"'), "jefit"))[0].weight_kg == 29.48
    with pytest.raises(UnitRequired):
        read(JEFIT.replace(' kg"', '"'), "jefit")


def test_jefit_with_a_table_of_sets_uses_it() -> None:
    log = read(JEFIT_SETS, "jefit")
    assert [(one.line, one.weight_kg, one.reps) for one in sets(log)] == [
        (9, 65.0, 5), (10, 65.0, 5),
    ]  # fmt: skip
    assert [(one.line, one.reason) for one in log.errors] == [
        (13, "A cardio log does not name its exercise.")
    ]


def test_a_log_of_jefit_that_cannot_be_read_is_reported() -> None:
    log = read(JEFIT.replace("0x10,0x8", "0x10,heavy"), "jefit")
    assert [one.line for one in log.errors] == [19]
    assert len(sets(log)) == 3


def test_strengthlog_has_a_block_for_each_workout() -> None:
    log = read(STRENGTHLOG, "strengthlog", "kg")
    assert log.errors == ()
    first, second = log.workouts
    assert (first.header.date, first.header.bodyweight_kg) == (DAY(2025, 12, 24), 79.2)
    assert (second.header.name, second.header.bodyweight_kg) == ("Running", None)
    squat, hard, push_up, extension, plank = first.sets
    assert (squat.exercise, squat.order, squat.reps, squat.weight_kg) == ("Squat", "1", 5, 68.0)
    assert (hard.rpe, hard.reps) == (8.5, 7)
    assert (push_up.reps, push_up.weight_kg) == (12, None)
    assert extension.weight_kg == 15.0
    assert plank.duration_s == 60.0
    assert (second.sets[0].distance_m, second.sets[0].duration_s) == (5200.0, 1500.0)


def test_sets_below_an_unreadable_workout_of_strengthlog_join_no_other() -> None:
    log = read(STRENGTHLOG.replace("2025-12-27", "27th"), "strengthlog", "kg")
    assert [one.line for one in log.errors] == [13, 14]
    assert len(log.workouts) == 1


def test_a_file_of_one_table_is_not_one_of_several() -> None:
    with pytest.raises(NotCsv, match="It looks like fitbod"):
        read(FITBOD, "jefit")
