"""Exports of other apps: the meaning of each line, and the report of a line that fails."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.imports.csv_table import MAX_ROW_LINES, NotCsv, RowLimitExceeded, read_table
from sync_server.imports.formats.registry import FORMATS, parse_file
from sync_server.imports.parsed_file import LoggedSet, ParsedFile, UnitRequired
from tests.imports.files import FITNOTES, HEVY, SMALL, STRONG_A, STRONG_B, WEIGHTS, real

MAX_INTEGER = 100_000


def read(
    text: str | bytes, format: str, unit: str | None = None, max_rows: int = MAX_INTEGER
) -> ParsedFile:
    content = text.encode() if isinstance(text, str) else text
    return parse_file(content, format, unit, max_rows)[2]


def sets(log: ParsedFile) -> list[LoggedSet]:
    return [one for workout in log.workouts for one in workout.sets]


def strong(*rows: str, unit: str | None = "kg") -> ParsedFile:
    return read("\n".join([STRONG_A.splitlines()[0], *rows]), "strong", unit)


def test_strong_of_ios_in_kilograms() -> None:
    log = read(STRONG_A, "strong", "kg")
    assert log.errors == ()
    first, second = log.workouts
    start = datetime.datetime(2025, 7, 14, 20, 44, 18)
    assert first.header.started_at == start
    assert first.header.ended_at == start + datetime.timedelta(hours=1, minutes=22)
    assert (first.header.name, first.header.notes) == ("Evening Workout", "Good day")
    warm_up, work, failed, ride = first.sets
    assert (warm_up.kind, warm_up.weight_kg, warm_up.reps) == ("warmup", None, 16)
    assert (work.kind, work.weight_kg, work.rpe, work.rest_s) == ("normal", 45.0, 8.5, 120.0)
    assert work.notes == "belt, heavy"
    assert (failed.kind, failed.order, failed.rest_s) == ("failure", "F", None)
    assert (ride.reps, ride.distance_m, ride.duration_s) == (None, 5200.0, 1800.0)
    assert (second.sets[0].duration_s, second.sets[0].line) == (60.0, 7)


def test_strong_of_android_says_its_units_itself() -> None:
    log = read(STRONG_B, "strong", "lb")
    assert log.errors == ()
    assert [one.weight_kg for one in sets(log)] == [20.0, 132.5, 102.06, None]
    assert sets(log)[1].rpe == 8.5
    assert sets(log)[3].distance_m == 16093.44


def test_strong_in_chinese_is_read_whole() -> None:
    log = read(real("strong-zh"), "strong", "lb")
    assert log.errors == ()
    assert (len(log.workouts), len(sets(log))) == (384, 6778)
    first = log.workouts[0]
    assert first.header.ended_at == datetime.datetime(2023, 4, 4, 8, 23, 22)
    assert sets(log)[0] == LoggedSet(2, "Bent Over Row (Barbell)", "1", reps=5, weight_kg=20.0)


def test_strong_in_an_unknown_language_is_read_by_the_order_of_its_columns() -> None:
    header, *rows = STRONG_A.splitlines()
    foreign = ",".join(f"x{place}" for place in range(12))
    assert read("\n".join([foreign, *rows]), "strong", "kg") == read(STRONG_A, "strong", "kg")
    with pytest.raises(NotCsv):
        read("\n".join([foreign, *(row[::-1] for row in rows)]), "strong", "kg")
    with pytest.raises(NotCsv):
        read(f"{foreign}\n", "strong", "kg")
    assert header


def test_the_header_may_name_the_units() -> None:
    log = read(
        "Workout #;Date;Workout Name;Duration (sec);Exercise Name;Set Order;Weight (lbs);Reps;RPE;"
        "Distance (meters);Seconds\n"
        '1;2026-09-20 18:00:00;"Push; heavy";3600;Row;1;100;8;8,5;250;90\n',
        "strong",
    )
    (one,) = sets(log)
    assert (one.weight_kg, one.distance_m, one.rpe) == (45.36, 250.0, 8.5)
    header = log.workouts[0].header
    assert header.ended_at == datetime.datetime(2026, 9, 20, 19)
    assert header.name == "Push; heavy"


def test_a_workout_that_was_never_ended_has_no_end() -> None:
    log = strong('2024-07-22 17:45:06,Legs,"3,527h 3min",Leg Press,1,450,12,0,0,,,')
    assert log.workouts[0].header.started_at == datetime.datetime(2024, 7, 22, 17, 45, 6)
    assert log.workouts[0].header.ended_at is None


def test_numbers_of_sets_that_occur_twice_stay_two_sets() -> None:
    log = strong(*["2024-07-22 17:45:06,Legs,1h,Leg Press,1,100,12,0,0,,,"] * 2)
    assert len(sets(log)) == 2


def test_a_rest_belongs_to_the_set_above_it_and_to_none_before_the_first() -> None:
    row = "2024-07-22 17:45:06,Legs,1h,Leg Press,{},0,0,0,{},,,"
    log = strong(row.format("Rest Timer", 90), row.replace(",0,0,", ",9,9,", 1).format(1, 0))
    assert [(one.line, one.reason) for one in log.errors] == [(2, "A rest with no set above it.")]
    assert sets(log)[0].rest_s is None


def test_hevy() -> None:
    log = read(HEVY, "hevy")
    assert log.errors == ()
    (workout,) = log.workouts
    assert workout.header.started_at == datetime.datetime(2024, 9, 15, 18, 2)
    assert workout.header.ended_at == datetime.datetime(2024, 9, 15, 19, 10)
    assert workout.header.notes == "felt strong"
    assert [one.kind for one in workout.sets] == ["warmup", "normal", "drop", "failure", "normal"]
    assert [one.superset for one in workout.sets] == [0, 0, 0, None, None]
    assert [one.notes for one in workout.sets] == ["grip\nwide", "", "", "", ""]
    assert workout.sets[1].weight_kg == 82.5
    assert (workout.sets[4].distance_m, workout.sets[4].duration_s) == (2500.0, 900.0)


def test_hevy_in_pounds_miles_and_another_language() -> None:
    text = HEVY.replace("weight_kg", "weight_lbs").replace("distance_km", "distance_miles")
    log = read(text.replace("15 Sep 2024", "15 août 2024"), "hevy")
    assert log.workouts[0].header.date == datetime.date(2024, 8, 15)
    assert sets(log)[1].weight_kg == 37.42
    assert sets(log)[4].distance_m == 4023.36


def test_fitnotes_makes_one_workout_a_day() -> None:
    log = read(FITNOTES, "fitnotes")
    assert log.errors == ()
    assert [workout.header.label for workout in log.workouts] == ["Back", "Abs"]
    assert log.workouts[0].header.started_at is None
    assert [one.weight_kg for one in sets(log)] == [64.0, 64.0, 61.23, None, None]
    assert [one.reps for one in sets(log)] == [8, 8, 5, None, None]
    assert sets(log)[3].duration_s == 90.0
    assert (sets(log)[4].distance_m, sets(log)[4].duration_s) == (4828.03, 1800.0)
    assert sets(log)[1].notes == "slow"


def test_a_real_export_of_fitnotes_is_read_whole() -> None:
    log = read(real("fitnotes"), "fitnotes")
    assert log.errors == ()
    assert (len(log.workouts), len(sets(log))) == (124, 2495)
    assert [one.reps for one in sets(log)].count(0) == 3  # tried, and failed


def test_body_weights() -> None:
    log = read(WEIGHTS, "body_weight")
    figures = [(str(one.date), one.field, one.value) for one in log.measurements]
    assert figures == [
        ("2026-05-21", "weight_kg", 81.4),
        ("2026-05-21", "body_fat_pct", 18.5),
        ("2026-05-22", "weight_kg", 81.2),
    ]
    real_ones = read(real("body-weight"), "body_weight", "lb")
    assert (len(real_ones.measurements), real_ones.measurements[0].value) == (62, 55.97)


def test_the_body_tracker_of_fitnotes() -> None:
    log = read(
        "Date,Time,Measurement,Value,Unit,Comment\n"
        "2026-01-10,07:00:00,Bodyweight,180,lbs,\n"
        "2026-01-10,07:00:00,Body Fat,18.5,%,\n"
        "2026-01-10,07:00:00,Waist,33,in,\n"
        "2026-01-10,07:00:00,Left Thumb,5,cm,\n",
        "body_weight",
    )
    figures = {one.field: one.value for one in log.measurements}
    assert figures == {"weight_kg": 81.65, "body_fat_pct": 18.5, "waist_cm": 83.82}
    assert [one.line for one in log.errors] == [5]


def test_the_latest_weight_of_a_day_counts_and_the_others_are_reported() -> None:
    log = read(
        "Date;Weight;Unit\n2026-05-21 20:00;82,5;kg\n2026-05-21 07:00;81,4;kg\n",
        "body_weight",
    )
    assert [one.value for one in log.measurements] == [82.5]
    assert [(one.line, one.reason) for one in log.errors] == [(3, "Line 2 is of the same day.")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soon,Legs,1h,Squat,1,100,5,0,0,,,", "“soon” is not a date."),
        (
            "1850-01-01,Legs,1h,Squat,1,100,5,0,0,,,",
            "“1850-01-01” is no date of 1900 to 2199.",
        ),
        (
            "2024-02-30,Legs,1h,Squat,1,100,5,0,0,,,",
            "“2024-02-30” is no date of 1900 to 2199.",
        ),
        ("2024-01-01,Legs,1h,Squat,1,many,5,0,0,,,", "“many” is not a number."),
        ("2024-01-01,Legs,1h,Squat,1,1e999,5,0,0,,,", "“1e999” is not a number."),
        ("2024-01-01,Legs,1h,Squat,1,nan,5,0,0,,,", "“nan” is not a number."),
        ("2024-01-01,Legs,1h,Squat,1,１００,5,0,0,,,", "“１００” is not a number."),
        ("2024-01-01,Legs,1h,Squat,1,100,5.5,0,0,,,", "“5.5” is not a whole number."),
        ("2024-01-01,Legs,1h,Squat,X,100,5,0,0,,,", "The set order “X” is not known."),
        ("2024-01-01,Legs,1h,,1,100,5,0,0,,,", "The line has no exercise name."),
        (
            "2024-01-01,Legs,1h,Squat,1,,,,,,,",
            "The line has no values.",
        ),
        ("2024-01-01,Legs,1h,Squat,1,1,2,3,4,5,6,7,8", "13 cells below 12 headings."),
    ],
)
def test_a_line_that_cannot_be_read_is_reported_and_the_others_are_imported(
    row: str, reason: str
) -> None:
    good = "2024-01-02 10:00:00,Legs,1h,Squat,1,100,5,0,0,,,"
    log = strong(row, good)
    assert [(one.line, one.reason) for one in log.errors] == [(2, reason)]
    assert len(sets(log)) == 1


def test_a_unit_is_asked_for_where_the_file_does_not_say() -> None:
    with pytest.raises(UnitRequired):
        read(STRONG_A, "strong")
    with pytest.raises(UnitRequired):
        read("date,weight\n2026-05-21,80\n", "body_weight")
    chin_ups = "2024-07-22 17:45:06,Pull,1h,Chin Up,1,0.0,12,0,0,,,"
    assert strong(chin_ups, unit=None).errors == ()


def test_what_looks_like_a_formula_is_text() -> None:
    log = strong("2024-07-22 17:45:06,=1+1,1h,@Leg Press,1,100,12,0,0,-note,+more,")
    assert (log.workouts[0].header.name, log.workouts[0].header.notes) == ("=1+1", "+more")
    assert (sets(log)[0].exercise, sets(log)[0].notes) == ("@Leg Press", "-note")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(format: str, encoding: str, ends: str) -> None:
    text = SMALL[format]
    written = text.replace("\n", ends).encode(encoding)
    assert read(written, format, "kg") == read(text, format, "kg")


def test_a_note_may_go_over_lines() -> None:
    row = '2024-07-22 17:45:06,Legs,1h,Leg Press,{},100,12,0,0,"one\r\ntwo ""2""",,'
    log = strong(row.format(1), row.format(2))
    assert [one.line for one in sets(log)] == [2, 4]
    assert sets(log)[0].notes == 'one\r\ntwo "2"'


@pytest.mark.parametrize("format", FORMATS)
def test_another_kind_of_file_is_refused_and_recognised(format: str) -> None:
    for other, text in SMALL.items():
        if other != format:
            with pytest.raises(NotCsv, match=rf"not those of {format}: .*It looks like {other}\."):
                read(text, format, "kg")
    for nothing in ("", "\n\n", "just words", "a,b\n1,2\n", "\x00\x01\x02"):
        with pytest.raises(NotCsv):
            read(nothing, format, "kg")
    with pytest.raises(NotCsv, match="UTF-8 or UTF-16"):
        read(b"\x89PNG\r\n\x1a\n\xff\xd8", format, "kg")


def test_too_many_rows_are_refused() -> None:
    read(FITNOTES, "fitnotes", max_rows=5)
    with pytest.raises(RowLimitExceeded):
        read(FITNOTES, "fitnotes", max_rows=4)


STRAY = {
    "it never ends": '"open,,',
    "it ends in another cell": (
        '"open,,\n2024-01-02 10:00:00,Legs,1h,Squat,3,100,5,0,0,"a ""note""",,'
    ),
    "its cell is longer than a cell may be": f'"{"x" * 200_000}",,',
}


@pytest.mark.parametrize("stray", STRAY.values(), ids=STRAY)
def test_a_quote_that_opens_by_mistake_costs_its_own_line(stray: str) -> None:
    good = "2024-01-02 10:00:00,Legs,1h,Squat,{},100,5,0,0,,,"
    bad = f"2024-01-02 10:00:00,Legs,1h,Squat,2,100,5,0,0,{stray}"
    log = strong(good.format(1), bad, *(good.format(n) for n in range(4, 400)))
    assert [one.line for one in log.errors] == [3]
    assert len(sets(log)) == 397 + bad.count("\n")


def test_a_note_is_longer_than_a_row_may_be_or_not() -> None:
    row = '2024-01-02 10:00:00,Legs,1h,Squat,1,100,5,0,0,"{}",,'
    assert sets(strong(row.format("\n" * (MAX_ROW_LINES - 1))))[0].notes == ""
    assert strong(row.format("\n" * MAX_ROW_LINES)).errors[0].line == 2


def survives(content: bytes, format: str) -> None:
    try:
        log = parse_file(content, format, "kg", MAX_INTEGER)[2]
    except (NotCsv, RowLimitExceeded):
        return
    assert all(trouble.line >= 1 and trouble.reason for trouble in log.errors)


@given(st.binary(max_size=200), st.sampled_from(list(FORMATS)))
def test_no_bytes_are_too_odd(content: bytes, format: str) -> None:
    survives(content, format)


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from([
        "", "1", "0", "-1", "1e40", "9" * 40, "1,5", "1.234,5", "W", "Rest Timer", "1h", "10h 5m",
        "3/4/2026", "13/04/2026", "2026-01-01", "2026-01-01T10:00:00Z", "1 Jan 2026, 10:00 pm",
        "0001-01-01", "9999-12-31 23:59:59", "2026-01-01 10:00:00+14:00", "normal", "kg", "mi.",
        '"', "\x00", "99:99", "1:2:3", "2026-01-01 99:99", "٣", "Bodyweight", "1e-40", "inf",
        "#", "### EXERCISE LOGS", "Exercise, Squat", "Set", "reps", "100x5", "--", "n/a",
    ]),
)  # fmt: skip


def header_line(format: str) -> int:
    return read_table(SMALL[format].encode()).header_line


@given(st.sampled_from(list(FORMATS)), st.lists(st.lists(cells, max_size=15), max_size=8))
def test_no_table_is_too_odd(format: str, rows: list[list[str]]) -> None:
    several_tables = not FORMATS[format].required
    lines = SMALL[format].splitlines()
    header = "\n".join(lines if several_tables else lines[: header_line(format)])
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    content = "\n".join([header, *quoted]).encode("utf-8", "replace")
    survives(content, format)
