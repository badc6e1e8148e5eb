"""Lines put straight and into rows: what a reader would follow from left to right."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sync_server.ocr.reading.lines import Line

SAME_ROW = 0.5
"""Of the smaller height: lines whose middles are nearer than this stand in one row."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line as it stands on a page that is not askew: from where to where, and how high."""

    line: Line
    left: float
    right: float
    middle: float
    height: float

    @property
    def text(self) -> str:
        """What it says, without blanks around it."""
        return self.line.text.strip()

    @property
    def width(self) -> float:
        """From its left to its right."""
        return self.right - self.left


Row = Sequence[Placed]


def straightened(lines: Iterable[Line]) -> list[Placed]:
    """The lines on a page turned by the median angle of its texts, each counted by its length."""
    known = list(lines)
    turn = -_angle(known)
    return [_placed(line, math.cos(turn), math.sin(turn)) for line in known]


def rows(placed: Iterable[Placed]) -> list[Row]:
    """The lines from top to bottom in rows, each from left to right."""
    found: list[list[Placed]] = []
    for one in sorted(placed, key=lambda it: it.middle):
        row = next((row for row in reversed(found[-3:]) if _fits(row, one)), None)
        if row is None:
            found.append([one])
        else:
            row.append(one)
    return [sorted(row, key=lambda it: it.left) for row in found]


def _fits(row: Row, one: Placed) -> bool:
    """Whether a line continues a row: level with its nearest piece, and beside all of them."""
    nearest = min(row, key=lambda it: max(it.left - one.right, one.left - it.right))
    height = min(nearest.height, one.height)
    level = abs(nearest.middle - one.middle) <= SAME_ROW * height
    return level and all(min(it.right, one.right) - max(it.left, one.left) < height for it in row)


def _angle(lines: Sequence[Line]) -> float:
    """The slope of the page in radians; 0 for a page without texts long enough to tell."""
    slopes: list[float] = []
    for line in lines:
        (left, top), (right, other), *_ = line.corners
        width = right - left
        # A short text's slope is noise of its corners.
        if width > 2 * abs(line.corners[3][1] - top):
            slopes += [math.atan2(other - top, width)] * min(20, max(1, len(line.text)))
    return median(slopes) if slopes else 0.0


def _placed(line: Line, cos: float, sin: float) -> Placed:
    xs = [x * cos - y * sin for x, y in line.corners]
    ys = [x * sin + y * cos for x, y in line.corners]
    height = max(1.0, (ys[2] + ys[3] - ys[0] - ys[1]) / 2)
    return Placed(line, min(xs), max(xs), sum(ys) / 4, height)
