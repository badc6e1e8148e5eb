"""FatSecret's food diary report: an outline below its headings, with levels by leading blanks.

A day has none, a meal one, a food two, and the amount of the food above it three. Headings are in
the language of the account; the order of the columns is the same in all of them.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace

from sync_server.imports.csv_table import NO_COLUMNS, BrokenRow, CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import parse_moment
from sync_server.imports.formats.diary import KJ_PER_KCAL, decimal_comma, split_amount
from sync_server.imports.parsed_file import FoodEntry, InvalidLine, LineError, Nutrients, ParsedFile
from sync_server.imports.values import known_number

ENERGY, FAT, CARBS, PROTEIN = 1, 2, 4, 7
"""Columns of a detailed report; saturated fat, fibre and sugar stand among them."""

_ENERGY = re.compile(r".*\( ?(kcal|kj)\)", re.I)
_GRAMS = re.compile(r"(?:.*[ ,])?([0-9][0-9.,]* ?g)")
"""Amount that ends in grams; one in ounces may be a volume."""

_DAY_NAME = re.compile(r"[^\W\d_]+[., ]+(.+)")


def guess_columns(table: CsvTable) -> CsvColumns | None:
    """No columns, if the file is a report with a line per food."""
    if table.header_line == 1:
        return None
    return NO_COLUMNS if _headings(table) else None


def _headings(table: CsvTable) -> tuple[int, list[str]] | None:
    """Line and cells of the headings above the days."""
    for row in table.all_rows(100):
        if (
            isinstance(row, CsvRow)
            and len(row.cells) > PROTEIN
            and _ENERGY.fullmatch(row.cells[ENERGY])
        ):
            return row.line, row.cells
        if row.line > 100:
            break
    return None


def parse(table: CsvTable, _: CsvColumns, _unit: str | None, max_rows: int) -> ParsedFile:
    """Entries of the report. Raises RowLimitExceeded."""
    line, headings = _headings(table) or (0, [""] * (PROTEIN + 1))
    reader = _Outline("kj" in headings[ENERGY].casefold(), decimal_comma(table))
    for row in table.all_rows(max_rows):
        if row.line <= line:
            continue
        try:
            if isinstance(row, BrokenRow):
                raise InvalidLine(row.reason)
            reader.read(row)
        except InvalidLine as error:
            reader.errors.append(LineError(row.line, str(error)))
    return ParsedFile(foods=tuple(reader.entries), errors=tuple(reader.errors))


class _Outline:
    """Reader of the outline's lines, which knows the day and the meal above each."""

    def __init__(self, kilojoules: bool, commas: bool) -> None:
        self.entries: list[FoodEntry] = []
        self.errors: list[LineError] = []
        self._kilojoules, self._commas = kilojoules, commas
        self._date: datetime.date | None = None
        self._meal = ""
        self._above = False  # true if the line above is a food

    def read(self, row: CsvRow) -> None:
        """Read one line; raises InvalidLine."""
        text = row.cells[0]
        depth = len(text) - len(text.lstrip(" "))
        above, self._above = self._above, False
        if depth == 0:
            self._meal, self._date = "", None
            self._date = _day(text) if any(row.cells[1:]) and not _is_total(text) else None
        elif depth == 1:
            self._meal = text.strip()
        elif depth == 2:
            self.entries.append(self._food(row))
            self._above = True
        elif above:
            self.entries[-1] = _with_amount(self.entries[-1], text.strip(), self._commas)

    def _food(self, row: CsvRow) -> FoodEntry:
        if self._date is None:
            raise InvalidLine("The food has no day above it.")
        energy = _value(row.cells, ENERGY, self._commas)
        if energy is None:
            raise InvalidLine("The line has no energy.")
        return FoodEntry(
            row.line,
            self._date,
            " ".join(row.cells[0].split()),
            Nutrients(
                round(energy / KJ_PER_KCAL, 2) if self._kilojoules else energy,
                *(_value(row.cells, column, self._commas) for column in (PROTEIN, CARBS, FAT)),
            ),
            meal=self._meal,
        )


def _is_total(text: str) -> bool:
    """True for a line below the days, which has their sum."""
    return not any(letter.isdigit() for letter in text)


def _day(text: str) -> datetime.date:
    """Day of `Tuesday, May 1, 2018`, in the languages of `dates`; raises InvalidLine."""
    match = _DAY_NAME.fullmatch(text.strip())
    try:
        return parse_moment(match[1] if match else text)[0]
    except InvalidLine:
        return parse_moment(text)[0]


def _value(cells: Sequence[str], column: int, commas: bool) -> float | None:
    if column >= len(cells):
        return None
    return known_number(cells[column].strip(), decimal_comma=commas)


def _with_amount(entry: FoodEntry, text: str, commas: bool) -> FoodEntry:
    """The food with the amount of the line below, and its grams as in `2 x 1 oz, 56 g`."""
    match = _GRAMS.fullmatch(text)
    grams = split_amount(match[1], decimal_comma=commas) if match else None
    return replace(entry, grams=grams, amount=" ".join(text.split()))
