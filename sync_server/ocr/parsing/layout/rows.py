"""Deskewing and row grouping: lines of a photographed page in reading order."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sync_server.ocr.parsing.layout.lines import Line, Point

SAME_ROW = 0.5
"""Share of the smaller height: lines of one row have middles nearer than this."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Line of text with its horizontal extent, middle and height on the deskewed page."""

    line: Line
    left: float
    right: float
    middle: float
    height: float

    @property
    def text(self) -> str:
        """The stripped text."""
        return self.line.text.strip()

    @property
    def width(self) -> float:
        """Horizontal extent in pixels."""
        return self.right - self.left


Row = Sequence[TextBox]


def deskew(lines: Iterable[Line]) -> list[TextBox]:
    """Text boxes of the lines, rotated so that the text runs from left to right."""
    known = list(lines)
    turn = -_angle(known)
    return [_text_box(line, math.cos(turn), math.sin(turn)) for line in known]


def group_rows(boxes: Iterable[TextBox]) -> list[Row]:
    """Rows from top to bottom, each from left to right."""
    grouped: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: box.middle):
        row = next((row for row in reversed(grouped[-3:]) if _fits(row, box)), None)
        if row is None:
            grouped.append([box])
        else:
            row.append(box)
    return [sorted(row, key=lambda box: box.left) for row in grouped]


def _fits(row: Row, box: TextBox) -> bool:
    """True if a box continues a row: level with its nearest box, and beside all of them."""
    nearest = min(row, key=lambda other: max(other.left - box.right, box.left - other.right))
    height = min(nearest.height, box.height)
    level = abs(nearest.middle - box.middle) <= SAME_ROW * height
    overlaps = (min(other.right, box.right) - max(other.left, box.left) for other in row)
    return level and all(overlap < height for overlap in overlaps)


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


def _text_box(line: Line, cos: float, sin: float) -> TextBox:
    xs = [x * cos - y * sin for x, y in line.corners]
    ys = [x * sin + y * cos for x, y in line.corners]
    # The larger vertical extent of the two edges at the first corner.
    height = max(1.0, abs(ys[1] - ys[0]), abs(ys[3] - ys[0]))
    return TextBox(line, min(xs), max(xs), sum(ys) / 4, height)
