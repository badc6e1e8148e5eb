"""Turned lines: the lines of a page, rotated so that most text runs from left to right."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sync_server.ocr.parsing.layout.lines import Line, Point
from sync_server.ocr.parsing.layout.slope_field import Slope

CERTAINTY = 1.5
"""Exponent of a length in the weight of its slope."""
STEEP = math.pi / 4
"""Deviation from the page's direction from which on a text runs in another one."""


@dataclass(frozen=True, slots=True)
class TurnedLine:
    """Line with its middle, horizontal extent and height; `slope` is None where unreliable."""

    line: Line
    x: float
    y: float
    left: float
    right: float
    height: float
    slope: float | None


def turn_upright(lines: Iterable[Line]) -> list[TurnedLine]:
    """Lines, rotated by the direction of the page's text."""
    known = list(lines)
    turn = -_angle(known)
    return [_turned(line, math.cos(turn), math.sin(turn)) for line in known]


def own_slopes(turned: Iterable[TurnedLine]) -> list[Slope]:
    """Slopes of the lines themselves."""
    return [
        Slope(one.x, one.y, one.slope, (one.right - one.left) ** CERTAINTY)
        for one in turned
        if one.slope is not None
    ]


def slopes_across(rows: Iterable[Sequence[TurnedLine]]) -> list[Slope]:
    """Slopes from one line to the next of the same row."""
    found = []
    for row in rows:
        for left, right in pairwise(row):
            gap = right.x - left.x
            if gap > 2 * max(left.height, right.height):
                middle = (left.x + right.x) / 2, (left.y + right.y) / 2
                found.append(Slope(*middle, (right.y - left.y) / gap, gap**CERTAINTY))
    return found


def extent_of(turned: Sequence[TurnedLine]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the lines' middles and ends; zeros for none."""
    if not turned:
        return 0.0, 0.0, 0.0, 0.0
    ys = [one.y for one in turned]
    return min(one.left for one in turned), min(ys), max(one.right for one in turned), max(ys)


def _turned(line: Line, cos: float, sin: float) -> TurnedLine:
    corners = [(x * cos - y * sin, x * sin + y * cos) for x, y in line.corners]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    (left, top), (right, other), (below_right, below), (below_left, under) = corners
    across = right - left + below_right - below_left
    down = other - top + below - under
    side = (
        math.hypot(below_left - left, under - top) + math.hypot(below_right - right, below - other)
    ) / 2
    level = across > 0 and abs(math.atan2(down, across)) < STEEP
    # The side is perpendicular to the text; its vertical extent is longer.
    height = side * math.hypot(1.0, down / across) if level else max(ys) - min(ys)
    slope = down / across if level and across > 2 * side else None
    return TurnedLine(line, sum(xs) / 4, sum(ys) / 4, min(xs), max(xs), max(1.0, height), slope)


def _angle(lines: Sequence[Line]) -> float:
    """Text direction in radians; 0 is left to right, pi an upside-down page.

    The sum of all text vectors, corrected by the median deviation of single lines.
    """
    runs = [_run(line) for line in lines]
    across, down = sum(x for x, _ in runs), sum(y for _, y in runs)
    if not across and not down:
        return 0.0
    main = math.atan2(down, across)
    off: list[float] = []
    for line, (x, y) in zip(lines, runs, strict=True):
        deviation = math.remainder(math.atan2(y, x) - main, math.tau)
        # Vertical and square boxes have no reliable direction.
        if abs(deviation) < math.pi / 6:
            off += [deviation] * min(20, max(1, len(line.text)))
    return main + (median(off) if off else 0.0)


def _run(line: Line) -> Point:
    """Vector from the start of a text to its end; zero for short texts, which are unreliable."""
    (left, top), (right, other), _, (below_left, below) = line.corners
    across, down = right - left, other - top
    long = math.hypot(across, down) > 2 * math.hypot(below_left - left, below - top)
    return (across, down) if long else (0.0, 0.0)
