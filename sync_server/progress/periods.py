"""Periods of the calendar: days, weeks, months, and runs of them without a gap."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar, assert_never

Bucket = Literal["day", "week", "month"]
BUCKETS: tuple[Bucket, ...] = ("day", "week", "month")
MONDAY = 1
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Window:
    """Range of days, both ends included, and the period of one point.

    `first` is None from the beginning of the history on; `last` is None when there is no history.
    Weeks begin on the ISO weekday `week_start`.
    """

    first: datetime.date | None
    last: datetime.date | None
    bucket: Bucket = "day"
    week_start: int = MONDAY

    def to_json(self) -> dict[str, object]:
        """JSON members `from`, `to` and `bucket`."""
        return {"from": text_of(self.first), "to": text_of(self.last), "bucket": self.bucket}

    def start_of(self, day: datetime.date) -> datetime.date:
        """First day of the period of a day, possibly before the window."""
        match self.bucket:
            case "day":
                return day
            case "week":
                return week_of(day, self.week_start)
            case "month":
                return day.replace(day=1)
        assert_never(self.bucket)

    def buckets(
        self, dated: Iterable[tuple[datetime.date, _Value]]
    ) -> Iterator[tuple[datetime.date, list[_Value]]]:
        """Values of each non-empty period, by its first day; `dated` is in order."""
        start, values = None, list[_Value]()
        for day, value in dated:
            begins = self.start_of(day)
            if begins != start:
                if start is not None:
                    yield start, values
                start, values = begins, []
            values.append(value)
        if start is not None:
            yield start, values


def week_of(day: datetime.date, week_start: int = MONDAY) -> datetime.date:
    """The first day of a day's week."""
    return earlier(day, (day.isoweekday() - week_start) % 7)


def earlier(day: datetime.date, days: int) -> datetime.date:
    """Day that is `days` earlier, but not before year 1."""
    return datetime.date.fromordinal(max(day.toordinal() - days, 1))


def text_of(day: datetime.date | None) -> str | None:
    """Day as YYYY-MM-DD, or None."""
    return day.isoformat() if day else None


def runs(days: Iterable[datetime.date], step: int) -> Iterator[tuple[datetime.date, datetime.date]]:
    """First and last of each run without a gap; `days` ascend, repeats are one.

    They are the first days of periods that are `step` days long.
    """
    first = last = None
    for day in days:
        if first is None or last is None:
            first = day
        elif (day - last).days > step:
            yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last
