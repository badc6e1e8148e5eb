"""The weight's trend against published figures, and the course of other measurements."""

import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.progress.periods import Bucket, Window
from sync_server.progress.trends import (
    metric_progress,
    settled_before,
    slope_a_week,
    weight_progress,
    weight_trend,
)

day = datetime.date.fromisoformat
weights = st.floats(30, 300).map(lambda value: round(value, 1))
series = st.dictionaries(st.dates(day("2020-01-01"), day("2026-12-31")), weights, max_size=40).map(
    lambda found: sorted(found.items())
)


def daily(first: str, *values: float) -> list[tuple[datetime.date, float]]:
    return [(day(first) + datetime.timedelta(days=n), value) for n, value in enumerate(values)]


def shown(found: Any, first: str, last: str, bucket: Bucket = "day", week_start: int = 1) -> Any:
    return weight_progress(Window(day(first), day(last), bucket, week_start), found)


def test_the_trend_is_that_of_the_hackers_diet() -> None:
    # John Walker, The Hacker's Diet, "Calculating Daily Trend": the log of November 1990
    # (https://www.fourmilab.ch/hackdiet/www/subsection1_4_1_0_1.html), in pounds, each day rounded
    # to a tenth and so at most that far off.
    log = daily("1990-10-31", 173.6, 172.5, 171.5, 172.0, 171.5)
    printed = [173.6, 173.5, 173.3, 173.2, 173.0]
    assert weight_trend(log) == pytest.approx(printed, abs=0.1)
    # The same by hand, without rounding: 173.6, then a tenth of the way to each weight.
    assert weight_trend(log)[:3] == pytest.approx([173.6, 173.49, 173.291])


def test_days_without_a_weight_count_in_the_smoothing() -> None:
    # 0.9^3 = 0.729: after three days 27.1 % of the way.
    found = [(day("2028-02-27"), 80.0), (day("2028-03-01"), 90.0)]
    assert weight_trend(found) == pytest.approx([80.0, 82.71])


@given(series)
def test_the_trend_is_what_exact_fractions_say(found: list[tuple[datetime.date, float]]) -> None:
    expected: list[Fraction] = []
    for n, (date, weight) in enumerate(found):
        if n == 0:
            expected.append(Fraction(weight))
        else:
            share = 1 - Fraction(9, 10) ** (date - found[n - 1][0]).days
            expected.append(expected[-1] + share * (Fraction(weight) - expected[-1]))
    assert weight_trend(found) == pytest.approx([float(value) for value in expected])


@given(series, st.dates(day("2020-01-01"), day("2026-12-31")))
def test_a_window_shows_the_line_of_the_whole_history(
    found: list[tuple[datetime.date, float]], first: datetime.date
) -> None:
    settled = settled_before(first)
    assert settled is not None
    seeds = [date for date, _ in found if date <= settled]
    read = [(date, weight) for date, weight in found if not seeds or date >= seeds[-1]]
    whole = shown(found, "2020-01-01", "2026-12-31")["points"]
    part = shown(read, first.isoformat(), "2026-12-31")["points"]
    assert part == [point for point in whole if point["date"] >= first.isoformat()]


def test_a_slope_is_the_least_squares_line() -> None:
    # x = 0, 1, 3 and y = 80, 79, 79: means 4/3 and 238/3; Σxy = -4/3, Σxx = 14/3, so -2/7 a day.
    found = [(day("2026-11-01"), 80.0), (day("2026-11-02"), 79.0), (day("2026-11-04"), 79.0)]
    assert slope_a_week(found) == pytest.approx(-2.0)
    assert slope_a_week(found[:1]) is None
    assert slope_a_week([]) is None


def test_a_week_is_the_mean_of_the_days_that_have_a_weight() -> None:
    # Sunday, Monday, Tuesday. Trends: 80, 80 + 0.1 × 10 = 81, 81 + 0.1 × 9 = 81.9.
    found = daily("2026-11-22", 80.0, 90.0, 90.0)
    answer = shown(found, "2026-11-22", "2026-11-30", "week")
    assert answer == {
        "from": "2026-11-22",
        "to": "2026-11-30",
        "bucket": "week",
        "points": [
            {"date": "2026-11-16", "weight_kg": 80.0, "trend_kg": 80.0, "days_counted": 1},
            {"date": "2026-11-23", "weight_kg": 90.0, "trend_kg": 81.45, "days_counted": 2},
        ],
        "change_kg": 1.9,
        "per_week_kg": 6.65,
        "days_counted": 3,
    }


def test_one_day_has_no_change_and_none_has_no_points() -> None:
    answer = shown(daily("2026-11-22", 80.0), "2026-11-22", "2026-11-22")
    assert (answer["change_kg"], answer["per_week_kg"], answer["days_counted"]) == (None, None, 1)
    nothing = weight_progress(Window(None, None), [])
    assert nothing == {
        "from": None, "to": None, "bucket": "day",
        "points": [], "change_kg": None, "per_week_kg": None, "days_counted": 0,
    }  # fmt: skip


def test_a_metric_has_the_figures_of_the_days_that_have_it() -> None:
    days = [
        (day("2028-01-31"), {"date": "2028-01-31", "steps": 6000, "waist_cm": 82.5}),
        (day("2028-02-01"), {"date": "2028-02-01", "waist_cm": 82.0}),
        (day("2028-02-29"), {"date": "2028-02-29", "steps": 9001}),
    ]
    window = Window(day("2028-01-01"), day("2028-02-29"), "month")
    answer: Any = metric_progress(window, days, ("steps", "sleep_s"))
    assert answer["metrics"] == {
        "steps": {
            "points": [
                {"date": "2028-01-01", "value": 6000, "days_counted": 1},
                {"date": "2028-02-01", "value": 9001, "days_counted": 1},
            ],
            "mean": 7500.5,
            "min": 6000,
            "max": 9001,
            "first": 6000,
            "last": 9001,
            "days_counted": 2,
        },
        "sleep_s": {
            "points": [],
            "mean": None, "min": None, "max": None, "first": None, "last": None,
            "days_counted": 0,
        },
    }  # fmt: skip
