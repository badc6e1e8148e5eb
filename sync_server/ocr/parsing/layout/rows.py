"""Straightening and row grouping: lines of a photographed page in reading order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sync_server.ocr.parsing.layout.column_lean import Edge, fit_lean
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.slope_field import SlopeField, fit_field
from sync_server.ocr.parsing.layout.turned_lines import (
    TurnedLine,
    extent_of,
    own_slopes,
    slopes_across,
    turn_upright,
)

SAME_ROW = 0.5
"""Share of the smaller height: lines of one row have middles nearer than this."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Line of text with its horizontal extent, middle and height on the straightened page."""

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
    """Text boxes of the lines on the straightened page, where text runs from left to right.

    A page seen from the side or curled is straightened by the slopes of its own lines, then by
    the gaps across its rows, which measure the slope better, and by its columns.
    """
    turned = turn_upright(lines)
    field = fit_field(own_slopes(turned), extent_of(turned))
    boxes = [_text_box(one, field) for one in turned]
    across = slopes_across(_turned_rows(turned, boxes))
    if across:
        field = fit_field([*own_slopes(turned), *across], extent_of(turned))
        boxes = [_text_box(one, field) for one in turned]
    return _without_lean(boxes)


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


def _turned_rows(turned: Sequence[TurnedLine], boxes: Sequence[TextBox]) -> list[list[TurnedLine]]:
    by_line = {id(one.line): one for one in turned}
    return [[by_line[id(box.line)] for box in row] for row in group_rows(boxes)]


def _text_box(one: TurnedLine, field: SlopeField) -> TextBox:
    """Text box of a line, its middle and height where its row crosses the page's centre."""
    middle = field.follow(one.x, one.y, field.center_x)
    above = field.follow(one.x, one.y - one.height / 2, field.center_x)
    below = field.follow(one.x, one.y + one.height / 2, field.center_x)
    return TextBox(one.line, one.left, one.right, middle, max(1.0, below - above))


def _without_lean(boxes: Sequence[TextBox]) -> list[TextBox]:
    """Boxes with their columns upright, all in the scale of the page's centre."""
    edges = [Edge(box.left, box.right, box.middle) for box in boxes]
    lean = fit_lean(edges, median(box.height for box in boxes) if boxes else 1.0)
    return [
        TextBox(
            box.line,
            lean.straight_x(box.left, box.middle),
            lean.straight_x(box.right, box.middle),
            lean.straight_y(box.middle),
            max(1.0, box.height / lean.scale(box.middle)),
        )
        for box in boxes
    ]
