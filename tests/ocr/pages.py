"""Pages as an engine would read them, drawn with blanks: columns stand where they are written."""

from collections.abc import Sequence

from sync_server.ocr.parsing.layout.lines import Box, Line

LETTER, HEIGHT, LEADING = 12.0, 24.0, 40.0


def page(text: str, size: float = 1.0, turn: float = 0.0) -> list[Line]:
    """A line for each piece of text; two blanks or more part the pieces of a row.

    A row that begins with `#` is of larger letters; `turn` is the slope of the page.
    """
    found = []
    for number, row in enumerate(text.strip("\n").splitlines()):
        large = 1.5 if row.startswith("#") else 1.0
        row = row.removeprefix("#")
        at = 0
        for piece in row.split("  "):
            if piece.strip():
                indent = len(piece) - len(piece.lstrip())
                found.append(_line(piece.strip(), at + indent, number, size * large, turn))
            at += len(piece) + 2
    return found


def _line(text: str, column: int, row: int, size: float, turn: float) -> Line:
    left, top = column * LETTER, row * LEADING + (LEADING - HEIGHT * size) / 2
    right, bottom = left + len(text) * LETTER, top + HEIGHT * size
    points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    one, two, three, four = ((x - turn * y, y + turn * x) for x, y in points)
    return Line(text, 0.98, (one, two, three, four))


def as_lines(texts: Sequence[str], boxes: Sequence[Box]) -> list[Line]:
    """The texts of a drawn page as an engine would box them."""
    return [
        Line(text, 0.98, ((left, top), (right, top), (right, bottom), (left, bottom)))
        for text, (left, top, right, bottom) in zip(texts, boxes, strict=True)
    ]
