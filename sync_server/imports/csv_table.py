"""CSV table: rows with their line numbers, for all usual delimiters, encodings and line ends."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sync_server.imports.headings import parse_heading

DELIMITERS = ",;\t"
MAX_ROW_LINES = 100
"""Lines of one row; a longer cell is a quote that opened by mistake."""

_END = "\0"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PREAMBLE = re.compile(r"|#.*|com\.samsung\.[a-z._]+,[0-9]+,[0-9]+")
"""Lines above a header: empty ones, comments, and the name of Samsung's table."""


class NotCsv(Exception):
    """The file is no CSV table of this format; the text is the reason."""


class RowLimitExceeded(Exception):
    """The file has more rows than one import accepts."""


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """Index of a column, and the unit in its heading."""

    index: int
    unit: str = ""


CsvColumns = Mapping[str, CsvColumn]
"""Columns by their heading: lower case, single blanks, without the unit."""

NO_COLUMNS: CsvColumns = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CsvRow:
    """Cells of a row, and the number of its first line, from 1."""

    line: int
    cells: list[str]
    columns: CsvColumns

    def text(self, name: str) -> str:
        """The cell below a heading, stripped; empty for a missing column."""
        column = self.columns.get(name)
        if column is None or column.index >= len(self.cells):
            return ""
        return self.cells[column.index].strip()

    def unit(self, name: str) -> str:
        """The unit in a heading; empty for none."""
        column = self.columns.get(name)
        return column.unit if column else ""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """Rejected line and the reason."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Lines of the file, with their ends; the delimiter, and the header with its line."""

    lines: Sequence[str]
    delimiter: str
    header: list[str]
    header_line: int = 1

    @property
    def decimal_comma(self) -> bool:
        """True if a lone comma in a number is the decimal sign, because `;` separates the cells."""
        return self.delimiter == ";"

    @property
    def columns(self) -> CsvColumns:
        """Columns by heading; the first of two equal headings."""
        columns: dict[str, CsvColumn] = {}
        for index, cell in enumerate(self.header):
            name, unit = parse_heading(cell)
            columns.setdefault(name, CsvColumn(index, unit))
        return columns

    def rows(self, columns: CsvColumns, max_rows: int) -> Iterator[CsvRow | BrokenRow]:
        """Rows below the header, without empty ones; raises RowLimitExceeded."""
        width = len(self.header)
        for row in self.all_rows(max_rows, columns):
            if row.line <= self.header_line:
                continue
            if isinstance(row, CsvRow) and any(row.cells[width:]):
                yield BrokenRow(row.line, f"{len(row.cells)} cells below {width} headings.")
            else:
                yield row

    def all_rows(
        self, max_rows: int, columns: CsvColumns = NO_COLUMNS
    ) -> Iterator[CsvRow | BrokenRow]:
        """Rows of the whole file, without empty ones; raises RowLimitExceeded.

        For files of several tables, in which no single header stands above all rows.
        """
        count = 0
        for line, cells in _split_rows(self.lines, self.delimiter):
            if not any(cells):
                continue
            count += line > self.header_line
            if count > max_rows:
                raise RowLimitExceeded
            yield BrokenRow(line, cells) if isinstance(cells, str) else CsvRow(line, cells, columns)

    def line_text(self, number: int, max_length: int) -> str:
        """The raw line, cut to `max_length` characters; empty in a file without lines."""
        return (
            "" if number > len(self.lines) else self.lines[number - 1].rstrip("\r\n")[:max_length]
        )


NO_TABLE = CsvTable((), ",", [])
"""Table of a file that is none."""


def read_table(content: bytes) -> CsvTable:
    """The table in a file; raises NotCsv."""
    text = _decode(content).replace(_END, "")
    lines = list(io.StringIO(text, newline=""))
    above = next((n for n, line in enumerate(lines) if not _is_preamble(line)), 0)
    headers = {delimiter: _header(lines[above:], delimiter) for delimiter in DELIMITERS}
    delimiter = max(headers, key=lambda candidate: len(headers[candidate]))
    if len(headers[delimiter]) < 2:
        raise NotCsv("The first line is not the header of a CSV file.")
    return CsvTable(lines, delimiter, headers[delimiter], above + 1)


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NotCsv("The file is not text in UTF-8 or UTF-16.") from None


def _is_preamble(line: str) -> bool:
    return _PREAMBLE.fullmatch(line.strip()) is not None


def _header(lines: Sequence[str], delimiter: str) -> list[str]:
    _, cells = next(_split_rows(lines, delimiter), (1, []))
    return [] if isinstance(cells, str) else cells


def _split_rows(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Rows with the number of their first line; a string instead of cells is a rejection reason.

    A quote that opens by mistake rejects its own line only. Otherwise the lines below would
    silently become part of its cell.
    """
    start = 0

    def from_start() -> Iterator[str]:
        for number in range(start, len(lines)):
            if number - start == MAX_ROW_LINES:
                break
            yield lines[number]
        yield _END

    while start < len(lines):
        reason, first = "A quote opens here and does not end.", start
        reader = csv.reader(from_start(), delimiter=delimiter)
        try:
            for cells in reader:
                end = first + reader.line_num
                if cells and cells[-1].endswith(_END):
                    break
                if end - start > 1:
                    _check_quotes(lines[start:end], delimiter)
                yield start + 1, cells
                start = end
        except csv.Error as error:
            reason = f"Not a row of a CSV file: {error}."
        if start < len(lines):
            yield start + 1, reason
            start += 1


def _check_quotes(row: Sequence[str], delimiter: str) -> None:
    """Raise csv.Error if text follows the closing quote of a cell over several lines."""
    next(csv.reader(row, delimiter=delimiter, strict=True))
