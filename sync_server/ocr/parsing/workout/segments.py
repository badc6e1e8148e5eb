"""Rows of texts parted where another exercise begins beside the first."""

from collections.abc import Sequence

from sync_server.ocr.parsing.layout.rows import Placed, Row
from sync_server.ocr.parsing.workout.bounds import Unclear
from sync_server.ocr.parsing.workout.names import is_name, marked
from sync_server.ocr.parsing.workout.notation import Notation, read_notation

APART = 4.0
"""Heights of text: names that stand farther apart are of two columns."""


def text_of(pieces: Sequence[Placed]) -> str:
    """What the pieces say, from left to right."""
    return " ".join(piece.text for piece in pieces)


def segments(row: Row, unit: str) -> list[Row]:
    """The row itself, or its parts when more than one exercise with sets stands in it."""
    reads = [_read(piece.text, unit) for piece in row]
    names = [read is not None and is_name(read.name) for read in reads]
    if all(read is not None and not read.sets for read in reads) and _far_apart(row, names):
        return [[piece] for piece in row]
    parts: list[list[Placed]] = []
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
    """Whether several names stand in columns of their own."""
    pairs = zip(row, row[1:], names, names[1:], strict=False)
    return any(
        first and second and right.left - left.right > APART * min(left.height, right.height)
        for left, right, first, second in pairs
    )


def _read(text: str, unit: str) -> Notation | None:
    try:
        return read_notation(marked(text, 0)[1], unit)
    except (Unclear, ValueError):
        return None
