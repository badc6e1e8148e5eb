"""Notations of sets, each with the sets that it means."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.workouts import WorkoutSet
from sync_server.ocr.parsing.drafts import SetDraft
from sync_server.ocr.parsing.workout.bounds import MAX_SETS, AmbiguousText, set_fields
from sync_server.ocr.parsing.workout.notation import parse_notation

Sets = list[SetDraft]


def sets(count: int = 1, **fields: Any) -> Sets:
    return [SetDraft(**fields)] * count


def reps(*counts: int, **fields: Any) -> Sets:
    return [SetDraft(reps=count, **fields) for count in counts]


def loads(*pairs: tuple[float, int], **fields: Any) -> Sets:
    return [SetDraft(weight_kg=weight, reps=count, **fields) for weight, count in pairs]


WRITTEN: dict[str, Sets] = {
    "3x10 @ 60kg": sets(3, reps=10, weight_kg=60),
    "3 x 10 60 kg": sets(3, reps=10, weight_kg=60),
    "3×10 @60": sets(3, reps=10, weight_kg=60),
    "3X10 62,5kg": sets(3, reps=10, weight_kg=62.5),
    "60kg 3x10": sets(3, reps=10, weight_kg=60),
    "3x10x60": sets(3, reps=10, weight_kg=60),
    "3x10x60kg": sets(3, reps=10, weight_kg=60),
    "60x10x3": sets(3, reps=10, weight_kg=60),
    "5×5 100": sets(5, reps=5, weight_kg=100),
    "100 5x5": sets(5, reps=5, weight_kg=100),
    "5x5 @ 100": sets(5, reps=5, weight_kg=100),
    "5x5 @ 82.5 kg": sets(5, reps=5, weight_kg=82.5),
    "3 10 60": sets(3, reps=10, weight_kg=60),
    "12/10/8": reps(12, 10, 8),
    "12-10-8": reps(12, 10, 8),
    "12,10,8": reps(12, 10, 8),
    "12, 10, 8": reps(12, 10, 8),
    "12/10/8 @ 40kg": reps(12, 10, 8, weight_kg=40),
    "12/10/8 40/45/50 kg": loads((40, 12), (45, 10), (50, 8)),
    "12/10/8 @ 40/45/50": loads((40, 12), (45, 10), (50, 8)),
    "12,10,8 @ 40,45,50": loads((40, 12), (45, 10), (50, 8)),
    "3x10 @ 60/65/70": loads((60, 10), (65, 10), (70, 10)),
    "3x10 @ 60, 65, 70 kg": loads((60, 10), (65, 10), (70, 10)),
    "100 x 5 x 3 sets": sets(3, reps=5, weight_kg=100),
    "60 x 10, 62,5 x 8, 65 x 6": loads((60, 10), (62.5, 8), (65, 6)),
    "60x10, 62,5x8, 65x6": loads((60, 10), (62.5, 8), (65, 6)),
    "60 kg x 10, 62,5 kg x 8": loads((60, 10), (62.5, 8)),
    "3 sets 60 kg 10 reps": sets(3, reps=10, weight_kg=60),
    "10 reps 3 sets 60 kg": sets(3, reps=10, weight_kg=60),
    "4x400m @ 90s": sets(4, distance_m=400, duration_s=90),
    "60斤 x 10": loads((30, 10)),
    "3x10 60кг": sets(3, reps=10, weight_kg=60),
    "60/10": loads((60, 10)),
    "60/10 70/8 80/6": loads((60, 10), (70, 8), (80, 6)),
    "12/10 40/30": loads((40, 12), (30, 10)),
    "12 10 8": reps(12, 10, 8),
    "5 5 5 5 5": reps(5, 5, 5, 5, 5),
    "4 12 10": sets(4, reps=12, weight_kg=10),
    "3x12/10/8": reps(12, 10, 8),
    "3x8-12": sets(3, reps_min=8, reps_max=12),
    "3 x 8-12 @ 20kg": sets(3, reps_min=8, reps_max=12, weight_kg=20),
    "100kg x 5": loads((100, 5)),
    "100x5": loads((100, 5)),
    "100x5, 105x5, 110x3": loads((100, 5), (105, 5), (110, 3)),
    "60x10 70x8 80x6": loads((60, 10), (70, 8), (80, 6)),
    "60 kg x 8 x 3": sets(3, reps=8, weight_kg=60),
    "100 kg for 5": loads((100, 5)),
    "4 sets of 8": sets(4, reps=8),
    "4 sets of 8 reps at 50kg": sets(4, reps=8, weight_kg=50),
    "3 sets x 10 reps": sets(3, reps=10),
    "3 Sätze 10 Wdh 60 kg": sets(3, reps=10, weight_kg=60),
    "3 séries de 12": sets(3, reps=12),
    "3组 10次 60公斤": sets(3, reps=10, weight_kg=60),
    "15 reps": reps(15),
    "3x10 @ 135 lb": sets(3, reps=10, weight_kg=61.23),
    "3x10 135lbs": sets(3, reps=10, weight_kg=61.23),
    "225# x 5": loads((102.06, 5)),
    "BW x 12": sets(1, reps=12, bodyweight=True),
    "3x12 BW": sets(3, reps=12, bodyweight=True),
    "BW 3x12": sets(3, reps=12, bodyweight=True),
    "3x8 BW+10": sets(3, reps=8, bodyweight=True, weight_kg=10),
    "BW+10 3x8": sets(3, reps=8, bodyweight=True, weight_kg=10),
    "3xBW+10x8": sets(3, reps=8, bodyweight=True, weight_kg=10),
    "3x8 BW+10kg": sets(3, reps=8, bodyweight=True, weight_kg=10),
    "3x8 BW + 25 lb": sets(3, reps=8, bodyweight=True, weight_kg=11.34),
    "3x8 BW-20": sets(3, reps=8, bodyweight=True, weight_kg=-20),
    "3x8 +10kg": sets(3, reps=8, bodyweight=True, weight_kg=10),
    "3x8 @ 80kg RPE 8": sets(3, reps=8, weight_kg=80, rpe=8.0),
    "3x8 80kg @8": sets(3, reps=8, weight_kg=80, rpe=8.0),
    "3x8 80kg @RPE8.5": sets(3, reps=8, weight_kg=80, rpe=8.5),
    "3x8 80kg RPE: 7,5": sets(3, reps=8, weight_kg=80, rpe=7.5),
    "3x8 80 kgRPE 8": sets(3, reps=8, weight_kg=80, rpe=8.0),
    "3x8 80kg RIR 2": sets(3, reps=8, weight_kg=80, rir=2),
    "3x8 80kg 2 RIR": sets(3, reps=8, weight_kg=80, rir=2),
    "60s": sets(1, duration_s=60),
    "3x60s": sets(3, duration_s=60),
    "3 x 45 sec": sets(3, duration_s=45),
    "3 x 1:30": sets(3, duration_s=90),
    "2 min": sets(1, duration_s=120),
    "1h 10min": sets(1, duration_s=4200),
    "1'30\"": sets(1, duration_s=90),
    "3 sets 45s": sets(3, duration_s=45),
    "400m": sets(1, distance_m=400),
    "4x400m": sets(4, distance_m=400),
    "5 km": sets(1, distance_m=5000),
    "5 km 25:30": sets(1, distance_m=5000, duration_s=1530),
    "2 mi": sets(1, distance_m=3218.7),
    "3x40m 32kg": sets(3, distance_m=40, weight_kg=32),
    "3x10 60kg rest 90s": sets(3, reps=10, weight_kg=60, rest_s=90),
    "3x10 60kg rest 2:00": sets(3, reps=10, weight_kg=60, rest_s=120),
    "3x10 60kg Rest: 2 min": sets(3, reps=10, weight_kg=60, rest_s=120),
    "3x10 60kg R: 90\"": sets(3, reps=10, weight_kg=60, rest_s=90),
    "3x10 60kg 90s rest": sets(3, reps=10, weight_kg=60, rest_s=90),
    "3x10 60kg Pause 60s": sets(3, reps=10, weight_kg=60, rest_s=60),
    "60x10 70x8 rest 90s": loads((60, 10), (70, 8), rest_s=90),
    "warm-up 2x10 40kg": sets(2, kind="warmup", reps=10, weight_kg=40),
    "2x10 40kg warm up": sets(2, kind="warmup", reps=10, weight_kg=40),
    "WU 40x10, 60x8": [*loads((40, 10), kind="warmup"), *loads((60, 8))],
    "W 40x10": loads((40, 10), kind="warmup"),
    "40kg x 10 (W)": loads((40, 10), kind="warmup"),
    "60x10 > 40x8": [*loads((60, 10)), *loads((40, 8), kind="drop")],
    "60x10 drop 40x8": [*loads((60, 10)), *loads((40, 8), kind="drop")],
    "60x10 -> 40x8 -> 20x12": [*loads((60, 10)), *loads((40, 8), (20, 12), kind="drop")],
    "3xAMRAP": sets(3, kind="failure"),
    "3 x max BW": sets(3, kind="failure", bodyweight=True),
    "50kg x AMRAP": sets(1, kind="failure", weight_kg=50),
    "3x10 per side 20kg": sets(3, reps=10, weight_kg=20),
    "Set 1: 60kg x 10": loads((60, 10)),
    # Counts of sets, repetitions and weights in other orders.
    "3x10@60kg": sets(3, reps=10, weight_kg=60),
    "3x10 - 60kg": sets(3, reps=10, weight_kg=60),
    "3x10 with 60kg": sets(3, reps=10, weight_kg=60),
    "3x10 at 60": sets(3, reps=10, weight_kg=60),
    "3x10 60kg (132 lb)": sets(3, reps=10, weight_kg=60),
    "60kg/132lb 3x10": sets(3, reps=10, weight_kg=60),
    "60 kg, 3 sets, 10 reps": sets(3, reps=10, weight_kg=60),
    "60kg x 10 reps x 3 sets": sets(3, reps=10, weight_kg=60),
    "Sets: 3 Reps: 10 Weight: 60kg": sets(3, reps=10, weight_kg=60),
    "60kg 10/8/6": loads((60, 10), (60, 8), (60, 6)),
    "60 x 10/8/6": loads((60, 10), (60, 8), (60, 6)),
    "60kg: 10, 8, 6": loads((60, 10), (60, 8), (60, 6)),
    "12/10/8 40/45/50": loads((40, 12), (45, 10), (50, 8)),
    "100 x 5, 105 x 5, 110 x 3": loads((100, 5), (105, 5), (110, 3)),
    "60kg 3x10, 70kg 2x8": [*sets(3, reps=10, weight_kg=60), *sets(2, reps=8, weight_kg=70)],
    "60x10 + 40x8": loads((60, 10), (40, 8)),
    "10 x 60kg": loads((60, 10)),
    "10x60kg, 8x70kg": loads((60, 10), (70, 8)),
    "10 @ 60kg": loads((60, 10)),
    "5 @ 100, 5 @ 105": loads((100, 5), (105, 5)),
    "4 x 6-8 reps": sets(4, reps_min=6, reps_max=8),
    "3 sets x 8 to 10 reps": sets(3, reps_min=8, reps_max=10),
    "10x3 100kg": sets(10, reps=3, weight_kg=100),
    # Sets with a number of their own.
    "Set 2 60 10": loads((60, 10)),
    "Satz 1: 60kg x 10": loads((60, 10)),
    "S1: 60x10": loads((60, 10)),
    "#1 60x10": loads((60, 10)),
    "第1组 60kg x 10": loads((60, 10)),
    # As many as go.
    "3xF": sets(3, kind="failure"),
    "60x10 70x6F": [*loads((60, 10)), *loads((70, 6), kind="failure")],
    "3x10 to failure": sets(3, reps=10, kind="failure"),
    "12/10/AMRAP": [*reps(12, 10), SetDraft(kind="failure")],
    "3x5+": [*reps(5, 5), SetDraft(kind="failure", reps_min=5)],
    "60x10 D 40x8": [*loads((60, 10)), *loads((40, 8), kind="drop")],
    "60x10 drop set": loads((60, 10), kind="drop"),
    # What goes into the notes.
    "3x10 60kg tempo 3-1-1-0": sets(3, reps=10, weight_kg=60),
    "3x10 60kg (3-1-1-0)": sets(3, reps=10, weight_kg=60),
    "3x10 60kg @ 3-0-1": sets(3, reps=10, weight_kg=60),
    "5x5 @ 80%": sets(5, reps=5),
    "5x5 @ 75% 1RM": sets(5, reps=5),
    "3x10 60kg RPE 8-9": sets(3, reps=10, weight_kg=60),
    "3x10/leg 20kg": sets(3, reps=10, weight_kg=20),
    "3x10ea 20kg": sets(3, reps=10, weight_kg=20),
    "3x12/leg 2x16 kg": sets(3, reps=12, weight_kg=16),
    "3x12/eg 16 kg": sets(3, reps=12, weight_kg=16),
    "12/leg": reps(12),
    "3x10 @ 2x20kg": sets(3, reps=10, weight_kg=20),
    "3x10 2x35 lb": sets(3, reps=10, weight_kg=15.88),
    "3 x 8-10 2x16kg": sets(3, reps_min=8, reps_max=10, weight_kg=16),
    "2x60kg x 5": sets(2, reps=5, weight_kg=60),
    "EMOM 10 min 5 reps 60kg": sets(10, reps=5, weight_kg=60),
    "5 reps EMOM 8": sets(8, reps=5),
    "E2MOM 10 min: 3 reps 100kg": sets(5, reps=3, weight_kg=100),
    "10 min EMOM 5 reps": sets(10, reps=5),
    "5x3 EMOM 5 min": sets(5, reps=3),
    "5/5/5+": [*reps(5, 5), SetDraft(kind="failure", reps_min=5)],
    "1x5+ 100kg": [SetDraft(kind="failure", reps_min=5, weight_kg=100)],
    "3x10 3-1-1-0": sets(3, reps=10),
    "3x10 31X0": sets(3, reps=10),
    # Rest, time, distance.
    "3x10 60kg, 90s": sets(3, reps=10, weight_kg=60, rest_s=90),
    "3x10 60kg R 90": sets(3, reps=10, weight_kg=60, rest_s=90),
    "3x10 60kg repos 2 min": sets(3, reps=10, weight_kg=60, rest_s=120),
    "60 sec x 3": sets(3, duration_s=60),
    "2x45s/side": sets(2, duration_s=45),
    "4x400m rest 90s": sets(4, distance_m=400, rest_s=90),
    "30min 5km": sets(1, duration_s=1800, distance_m=5000),
    "5km in 25 min": sets(1, duration_s=1500, distance_m=5000),
    "3x8 +10": sets(3, reps=8, bodyweight=True, weight_kg=10),
    # Other languages.
    "3 Sätze à 12 Wdh. mit 40 kg": sets(3, reps=12, weight_kg=40),
    "4 séries x 10 répétitions à 60 kg": sets(4, reps=10, weight_kg=60),
    "3 series de 10 repeticiones con 40 kg": sets(3, reps=10, weight_kg=40),
    "4组×8-12次 20公斤": sets(4, reps_min=8, reps_max=12, weight_kg=20),
    # What engines make of it.
    "3x1S 60kg": sets(3, reps=15, weight_kg=60),
    "SxS 1OO": sets(5, reps=5, weight_kg=100),
    "3xI2 SOkg": sets(3, reps=12, weight_kg=50),
    "2x4 45 1b": sets(2, reps=4, weight_kg=20.41),
    "4x8BW+10": sets(4, reps=8, bodyweight=True, weight_kg=10),
    "3X60S": sets(3, duration_s=60),
    "3x1O @ 6Okg": sets(3, reps=10, weight_kg=60),
    "3xl0 60kg": sets(3, reps=10, weight_kg=60),
    "３×１０ ＠ ６０kg": sets(3, reps=10, weight_kg=60),
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_notation_means_these_sets(text: str) -> None:
    read = parse_notation(text)
    assert (list(read.sets), read.name) == (WRITTEN[text], "")


@pytest.mark.parametrize("text", WRITTEN)
def test_a_name_before_it_changes_nothing(text: str) -> None:
    read = parse_notation(f"Bench press {text}")
    assert (list(read.sets), read.name) == (WRITTEN[text], "Bench press")


@pytest.mark.parametrize(
    ("text", "kilograms"), [("3x10 135", 61.23), ("3x10 @ 135", 61.23), ("135x10", 61.23)]
)
def test_a_sheet_in_pounds_means_pounds(text: str, kilograms: float) -> None:
    assert {one.weight_kg for one in parse_notation(text, "lb").sets} == {kilograms}


@pytest.mark.parametrize(
    "text",
    [
        "3x10 @ 5000kg",
        "99 sets of 10",
        "3x12/10",
        "40/50 kg 12/10/8",
        "3x10 rest 9:00:00",
        "7",
        "1 2",
        "8-12",
        "12x3 100kg",
        "10 @ 60/65/70",
        "100 @ 8",
        "3x10 @ 8/8/9",
        "60 10 8",
        "8 @ 3-1-1-0",
        "3x10 20kg @ 2x15kg",
        "5x11155 lb",
        "4 3x10 60kg",
        "3x10 60kg 3110",
        "RPE 8 3x10 RPE 9",
        "3x10 BW-5000",
        "Squat 3x5 100kg Bench press 3x10 60kg",
    ],
)
def test_what_nobody_could_mean_is_unclear(text: str) -> None:
    with pytest.raises(AmbiguousText):
        parse_notation(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("60s plank", "plank"),
        ("Bench press (close grip) 3x10", "Bench press (close grip)"),
        ("Curl, hammer: 3x10", "Curl, hammer"),
        ("1-arm row 3x10 20kg", "1-arm row"),
        ("45° leg press 3x10 100kg", "45° leg press"),
        ("T-bar row 4x8", "T-bar row"),
        ("Squat5x5 100", "Squat"),
        ("卧推 4x8 60kg", "卧推"),
        ("Pause squat 3x5", "Pause squat"),
    ],
)
def test_the_words_beside_the_sets_are_the_name(text: str, name: str) -> None:
    read = parse_notation(text)
    assert (read.name, read.remarks) == (name, ())
    assert read.sets


def test_all_else_is_a_remark() -> None:
    read = parse_notation("Curl 3x10 60kg tempo 3-1-1-0 per side felt easy")
    assert set(read.remarks) == {"tempo 3-1-1-0", "per side", "felt easy"}


@pytest.mark.parametrize("said", ["RPE 7/8/9", "@ RPE 7/8", "@8-9", "8-9 RPE", "RIR 1-2"])
def test_efforts_of_several_sets_are_a_remark(said: str) -> None:
    read = parse_notation(f"3x5 100kg {said}")
    assert list(read.sets) == sets(3, reps=5, weight_kg=100)
    assert [remark.strip("@ ") for remark in read.remarks] == [said.strip("@ ")]


def test_an_assisted_lift_takes_weight_off() -> None:
    read = parse_notation("Assisted pull-up 3x8 -20kg")
    assert list(read.sets) == sets(3, reps=8, bodyweight=True, weight_kg=-20)


def test_a_text_may_begin_with_the_number_of_its_set() -> None:
    assert list(parse_notation("2 60 10", nth=2).sets) == loads((60, 10))
    assert list(parse_notation("2. 60 kg x 10", nth=2).sets) == loads((60, 10))
    assert list(parse_notation("2 10 60", nth=1).sets) == sets(2, reps=10, weight_kg=60)


def test_what_is_said_without_a_set_is_loose() -> None:
    read = parse_notation("RPE 8, rest 2 min")
    assert (read.sets, dict(read.loose)) == ((), {"rpe": 8.0, "rest_s": 120})


def test_words_are_no_notation() -> None:
    assert parse_notation("Push day A").sets == ()


PIECES = [
    "1", "12", "3", "100", " ", "x", "/", "-", ",", ".", "kg", "BW", "+", "@", "RPE", "sets",
    "reps", "rest ", "A1", "O",
    "S", "l", "'", '"', ":", "max", "F", "%", "per side", "Squat", "RIR", "m",
    "s", "min", ">", "W ", "D ", "tempo ", "组", "次", "(", ")", "Set 1", "AMRAP",
]  # fmt: skip
_TAKES = WorkoutSet()
_IDS = dict.fromkeys(("session_id", "exercise_id"), str(UUID(int=1)))


@given(
    st.one_of(
        st.text(max_size=30),
        st.text(alphabet="0123456789 xX@/-,.:+kglbsmRPEBW\"'>set×#OlSF", max_size=30),
        st.lists(st.sampled_from(list(WRITTEN)), min_size=1, max_size=3).map(" ".join),
        st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    )
)
def test_whatever_is_read_can_be_stored(text: str) -> None:
    try:
        read = parse_notation(text)
    except AmbiguousText:
        return
    assert len(read.sets) <= MAX_SETS
    for one in read.sets:
        said = {name: value for name, value in set_fields(one).items() if name in _TAKES.fields}
        assert _TAKES.load({**_IDS, "position": 0, **said})


SCHEMES = ["{n}x{r}", "{n} X {r}", "{n} × {r}", "{n} sets of {r}", "{n} sets x {r} reps"]
LOADS = ["@ {w}kg", "@{w} kg", "{w}kg", "- {w} KG", "at {w} kgs", "@ {w}"]


@given(
    count=st.integers(1, 10),
    repetitions=st.integers(1, 30),
    weight=st.integers(22, 600).map(lambda halves: halves / 2),
    form=st.one_of(
        st.builds("{} {}".format, st.sampled_from(SCHEMES), st.sampled_from(LOADS)),
        st.sampled_from(["{w}kg {n}x{r}", "{n}x{r}x{w}kg", "{w} kg x {r} x {n}", "{n}x{w}kgx{r}"]),
    ),
    comma=st.booleans(),
)
def test_what_is_written_is_read(
    count: int, repetitions: int, weight: float, form: str, comma: bool
) -> None:
    number = f"{weight:g}".replace(".", "," if comma else ".")
    text = form.format(n=count, r=repetitions, w=number)
    assert list(parse_notation(text).sets) == sets(count, reps=repetitions, weight_kg=weight)


@given(st.lists(st.tuples(st.integers(11, 300), st.integers(1, 30)), min_size=1, max_size=6))
def test_each_set_may_be_written_by_itself(pairs: list[tuple[float, int]]) -> None:
    for form, between in (("{}x{}", " "), ("{} kg x {}", ", "), ("{}×{}", "; ")):
        text = between.join(form.format(weight, count) for weight, count in pairs)
        assert list(parse_notation(text).sets) == loads(*pairs)


@given(st.lists(st.integers(1, 30), min_size=3, max_size=6))
def test_repetitions_may_be_a_list(counts: list[int]) -> None:
    for between in ("/", " / ", "-", ",", ", "):
        assert list(parse_notation(f"Curl {between.join(map(str, counts))}").sets) == reps(*counts)
