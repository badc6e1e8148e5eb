"""CSV text of tables (RFC 4180), with cells that no spreadsheet runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | None
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Sequence[Cell]], *, quote_text: bool = False) -> bytes:
    """Lines of a table in UTF-8; numbers without needless zeros, nothing for None."""
    text = io.StringIO()
    writer = csv.writer(
        text,
        quoting=csv.QUOTE_NONNUMERIC if quote_text else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    )
    writer.writerows([_short(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def harmless(cell: Cell) -> Cell:
    """The cell, with an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def _short(cell: Cell) -> Cell:
    whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15
    return int(cell) if whole and cell is not None else cell
