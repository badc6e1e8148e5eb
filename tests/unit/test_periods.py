"""Days fall into weeks and months at the calendar's edges as people count them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.progress.periods import BUCKETS, Bucket, Window, runs, week_of

day = datetime.date.fromisoformat
dates = st.dates()


def start(date: str, bucket: Bucket, week_start: int = 1) -> str:
    return Window(None, None, bucket, week_start).start_of(day(date)).isoformat()


def test_week_53_runs_over_the_turn_of_the_year() -> None:
    # 2026 has 53 ISO weeks: the last one begins on 28 December.
    assert day("2026-12-31").isocalendar().week == 53
    for date in ("2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03"):
        assert start(date, "week") == "2026-12-28"
    assert start("2027-01-04", "week") == "2027-01-04"


def test_weeks_begin_when_the_profile_says() -> None:
    assert start("2026-11-23", "week", 7) == "2026-11-22"
    assert start("2026-11-22", "week", 7) == "2026-11-22"
    assert start("2026-11-21", "week", 7) == "2026-11-15"
    assert start("2026-11-23", "week", 6) == "2026-11-21"


def test_a_leap_day_belongs_to_february() -> None:
    assert start("2028-02-29", "month") == "2028-02-01"
    assert start("2028-03-01", "month") == "2028-03-01"
    assert start("2026-12-31", "month") == "2026-12-01"


@given(dates, st.sampled_from(BUCKETS), st.integers(1, 7))
def test_a_period_holds_its_day(date: datetime.date, bucket: Bucket, week_start: int) -> None:
    window = Window(None, None, bucket, week_start)
    begins = window.start_of(date)
    assert begins <= date
    assert window.start_of(begins) == begins
    assert (date - begins).days < {"day": 1, "week": 7, "month": 31}[bucket]


def test_the_first_week_of_the_calendar_is_cut() -> None:
    assert week_of(datetime.date.min, 7) == datetime.date.min


@given(st.lists(dates, max_size=30), st.sampled_from(BUCKETS))
def test_buckets_lose_nothing_and_keep_the_order(
    found: list[datetime.date], bucket: Bucket
) -> None:
    window, ordered = Window(None, None, bucket), sorted(found)
    split = list(window.buckets((date, date) for date in ordered))
    assert [date for _, part in split for date in part] == ordered
    assert len({begins for begins, _ in split}) == len(split)
    assert all(window.start_of(date) == begins for begins, part in split for date in part)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("", ""),
        ("2028-02-28", "2028-02-28..2028-02-28"),
        ("2028-02-28 2028-02-29 2028-02-29 2028-03-01", "2028-02-28..2028-03-01"),
        ("2027-02-28 2027-03-01 2027-03-03", "2027-02-28..2027-03-01 2027-03-03..2027-03-03"),
    ],
)
def test_a_run_ends_where_a_day_is_missing(found: str, expected: str) -> None:
    assert (
        " ".join(f"{first}..{last}" for first, last in runs(map(day, found.split()), 1)) == expected
    )
