"""Lines put straight and into rows: what a reader would follow from left to right."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sync_server.ocr.parsing.layout.lines import Line, Point

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
    """The lines as they stand on a page that is turned until its texts run from left to right."""
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
    """Which way the texts run, in radians from left to right: near pi for a page on its head.

    First the way of all letters together, then the median of what each text is off it.
    """
    runs = [_run(line) for line in lines]
    across, down = sum(x for x, _ in runs), sum(y for _, y in runs)
    if not across and not down:
        return 0.0
    main = math.atan2(down, across)
    off: list[float] = []
    for line, (x, y) in zip(lines, runs, strict=True):
        one = math.remainder(math.atan2(y, x) - main, math.tau)
        # What stands upright beside the text, or is as high as wide, tells nothing.
        if abs(one) < math.pi / 6:
            off += [one] * min(20, max(1, len(line.text)))
    return main + (median(off) if off else 0.0)


def _run(line: Line) -> Point:
    """From where a text begins to where it ends; nothing for texts too short to tell."""
    (left, top), (right, other), _, (below_left, below) = line.corners
    across, down = right - left, other - top
    long = math.hypot(across, down) > 2 * math.hypot(below_left - left, below - top)
    return (across, down) if long else (0.0, 0.0)


def _placed(line: Line, cos: float, sin: float) -> Placed:
    xs = [x * cos - y * sin for x, y in line.corners]
    ys = [x * sin + y * cos for x, y in line.corners]
    # Of its two edges from the first corner, whichever goes down.
    height = max(1.0, abs(ys[1] - ys[0]), abs(ys[3] - ys[0]))
    return Placed(line, min(xs), max(xs), sum(ys) / 4, height)
