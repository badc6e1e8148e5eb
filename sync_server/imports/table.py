"""A CSV file as rows that know their line: any of the usual delimiters, encodings and line ends."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DELIMITERS = ",;\t"
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
    """A file's text and how it is set."""

    text: str
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
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        while True:
            line = reader.line_num + 1
            row: Row | Broken
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                row = Broken(line, f"Not a row of a CSV file: {error}.")
            else:
                if line == 1 or not any(cells):
                    continue
                row = Row(line, cells, columns)
                if any(cells[width:]):
                    row = Broken(line, f"{len(cells)} cells below {width} headings.")
            count += 1
            if count > most:
                raise TooManyRows
            yield row

    def line_texts(self, lines: set[int], longest: int) -> dict[int, str]:
        """The named lines as they stand in the file, cut to `longest` characters."""
        last = max(lines, default=0)
        found: dict[int, str] = {}
        for number, text in enumerate(io.StringIO(self.text, newline=""), 1):
            if number > last:
                break
            if number in lines:
                found[number] = text.rstrip("\r\n")[:longest]
        return found


def read_table(content: bytes) -> Table:
    """The table in a file; raises NoTable."""
    text = _decoded(content).replace("\0", "")
    headers = {delimiter: _header(text, delimiter) for delimiter in DELIMITERS}
    delimiter = max(headers, key=lambda one: len(headers[one]))
    if len(headers[delimiter]) < 2:
        raise NoTable("The first line is not the header of a CSV file.")
    return Table(text, delimiter, headers[delimiter])


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


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
