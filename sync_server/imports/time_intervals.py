"""Intervals of time from several sources: their union, and counts that no two sources repeat."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import inf

Interval = tuple[float, float]


class Union:
    """Union of intervals, in seconds."""

    def __init__(self) -> None:
        self._bounds = array("d")

    def add(self, start: float, end: float) -> None:
        """Add an interval; one that ends before it starts is ignored."""
        if end > start:
            self._bounds.extend((start, end))

    def length(self) -> float:
        """Length of the union."""
        return sum(end - start for start, end in merged(_pairs(self._bounds)))


class StepCounts:
    """Counts of a day by source, each with its interval.

    Sources repeat each other: a phone and a watch count the same steps. Where intervals overlap,
    the source that sorts first counts; of a later one that part counts which no earlier one covers.
    """

    def __init__(self) -> None:
        self._by_source: dict[str, array[float]] = {}

    def add(self, source: str, start: float, end: float, count: float) -> None:
        """Add a count."""
        values = self._by_source.get(source)
        if values is None:
            values = self._by_source[source] = array("f")
        values.extend((start, end, count))

    def total(self) -> int:
        """Number of steps of the day."""
        covered: list[Interval] = []
        total = 0.0
        for source in sorted(self._by_source):
            values = self._by_source[source]
            found = sorted(zip(values[::3], values[1::3], values[2::3], strict=True))
            total += sum(count * _free_share(start, end, covered) for start, end, count in found)
            covered = merged([*covered, *((start, end) for start, end, _ in found)])
        return round(total)


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Disjoint intervals with the same union, in order."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(result[-1][1], end)
        else:
            result.append((start, end))
    return result


def _free_share(start: float, end: float, covered: list[Interval]) -> float:
    """Share of an interval outside of the covered ones, which are disjoint and in order."""
    place = max(bisect_right(covered, (start, inf)) - 1, 0)
    if end <= start:
        first, last = covered[place] if covered else (inf, inf)
        return float(not first <= start <= last)
    shared = 0.0
    while place < len(covered) and covered[place][0] < end:
        first, last = covered[place]
        shared += max(0.0, min(end, last) - max(start, first))
        place += 1
    return 1 - shared / (end - start)


def _pairs(bounds: "array[float]") -> Iterator[Interval]:
    return zip(bounds[::2], bounds[1::2], strict=True)
