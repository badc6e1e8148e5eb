"""Notations of sets, each with the sets that it means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.ocr.reading.drafts import SetDraft
from sync_server.ocr.reading.bounds import MOST, MOST_SETS, Unclear
from sync_server.ocr.reading.notation import read_notation

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
    "WU 40x10, 60x8, 80x5": [*sets(1, kind="warmup", weight_kg=40, reps=10), *loads((60, 8), (80, 5))],
    "60x10 > 40x8": [*loads((60, 10)), *loads((40, 8), kind="drop")],
    "60x10 drop 40x8": [*loads((60, 10)), *loads((40, 8), kind="drop")],
    "60x10 -> 40x8 -> 20x12": [*loads((60, 10)), *loads((40, 8), (20, 12), kind="drop")],
    "3xAMRAP": sets(3, kind="failure"),
    "3 x max BW": sets(3, kind="failure", bodyweight=True),
    "50kg x AMRAP": sets(1, kind="failure", weight_kg=50),
    "3x10 per side 20kg": sets(3, reps=10, weight_kg=20),
    "Set 1: 60kg x 10": loads((60, 10)),
    "3x1O @ 6Okg": sets(3, reps=10, weight_kg=60),
    "3xl0 60kg": sets(3, reps=10, weight_kg=60),
    "３×１０ ＠ ６０kg": sets(3, reps=10, weight_kg=60),
}  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_a_notation_means_these_sets(text: str) -> None:
    read = read_notation(text)
    assert (list(read.sets), read.name) == (WRITTEN[text], "")


@pytest.mark.parametrize("text", WRITTEN)
def test_a_name_before_it_changes_nothing(text: str) -> None:
    read = read_notation(f"Bench press {text}")
    assert (list(read.sets), read.name) == (WRITTEN[text], "Bench press")


@pytest.mark.parametrize(
    ("text", "kilograms"), [("3x10 135", 61.23), ("3x10 @ 135", 61.23), ("135x10", 61.23)]
)
def test_a_sheet_in_pounds_means_pounds(text: str, kilograms: float) -> None:
    assert {one.weight_kg for one in read_notation(text, "lb").sets} == {kilograms}


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
    ],
)
def test_what_nobody_could_mean_is_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        read_notation(text)


def test_words_are_no_notation() -> None:
    assert read_notation("Push day A").sets == ()
    assert read_notation("60s plank").name == "plank"


@given(st.text(alphabet="0123456789 xX@/-,.:+kglbsmRPEBW\"'>set×#", max_size=30))
def test_any_text_is_read_within_bounds_or_unclear(text: str) -> None:
    try:
        read = read_notation(text)
    except Unclear:
        return
    assert len(read.sets) <= MOST_SETS
    for one in read.sets:
        for name, most in MOST.items():
            value = getattr(one, name)
            assert value is None or value <= most


@given(
    count=st.integers(1, 10),
    repetitions=st.integers(1, 30),
    weight=st.integers(11, 300),
    form=st.sampled_from(
        ["{n}x{r} @ {w}kg", "{w}kg {n}x{r}", "{n}x{r}x{w}kg", "{n} sets of {r} {w} kg"]
    ),
)
def test_what_is_written_is_read(count: int, repetitions: int, weight: int, form: str) -> None:
    text = form.format(n=count, r=repetitions, w=weight)
    assert list(read_notation(text).sets) == sets(count, reps=repetitions, weight_kg=weight)
