"""Food diaries: what the apps' tables have in common, one line per food, meal or day."""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.parsed_file import (
    FoodEntry,
    InvalidLine,
    LineError,
    Nutrients,
    ParsedFile,
)
from sync_server.imports.values import known_number

KJ_PER_KCAL = 4.184
TOTAL_OF_DAY = "Total of the day"
NUTRIENTS = {
    "protein": ("protein",),
    "carbs": ("carbs", "carbohydrates", "carbohydrate", "total carbohydrates", "total carbs"),
    "fat": ("fat", "total fat"),
}
"""Headings of macronutrients; net carbohydrates and kinds of fat are other columns."""

_GRAMS = {
    "g": 1.0, "gr": 1.0, "gram": 1.0, "grams": 1.0, "kg": 1000.0, "kilogram": 1000.0,
    "kilograms": 1000.0, "oz": 28.349523125, "ounce": 28.349523125, "ounces": 28.349523125,
    "lb": 453.59237, "lbs": 453.59237, "pound": 453.59237, "pounds": 453.59237,
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9][0-9.,]*) ?([^\W\d_]+)\.?")


_QUOTED_DECIMALS = re.compile(r'"[0-9]+,[0-9]{1,2}"')


def decimal_comma(table: CsvTable) -> bool:
    """True if a lone comma in a number is the decimal sign; `;` separates, or cells show it."""
    return table.decimal_comma or any(map(_QUOTED_DECIMALS.search, table.lines))


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """Row of a diary, with the notation of its numbers and dates."""

    row: CsvRow
    day_first: bool | None
    decimal_comma: bool

    def text(self, name: str) -> str:
        """The cell below a heading; empty for a missing column."""
        return self.row.text(name)

    def number(self, name: str) -> float | None:
        """Number of a cell; None for an unknown value."""
        return known_number(self.row.text(name), decimal_comma=self.decimal_comma)

    def moment(self) -> tuple[datetime.date, datetime.datetime | None]:
        """Day of the line, and the time of eating if the app has one; raises InvalidLine."""
        time = self.row.text("time")
        try:
            return parse_moment(f"{self.row.text('date')} {time}".strip(), self.day_first)
        except InvalidLine:
            if not time:
                raise
        date, _ = parse_moment(self.row.text("date"), self.day_first)
        return date, parse_moment(time, self.day_first)[1] if len(time) > 10 else None

    def nutrients(self) -> Nutrients:
        """Energy and macronutrients of the line; raises InvalidLine for one without energy."""
        energy = self.number("energy")
        if energy is None:
            raise InvalidLine("The line has no energy.")
        if self.row.unit("energy") == "kj":
            energy = round(energy / KJ_PER_KCAL, 2)
        return Nutrients(energy, *map(self.number, NUTRIENTS))


def parse_diary(
    table: CsvTable,
    columns: CsvColumns,
    max_rows: int,
    read: Callable[[DiaryRow], FoodEntry | None],
    *,
    day_first: bool | None = None,
) -> ParsedFile:
    """Entries of a diary; `read` returns None for a line that only repeats others.

    `day_first` is the order of days in the app's dates where the file does not decide it. Raises
    RowLimitExceeded.
    """
    rows = table.rows(columns, max_rows)
    found = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))
    order = day_first if found is None else found
    commas = decimal_comma(table)
    entries: list[FoodEntry] = []
    errors: list[LineError] = []
    for row in table.rows(columns, max_rows):
        try:
            if not isinstance(row, CsvRow):
                raise InvalidLine(row.reason)
            entry = read(DiaryRow(row, order, commas))
        except InvalidLine as error:
            errors.append(LineError(row.line, str(error)))
            continue
        if entry is not None:
            entries.append(entry)
    return ParsedFile(foods=tuple(entries), errors=tuple(errors))


def named(row: DiaryRow, column: str) -> str:
    """Name of the line's food; raises InvalidLine for a line without one."""
    name = " ".join(row.text(column).split())
    if not name:
        raise InvalidLine("The line has no food.")
    return name


def grams_of(quantity: float | None, unit: str) -> float | None:
    """Amount in grams; None for an amount that is no mass."""
    factor = _GRAMS.get(unit.casefold().rstrip("."))
    return None if quantity is None or factor is None else round(quantity * factor, 2)


def split_amount(text: str, *, decimal_comma: bool = False) -> float | None:
    """Grams of an amount as `150.00 g`; None for an amount that is no mass, as `1.00 cup`."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    return grams_of(known_number(match[1], decimal_comma=decimal_comma), match[2])


def amount_text(quantity: str, unit: str) -> str:
    """Amount as text, `1.5 cup`."""
    return " ".join(part for part in (quantity, unit) if part)
