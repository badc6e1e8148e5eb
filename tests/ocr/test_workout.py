"""Workout sheets: exercises and their sets, in lists and in tables."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.workouts import WorkoutSet
from sync_server.ocr.parsing.drafts import ExerciseDraft, SetDraft, WorkoutDraft
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.workout.bounds import set_fields
from sync_server.ocr.parsing.workout.sheet import parse_workout
from tests.ocr.pages import page


def sheet(text: str, turn: float = 0.0) -> WorkoutDraft:
    return parse_workout(page(text, turn=turn))


def sets_by_exercise(workout: WorkoutDraft) -> list[tuple[str, list[SetDraft]]]:
    return [(item.exercise, list(item.sets)) for item in workout.items]


def unread(workout: WorkoutDraft) -> list[str]:
    return [line.text for line in workout.unread]


def kg(weight: float, *reps: int) -> list[SetDraft]:
    return [SetDraft(weight_kg=weight, reps=count) for count in reps]


SQUAT, BENCH = ("Squat", kg(100, 5, 5, 5)), ("Bench press", kg(60, 10, 10, 10))


@pytest.mark.parametrize("turn", [0.0, 0.08, -0.08])
def test_a_list_of_exercises(turn: float) -> None:
    read = sheet("Squat 3x5 @ 100kg\nBench press    3x10 60kg\n", turn)
    assert sets_by_exercise(read) == [SQUAT, BENCH]
    assert not read.unread


@pytest.mark.parametrize("marks", ["1. {}\n2. {}", "- {}\n- {}", "1) {}\n2) {}", "• {}\n• {}"])
def test_the_marks_of_a_list_are_no_names(marks: str) -> None:
    assert sets_by_exercise(sheet(marks.format("Squat 3x5 100kg", "Bench press 3x10 60kg"))) == [
        SQUAT,
        BENCH,
    ]


def test_titles_and_dates_are_unread() -> None:
    read = sheet("#PUSH DAY\n2026-11-23\nBench press 3x10 60kg\nDrink more water!\n")
    assert sets_by_exercise(read) == [BENCH]
    assert unread(read) == ["PUSH DAY", "2026-11-23", "Drink more water!"]


def test_sets_may_stand_below_their_exercise() -> None:
    read = sheet(
        "Bench press\nSet 1: 60 kg x 10\nSet 2: 60 kg x 10\nSet 3: 60 kg x 10\nSquat\n3x5 100kg\n"
    )
    assert sets_by_exercise(read) == [BENCH, SQUAT]


def test_what_is_said_below_the_sets_is_of_them() -> None:
    ((_, sets),) = sets_by_exercise(sheet("Squat 3x5 100kg\nRPE 8, rest 2 min\n"))
    assert {(one.rpe, one.rest_s) for one in sets} == {(8.0, 120)}


@pytest.mark.parametrize(
    "text",
    [
        "Date 12/10/26",
        "23.11.2026",
        "Bodyweight: 82.5 kg",
        "Start: 18:05",
        "Total 45 min",
        "Day 2 - 3x a week",
        "Week 3",
        "Monday",
    ],
)
def test_what_is_about_the_day_is_no_exercise(text: str) -> None:
    read = sheet(f"Squat 3x5 100kg\n{text}\nBench press 3x10 60kg\n")
    assert sets_by_exercise(read) == [SQUAT, BENCH]
    assert unread(read) == [text]


@pytest.mark.parametrize("rows", ["1 60 10\n2 60 10\n3 60 10", "1. 60kg x 10\n2. 60x10\n3) 60 10"])
def test_sets_may_be_numbered(rows: str) -> None:
    assert sets_by_exercise(sheet(f"Bench press\n{rows}\n")) == [BENCH]


def test_a_weight_may_stand_with_the_name_and_the_sets_below() -> None:
    read = sheet("Bench press 60kg\n3x10\nSquat\n100 kg\n3x5\n")
    assert sets_by_exercise(read)[0] == BENCH
    assert ("Squat", kg(100, 5, 5, 5)) not in sets_by_exercise(read)[:1]


def test_a_remark_below_the_sets_begins_no_exercise() -> None:
    read = sheet("Bench press\n2x10 60kg\nfelt heavy\n60kg x 10\n")
    assert sets_by_exercise(read) == [BENCH]
    assert unread(read) == ["felt heavy"]


def test_what_else_is_said_of_an_exercise_is_in_its_notes() -> None:
    read = sheet("Curl 3x10/leg 20kg, slow\ntempo 3-1-1-0\nSquat 3x5 100kg\n")
    assert [item.notes for item in read.items] == ["slow; /leg; tempo 3-1-1-0", None]
    assert not read.unread


def test_a_list_may_be_numbered_without_points() -> None:
    assert sets_by_exercise(sheet("1 Squat 3x5 100kg\n2 Bench press 3x10 60kg\n")) == [SQUAT, BENCH]


def test_two_exercises_may_stand_side_by_side() -> None:
    read = sheet("Squat 3x5 100kg        Bench press 3x10 60kg\n")
    assert sets_by_exercise(read) == [SQUAT, BENCH]


def test_names_side_by_side_are_not_one_name() -> None:
    read = sheet("Squat            Bench press\n3x5 100kg\n")
    assert "Squat Bench press" not in [item.exercise for item in read.items]


@pytest.mark.parametrize(
    "text",
    [
        "A1 Curl 3x10 20kg\nA2 Dips 3x12 BW\nB1 Row 3x8 60kg\nB2 Plank 3x60s\nShrug 3x10 50kg",
        "A1) Curl 3x10 20kg\nA2) Dips 3x12 BW\nB1) Row 3x8 60kg\nB2) Plank 3x60s\nC1) Shrug 3x9",
        "Curl 3x10 20kg\nSS Dips 3x12 BW\nRow 3x8 60kg\n+ Plank 3x60s\nShrug 3x10 50kg",
    ],
)
def test_supersets_are_numbered(text: str) -> None:
    read = sheet(text)
    assert [(item.exercise, item.superset) for item in read.items] == [
        ("Curl", 1), ("Dips", 1), ("Row", 2), ("Plank", 2), ("Shrug", None),
    ]  # fmt: skip


def test_a_heading_joins_what_stands_under_it() -> None:
    read = sheet("Superset:\nCurl 3x10 20kg\nDips 3x12 BW\n")
    assert [item.superset for item in read.items] == [1, 1]


def test_a_gap_ends_what_a_heading_joins() -> None:
    read = sheet("Superset\nCurl 3x10 20kg\nDips 3x12 BW\n\nSquat 3x5 100kg\n")
    assert [item.superset for item in read.items] == [1, 1, None]
    assert "superset" in read.items[0].sources
    assert not read.unread


def test_the_same_marks_on_another_day_are_another_superset() -> None:
    day = "A1 Curl 3x10 20kg\nA2 Dips 3x12 BW\n"
    assert [item.superset for item in sheet(f"{day}Tuesday\n{day}").items] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "said",
    ["All weights in lb", "Weight: lbs", "Units: pounds", "Lift [lb]", "Push day (Ibs)", "lbs"],
)
def test_a_sheet_in_pounds(said: str) -> None:
    ((_, sets),) = sets_by_exercise(sheet(f"{said}\nSquat 1x5 225\n"))
    assert [one.weight_kg for one in sets] == [102.06]


def test_as_many_as_go_in_a_table() -> None:
    table = "Exercise    Sets   Reps\nPull-up     3      max\n"
    assert sets_by_exercise(sheet(table)) == [("Pull-up", [SetDraft(kind="failure")] * 3)]


TABLE = """
Exercise        Sets   Reps    Weight   RPE   Rest
Squat           3      5       100      8     2:00
Bench press     3      10      60       7.5   90
Pull-up         3      8-12    BW             60s
Dips            2      AMRAP   BW+10
Curl            3      12/10/8   20
"""


@pytest.mark.parametrize("turn", [0.0, 0.05, -0.05])
def test_a_table_is_read_by_its_heads(turn: float) -> None:
    read = sheet(TABLE, turn)
    assert sets_by_exercise(read) == [
        ("Squat", [SetDraft(reps=5, weight_kg=100, rpe=8.0, rest_s=120)] * 3),
        ("Bench press", [SetDraft(reps=10, weight_kg=60, rpe=7.5, rest_s=90)] * 3),
        ("Pull-up", [SetDraft(reps_min=8, reps_max=12, bodyweight=True, rest_s=60)] * 3),
        ("Dips", [SetDraft(kind="failure", bodyweight=True, weight_kg=10)] * 2),
        ("Curl", [SetDraft(reps=count, weight_kg=20) for count in (12, 10, 8)]),
    ]
    assert unread(read) == TABLE.split()[:6]


def test_an_empty_cell_shifts_nothing() -> None:
    """An engine does not see a lone dash: what stands right of it keeps its column."""
    read = sheet("""
Exercise      Sets   Reps   Weight   RPE
Plank         3                      7
Squat         3      5               8
Curl          3      10     20
""")
    assert sets_by_exercise(read) == [
        ("Squat", [SetDraft(reps=5, rpe=8.0)] * 3),
        ("Curl", [SetDraft(reps=10, weight_kg=20)] * 3),
    ]
    assert unread(read)[5:] == ["Plank", "3", "7"]


def test_a_count_that_was_overlooked_is_unsure() -> None:
    read = sheet("""
Exercise       Sets   Reps   Weight
Squat                 5      100
Bench press    3      10     60
""")
    assert sets_by_exercise(read) == [("Squat", kg(100, 5)), BENCH]
    assert read.items[0].sources["sets"].confidence == 0
    assert read.items[1].sources["weight_kg"].confidence == 0.98


def test_cells_read_as_one_are_parted() -> None:
    """A piece that spans several heads holds a word for each."""
    *heads, name, values = page("Exercise      Sets Weight Reps\nSquat         3 100 5\n")
    wide = heads[1].box[2] - values.box[2]
    one, two, three, four = ((x + wide * (x > values.box[0]), y) for x, y in values.corners)
    assert sets_by_exercise(
        parse_workout([*heads, name, replace(values, corners=(one, two, three, four))])
    ) == [SQUAT]


def test_a_list_may_follow_a_table() -> None:
    read = sheet("""
Exercise       Sets   Reps   Weight
Squat          3      5      100
Bench press 60x10 60x10 60x10
""")
    assert sets_by_exercise(read) == [SQUAT, BENCH]


def test_a_table_may_have_notes_and_marks() -> None:
    read = sheet("""
#     Exercise       Sets x Reps    Weight    Notes
A1    Squat          3x5            100       belt
A2    Bench press    3x10           60
""")
    assert sets_by_exercise(read) == [SQUAT, BENCH]
    assert [(item.superset, item.notes) for item in read.items] == [(1, "belt"), (1, None)]


def test_what_people_write_into_tables() -> None:
    read = sheet("""
Exercise                Sets   Reps      Wt (lb)     Tempo
Walking lunge (DB)      3      12/leg    2x35        3-1-1-0
Split squat             2      10 each   40
Squat                   1      5+        225
Press                   3      8-10      95
Row                     2      AMRAP     135
""")
    assert sets_by_exercise(read) == [
        ("Walking lunge (DB)", [SetDraft(reps=12, weight_kg=15.88)] * 3),
        ("Split squat", [SetDraft(reps=10, weight_kg=18.14)] * 2),
        ("Squat", [SetDraft(kind="failure", reps_min=5, weight_kg=102.06)]),
        ("Press", [SetDraft(reps_min=8, reps_max=10, weight_kg=43.09)] * 3),
        ("Row", [SetDraft(kind="failure", weight_kg=61.23)] * 2),
    ]
    notes = [item.notes for item in read.items]
    assert notes == ["12/leg; 2x35; 3-1-1-0", "10 each", None, None, None]


def test_heads_tell_units_of_times_and_lengths() -> None:
    read = sheet("""
Exercise    Time (min)    Distance (km)
Run         30            5
""")
    assert sets_by_exercise(read) == [("Run", [SetDraft(duration_s=1800, distance_m=5000.0)])]


def test_a_table_with_a_column_a_set() -> None:
    read = sheet("""
Exercise       Set 1    Set 2    Set 3
Squat          100x5    100x5    100x5
Bench press    60x10    60x10    60x10
Pull-up        12       10
""")
    assert sets_by_exercise(read) == [
        SQUAT,
        BENCH,
        ("Pull-up", [SetDraft(reps=12), SetDraft(reps=10)]),
    ]


def test_a_table_whose_sets_have_two_columns() -> None:
    read = sheet("""
Exercise       Set 1          Set 2
               kg     reps    kg     reps
Squat          100    5       105    3
""")
    assert sets_by_exercise(read) == [("Squat", [*kg(100, 5), *kg(105, 3)])]


def test_a_table_under_the_name_of_its_exercise() -> None:
    read = sheet("""
Bench press
Set    kg    Reps
1      60    10
2      60    10
3      60    10
Squat
Set    kg    Reps
1      100   5
""")
    assert sets_by_exercise(read) == [BENCH, ("Squat", kg(100, 5))]


def test_the_unit_of_a_head_counts() -> None:
    ((_, sets),) = sets_by_exercise(
        sheet("Exercise    Sets   Reps   Weight (lbs)\nSquat       1      5      225\n")
    )
    assert sets == [SetDraft(reps=5, weight_kg=102.06)]


def test_each_field_says_where_it_was_read() -> None:
    lines = page("Squat    3x5 100kg\n")
    ((item),) = parse_workout(lines).items
    assert item.sources["exercise"].box[0] == 0
    assert item.sources["sets"].box[2] == max(line.box[2] for line in lines)
    assert item.sources["sets"].confidence == 0.98


_POINT = st.tuples(st.floats(-50, 5000), st.floats(-50, 5000))
_UPRIGHT = st.builds(
    lambda column, row: (
        (column * 100.0, row * 40.0), (column * 100.0 + 80, row * 40.0),
        (column * 100.0 + 80, row * 40.0 + 24), (column * 100.0, row * 40.0 + 24),
    ),
    st.integers(0, 5),
    st.integers(0, 6),
)  # fmt: skip
_TEXTS = [
    "3x10 60kg", "Squat", "Exercise", "Sets", "Reps", "Weight", "RPE", "Set 1", "A1 Curl",
    "12", "60", "8-12", "BW+10", "7.3", "60s", "3", "Superset", "rest 90s", "+ Dips", "99999 kg",
    "1 60 10",
]  # fmt: skip
_LINES = st.builds(
    Line,
    st.one_of(st.text(max_size=20), st.sampled_from(_TEXTS)),
    st.floats(0, 1),
    st.one_of(st.tuples(_POINT, _POINT, _POINT, _POINT), _UPRIGHT),
)


@given(st.lists(_LINES, max_size=12))
def test_no_line_is_lost_whatever_is_read(lines: list[Line]) -> None:
    read = parse_workout(lines)
    unread_ones = set(map(id, read.unread))
    assert len(unread_ones) == len(read.unread)
    rest = [line for line in lines if id(line) not in unread_ones]
    assert list(read.unread) == [line for line in lines if id(line) in unread_ones]
    assert bool(rest) == bool(read.items)
    for item in read.items:
        assert all((item.sets, item.exercise, item.sources))
        for seen in item.sources.values():
            assert any(line.box[0] == seen.box[0] for line in rest)
            assert seen.confidence in (0, *(line.score for line in rest))
        for one in item.sets:
            assert _TAKES.load(_record(item, one))


_TAKES = WorkoutSet()


def _record(item: ExerciseDraft, one: SetDraft) -> dict[str, object]:
    """A record of the set, as a client would push it."""
    said = {name: value for name, value in set_fields(one).items() if name in _TAKES.fields}
    ids = dict.fromkeys(("session_id", "exercise_id"), str(UUID(int=1)))
    return {**ids, "exercise_name": item.exercise, "position": 0, **said}
