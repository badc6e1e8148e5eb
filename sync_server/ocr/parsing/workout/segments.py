"""Segments of a row: one per exercise beside another."""

from collections.abc import Sequence

from sync_server.ocr.parsing.layout.rows import Row, TextBox
from sync_server.ocr.parsing.workout.bounds import AmbiguousText
from sync_server.ocr.parsing.workout.names import is_name, split_mark
from sync_server.ocr.parsing.workout.notation import Notation, parse_notation

MIN_COLUMN_GAP = 4.0
"""Minimum gap, in text heights, between the columns of two names."""


def text_of(pieces: Sequence[TextBox]) -> str:
    """Text of the boxes, from left to right."""
    return " ".join(piece.text for piece in pieces)


def segments(row: Row, unit: str) -> list[Row]:
    """The row itself, or its parts if it holds several exercises with sets."""
    reads = [_read(piece.text, unit) for piece in row]
    names = [read is not None and is_name(read.name) for read in reads]
    if all(read is not None and not read.sets for read in reads) and _far_apart(row, names):
        return [[piece] for piece in row]
    parts: list[list[TextBox]] = []
    with_sets: list[bool] = []
    for piece, read, named in zip(row, reads, names, strict=True):
        has_sets = bool(read and read.sets)
        if not parts or (named and with_sets[-1]):
            parts.append([])
            with_sets.append(False)
        parts[-1].append(piece)
        with_sets[-1] = with_sets[-1] or has_sets
    if len(parts) > 1 and all(with_sets):
        return list(parts)
    return [row]


def _far_apart(row: Row, names: Sequence[bool]) -> bool:
    """True if several names are in separate columns."""
    pairs = zip(row, row[1:], names, names[1:], strict=False)
    return any(
        first
        and second
        and right.left - left.right > MIN_COLUMN_GAP * min(left.height, right.height)
        for left, right, first, second in pairs
    )


def _read(text: str, unit: str) -> Notation | None:
    try:
        return parse_notation(split_mark(text, 0)[1], unit)
    except (AmbiguousText, ValueError):
        return None
