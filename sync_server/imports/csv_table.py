"""A CSV file as rows that know their line: any of the usual delimiters, encodings and line ends."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

DELIMITERS = ",;\t"
LONGEST_ROW = 100
"""So many lines a row may go over: more is a quote that was never meant to open a cell."""

_END = "\0"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNITS = (
    "kgs?|kilograms?|lbs?|pounds?|km|kilometers?|miles?|mi|m|meters?|metres?|cm|in|inches"
    "|s|secs?|seconds?|min|minutes|%"
)
_WITH_UNIT = re.compile(rf"(.+?)(?: \(({_UNITS})\)| \[({_UNITS})\]| ({_UNITS}))")


class NoTable(Exception):
    """The file is not a table of this kind; the text says what is wrong with it."""


class TooManyRows(Exception):
    """The file has more rows than are taken at once."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column stands, and the unit that its heading names."""

    place: int
    unit: str = ""


Columns = Mapping[str, Column]
"""Columns by their heading: lower case, single blanks, without the unit."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the number of its first line, from 1."""

    line: int
    cells: list[str]
    columns: Columns

    def text(self, name: str) -> str:
        """The cell below a heading without blanks around it; empty when there is none."""
        column = self.columns.get(name)
        if column is None or column.place >= len(self.cells):
            return ""
        return self.cells[column.place].strip()

    def unit(self, name: str) -> str:
        """The unit in a heading, empty when there is none."""
        column = self.columns.get(name)
        return column.unit if column else ""


@dataclass(frozen=True, slots=True)
class Broken:
    """Lines that are no row of this table."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """A file's lines, with their ends, and how they are set."""

    lines: Sequence[str]
    delimiter: str
    header: list[str]

    @property
    def decimal_comma(self) -> bool:
        """Whether a lone comma in a number is a decimal one: it cannot set cells apart here."""
        return self.delimiter == ";"

    @property
    def columns(self) -> Columns:
        """The columns; of two with one heading the first."""
        found: dict[str, Column] = {}
        for place, cell in enumerate(self.header):
            name, unit = heading(cell)
            found.setdefault(name, Column(place, unit))
        return found

    def rows(self, columns: Columns, most: int) -> Iterator[Row | Broken]:
        """Every row below the header but the empty ones; raises TooManyRows."""
        width, count = len(self.header), 0
        for line, cells in _cut(self.lines, self.delimiter):
            if line == 1 or not any(cells):
                continue
            count += 1
            if count > most:
                raise TooManyRows
            if isinstance(cells, str):
                yield Broken(line, cells)
            elif any(cells[width:]):
                yield Broken(line, f"{len(cells)} cells below {width} headings.")
            else:
                yield Row(line, cells, columns)

    def line_text(self, number: int, longest: int) -> str:
        """A line as it stands in the file, cut to `longest` characters."""
        return self.lines[number - 1].rstrip("\r\n")[:longest]


def read_table(content: bytes) -> Table:
    """The table in a file; raises NoTable."""
    text = _decoded(content).replace(_END, "")
    lines = list(io.StringIO(text, newline=""))
    headers = {delimiter: _header(lines, delimiter) for delimiter in DELIMITERS}
    delimiter = max(headers, key=lambda one: len(headers[one]))
    if len(headers[delimiter]) < 2:
        raise NoTable("The first line is not the header of a CSV file.")
    return Table(lines, delimiter, headers[delimiter])


def heading(cell: str) -> tuple[str, str]:
    """A heading's name and unit: `Weight (lbs)` and `weight_lbs` are both `weight`, `lbs`."""
    plain = unicodedata.normalize("NFKC", cell).casefold().replace("_", " ")
    name = " ".join(plain.split())
    found = _WITH_UNIT.fullmatch(name)
    return (found[1], found[2] or found[3] or found[4]) if found else (name, "")


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise NoTable("The file is not text in UTF-8 or UTF-16.") from None


def _header(lines: Sequence[str], delimiter: str) -> list[str]:
    _, cells = next(_cut(lines, delimiter), (1, []))
    return [] if isinstance(cells, str) else cells


def _cut(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each row and the number of its first line; a text in its place says why that is no row.

    A quote that opens by mistake costs the line that it is in: without this it would swallow the
    lines below as a part of its cell, and nobody would hear of it.
    """
    start = 0

    def from_start() -> Iterator[str]:
        for number in range(start, len(lines)):
            if number - start == LONGEST_ROW:
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
                    _check(lines[start:end], delimiter)
                yield start + 1, cells
                start = end
        except csv.Error as error:
            reason = f"Not a row of a CSV file: {error}."
        if start < len(lines):
            yield start + 1, reason
            start += 1


def _check(row: Sequence[str], delimiter: str) -> None:
    """A cell that goes over lines ends with its quote; raises csv.Error when more stands there."""
    next(csv.reader(row, delimiter=delimiter, strict=True))
