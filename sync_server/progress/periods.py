"""Periods of the calendar: which day, week or month a day belongs to, and runs without a gap."""

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
    """The days that are looked at, both ends included, and how they are put together.

    `first` is None from the beginning of the history on; `last` is None when there is no history.
    Weeks begin on the ISO weekday `week_start`.
    """

    first: datetime.date | None
    last: datetime.date | None
    bucket: Bucket = "day"
    week_start: int = MONDAY

    def told(self) -> dict[str, object]:
        """What an answer says of it."""
        return {"from": text_of(self.first), "to": text_of(self.last), "bucket": self.bucket}

    def start_of(self, day: datetime.date) -> datetime.date:
        """The first day of the period that a day belongs to, which may lie before the window."""
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
        """The values of each period that has any, by its first day; `dated` is in order."""
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
    """So many days before, but not before the calendar begins."""
    return datetime.date.fromordinal(max(day.toordinal() - days, 1))


def text_of(day: datetime.date | None) -> str | None:
    """A day as YYYY-MM-DD."""
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
