"""Rows of a label as one text each, with the place of every character."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync_server.ocr.parsing.label.names import plain
from sync_server.ocr.parsing.layout.rows import Row, TextBox


@dataclass(frozen=True, slots=True)
class LabelRow:
    """Row of a label: the texts of its boxes, two blanks between them, in plain letters."""

    boxes: Sequence[TextBox]
    starts: Sequence[int]
    plain: str

    def x_of(self, start: int, end: int) -> float:
        """Middle of a part of the text in pixels of the straightened page."""
        middle = (start + end) / 2
        box, first = self._at(middle)
        share = (middle - first) / max(1, len(box.text))
        return box.left + min(1.0, max(0.0, share)) * box.width

    def boxes_of(self, start: int, end: int) -> list[TextBox]:
        """Boxes of a part of the text."""
        return [
            box
            for box, first in zip(self.boxes, self.starts, strict=True)
            if first < end and start < first + len(box.text)
        ]

    def _at(self, position: float) -> tuple[TextBox, int]:
        pairs = list(zip(self.boxes, self.starts, strict=True))
        return next((pair for pair in reversed(pairs) if pair[1] <= position), pairs[0])


def label_row(row: Row) -> LabelRow:
    """Text of a row of boxes."""
    text, starts = "", []
    for box in row:
        text += "  " if text else ""
        starts.append(len(text))
        text += plain(box.text)
    return LabelRow(row, starts, text)


def join_rows(rows: Sequence[LabelRow]) -> LabelRow:
    """The rows of a paragraph as one, a blank between them."""
    text, starts = "", list[int]()
    for row in rows:
        text += " " if text else ""
        starts += [len(text) + start for start in row.starts]
        text += row.plain
    return LabelRow([box for row in rows for box in row.boxes], starts, text)
