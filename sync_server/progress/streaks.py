"""Streaks: consecutive days or weeks with a record, current and longest."""

import datetime
from collections.abc import Iterable

from sync_server.progress.periods import Window, runs, text_of, week_of

DAY, WEEK = 1, 7


def streaks(
    window: Window, logged: Iterable[datetime.date], trained: Iterable[datetime.date]
) -> dict[str, object]:
    """Response of `/progress/streaks`, from the days with food logs and with workouts."""
    days = sorted(trained)
    weeks = [week_of(day, window.week_start) for day in days]
    return window.to_json() | {
        "as_of": text_of(window.last),
        "week_start": window.week_start,
        "food_log_days": streak(sorted(logged), window.last, DAY),
        "workout_days": streak(days, window.last, DAY),
        "workout_weeks": streak(
            weeks, window.last and week_of(window.last, window.week_start), WEEK
        ),
    }


def streak(
    done: Iterable[datetime.date], as_of: datetime.date | None, step: int
) -> dict[str, object]:
    """Current run, which ends at `as_of` or one step before it, and the longest (latest of equals).

    The period of `as_of` is not over, so its absence breaks no run. All days are the first days of
    periods that are `step` days long; `done` ascends.
    """
    current = longest = None
    for first, last in runs(done, step):
        if longest is None or last - first >= longest[1] - longest[0]:
            longest = first, last
        if as_of is not None and (as_of - last).days <= step:
            current = first, last
    return {"current": _to_json(current, step), "longest": _to_json(longest, step)}


def _to_json(run: tuple[datetime.date, datetime.date] | None, step: int) -> dict[str, object]:
    if run is None:
        return {"length": 0, "from": None, "to": None}
    first, last = run
    return {
        "length": -((first - last).days // step) + 1,
        "from": first.isoformat(),
        "to": last.isoformat(),
    }
