"""Streaks end where a day or a week is missing, yet never because today is not over."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.progress.periods import Window
from sync_server.progress.streaks import streak, streaks

day = datetime.date.fromisoformat
AS_OF = day("2028-03-01")
dates = st.dates(day("2028-02-10"), AS_OF)


def of(*found: str, as_of: datetime.date = AS_OF) -> Any:
    return streak(sorted(map(day, found)), as_of, 1)


def test_a_streak_runs_over_a_leap_day() -> None:
    run = {"length": 3, "from": "2028-02-28", "to": "2028-03-01"}
    assert of("2028-02-28", "2028-02-29", "2028-03-01") == {"current": run, "longest": run}


def test_a_day_that_is_not_over_breaks_nothing() -> None:
    assert of("2028-02-28", "2028-02-29")["current"]["length"] == 2
    assert of("2028-02-27", "2028-02-28")["current"] == {"length": 0, "from": None, "to": None}


def test_of_two_equal_streaks_the_later_is_the_longest() -> None:
    found = of("2028-02-01", "2028-02-02", "2028-02-10", "2028-02-11", "2028-02-20")
    assert found["longest"] == {"length": 2, "from": "2028-02-10", "to": "2028-02-11"}


def test_nothing_done_is_no_streak() -> None:
    none = {"length": 0, "from": None, "to": None}
    answer = streaks(Window(None, None), [], [])
    for name in ("food_log_days", "workout_days", "workout_weeks"):
        assert answer[name] == {"current": none, "longest": none}
    assert answer["as_of"] is None


@pytest.mark.parametrize(
    ("week_start", "length", "first"), [(1, 3, "2026-12-21"), (7, 2, "2026-12-27")]
)
def test_weeks_run_over_the_turn_of_the_year(week_start: int, length: int, first: str) -> None:
    # Sunday of ISO week 52, Friday of week 53, Monday of week 1. With weeks that begin on Sundays
    # the first two are of one week.
    trained = [day("2026-12-27"), day("2027-01-01"), day("2027-01-04")]
    answer: Any = streaks(Window(None, day("2027-01-05"), "day", week_start), [], trained)
    weeks = answer["workout_weeks"]
    assert weeks["current"] == weeks["longest"]
    assert (weeks["current"]["length"], weeks["current"]["from"]) == (length, first)


def test_a_week_that_is_not_over_breaks_nothing() -> None:
    trained = [day("2026-11-09"), day("2026-11-16")]
    for as_of, length in (("2026-11-29", 2), ("2026-11-30", 0)):
        answer: Any = streaks(Window(None, day(as_of)), [], trained)
        assert answer["workout_weeks"]["current"]["length"] == length


@given(st.lists(dates))
def test_streaks_are_what_counting_day_by_day_says(found: list[datetime.date]) -> None:
    done, one = set(found), datetime.timedelta(days=1)
    longest = run = 0
    for offset in range(30):
        run = run + 1 if day("2028-02-10") + offset * one in done else 0
        longest = max(longest, run)
    end = AS_OF if AS_OF in done else AS_OF - one
    current = 0
    while end in done:
        current, end = current + 1, end - one
    answer: Any = streak(sorted(found), AS_OF, 1)
    assert (answer["current"]["length"], answer["longest"]["length"]) == (current, longest)
