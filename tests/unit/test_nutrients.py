"""Targets of nutrients, and the sums of a day."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.formulas.nutrients import Target, day_nutrients, target_adherence, targets_of

DAY = datetime.date(2026, 11, 23)
limits = st.one_of(st.none(), st.floats(0, 1000))


@pytest.mark.parametrize(
    ("actual", "minimum", "maximum", "percent"),
    [
        (15, 30, None, 50),
        (30, 30, None, 100),
        (60, 30, None, 100),
        (5, None, 10, 100),
        (12.5, None, 10, 75),
        (30, None, 10, 0),
        (1, None, 0, 0),
        (0, 0, 0, 100),
        (5, None, None, None),
    ],
)
def test_adherence_worked_by_hand(
    actual: float, minimum: float | None, maximum: float | None, percent: float | None
) -> None:
    assert target_adherence(actual, Target(minimum, maximum)) == percent


@given(st.floats(0, 5000), limits, limits)
def test_adherence_is_a_percentage(
    actual: float, minimum: float | None, maximum: float | None
) -> None:
    percent = target_adherence(actual, Target(minimum, maximum))
    assert (percent is None) == (minimum is None and maximum is None)
    assert percent is None or 0 <= percent <= 100


@given(st.lists(st.integers(1, 30), unique=True), st.integers(1, 30))
def test_the_latest_target_that_has_begun_holds(starts: list[int], day: int) -> None:
    targets = [
        {"nutrient": "iron_mg", "starts_on": f"2026-11-{it:02}", "min": float(it)} for it in starts
    ]
    valid = targets_of(datetime.date(2026, 11, day), targets)
    begun = [it for it in starts if it <= day]
    assert valid == ({"iron_mg": Target(float(max(begun)))} if begun else {})


def test_a_snapshot_without_a_nutrient_does_not_take_the_foods() -> None:
    foods = {"a": {"fiber_g": 10.0, "nutrients": {"iron_mg": 5.0}}}
    logs = [
        {"food_id": "a", "grams": 50},
        {"food_id": "a", "grams": 50, "nutrients": {"iron_mg": 1}},
    ]
    sums = day_nutrients(logs, foods, 0, {})
    assert sums["iron_mg"] == {
        "actual": 3.5, "unknown": 0, "min": None, "max": None, "adherence": None,
    }  # fmt: skip
    assert sums["fiber_g"] == {
        "actual": 5.0, "unknown": 1, "min": None, "max": None, "adherence": None,
    }  # fmt: skip
