"""Exports of Health Connect: values of days in any order of the rows; files of strangers."""

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sync_server.imports.csv_table import RowLimitExceeded
from sync_server.imports.formats.health_connect import NotHealthConnect, parse_file
from sync_server.imports.formats.health_connect_types import EXERCISES, exercise_name
from sync_server.imports.parsed_file import ParsedFile
from tests.imports.health_connect_file import at, database, zipped


def read(path: Path, content: bytes, max_values: int = 1000) -> ParsedFile:
    path.write_bytes(content)
    return parse_file(path, max_values)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export"


def test_values_are_those_of_days(file: Path) -> None:
    log = read(file, database())
    assert {(str(one.date), one.field): one.value for one in log.measurements} == {
        ("2026-03-01", "weight_kg"): 81.23,  # the later one
        ("2026-03-01", "body_fat_pct"): 18.26,
        ("2026-03-01", "resting_heart_rate_bpm"): 52.0,
        # The watch, half of the phone's hour that it does not cover, and the phone alone.
        ("2026-03-01", "steps"): 1700.0,
        ("2026-03-02", "sleep_s"): 7 * 3600.0,  # without the hour awake
        ("2026-03-03", "sleep_s"): 7 * 3600.0,  # a session without stages
    }


def test_workouts_have_their_source_and_distance(file: Path) -> None:
    found = {
        (one.header.name, one.header.source): (
            one.header.recorded_by,
            one.sets[0].exercise,
            one.sets[0].duration_s,
            one.sets[0].distance_m,
        )
        for one in read(file, database()).workouts
    }
    assert found == {
        ("Pull Day", "Hevy"): ("app", "Strength Training", 3600.0, None),
        ("Strength Training", "Garmin Connect"): ("watch", "Strength Training", 3780.0, None),
        ("Running", "Garmin Connect"): ("watch", "Running", 1800.0, 5100.5),
        ("Workout", "Fit"): ("app", "Workout", 720.0, None),
    }


def test_the_order_of_the_rows_does_not_matter(file: Path) -> None:
    expected = read(file, database())
    for seed in range(5):
        assert read(file, database(rng=random.Random(seed))) == expected
    assert read(file, zipped(database())) == expected


def test_numbers_of_exercises_are_those_of_android() -> None:
    known = {
        33: "Running",
        45: "Strength Training",
        53: "Walking",
        57: "Yoga",
        61: "Rowing Machine",
    }
    assert {number: exercise_name(number) for number in known} == known
    assert [exercise_name(it) for it in (0, -1, len(EXERCISES), "33", None)] == ["Workout"] * 5


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip", b"SQLite format 3\0" + bytes(200), zipped(b"text", "readme.txt"),
     zipped(b"no database"), zipped(database())[:-300], database()[:5000],
     database().replace(b"_record_table", b"_other__table")],
)  # fmt: skip
def test_another_file_is_rejected(file: Path, content: bytes) -> None:
    with pytest.raises(NotHealthConnect):
        read(file, content)


def test_a_view_in_place_of_a_table_is_not_read(file: Path) -> None:
    file.write_bytes(database())
    db = sqlite3.connect(file)
    db.execute("DROP TABLE steps_record_table")
    db.execute("CREATE VIEW steps_record_table AS SELECT 1 AS app_info_id, 1000000 AS count")
    db.commit()
    db.close()
    assert all(one.field != "steps" for one in parse_file(file, 1000).measurements)


def test_values_out_of_bounds_are_left_out(file: Path) -> None:
    rows: dict[str, list[tuple[object, ...]]] = {
        "weight_record_table": [
            ("soon", 3600, 80_000.0), (at(7), 3600, "heavy"), (-5, 0, 80_000.0),
            (2**62, 0, 80_000.0), (at(7), None, None), (at(7), 3600, float("inf")),
        ],
        "exercise_session_record_table": [(1, 1, 2, at(9), 3600, at(8), 3600, 33, None, None)],
        "steps_record_table": [(None, None, None, at(9), 99_999_999, at(10), None, 10)],
    }  # fmt: skip
    log = read(file, database(rows))
    assert log.workouts == ()
    assert [(one.field, one.value) for one in log.measurements] == [("steps", 10.0)]


def test_the_number_of_values_is_limited(file: Path) -> None:
    with pytest.raises(RowLimitExceeded):
        read(file, database(), 3)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(at_byte=2556, damage=b"\x80")  # SQLite's message is then no UTF-8
@given(at_byte=st.integers(0, 40_000), damage=st.binary(min_size=1, max_size=60))
def test_a_damaged_database_is_read_or_rejected(file: Path, at_byte: int, damage: bytes) -> None:
    content = database()
    place = at_byte % len(content)
    try:
        read(file, content[:place] + damage + content[place + len(damage) :])
    except NotHealthConnect as error:
        assert str(error)


def test_every_table_may_be_empty(file: Path) -> None:
    assert read(file, database({})) == ParsedFile(measurements=())
