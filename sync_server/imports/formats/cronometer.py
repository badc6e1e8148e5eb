"""Cronometer's servings, a line per food; and its daily nutrition, a line per day."""

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.formats.diary import (
    NUTRIENTS,
    TOTAL_OF_DAY,
    DiaryRow,
    amount_text,
    grams_of,
    named,
    parse_diary,
    split_amount,
)
from sync_server.imports.parsed_file import FoodEntry, ParsedFile

HEADINGS = {
    "date": ("day", "date"),
    "time": ("time",),
    "meal": ("group",),
    "food": ("food name",),
    "amount": ("amount",),
    "unit": ("unit",),
    "energy": ("energy",),
    **NUTRIENTS,
    "completed": ("completed",),
    "other": ("exercise", "metric", "meal"),
}
REQUIRED = ("date", "energy")
TOTAL = "total"


def fits(columns: CsvColumns) -> bool:
    """True for one of the two tables of food."""
    food = "food" in columns or "completed" in columns or "meal" in columns
    return food and "other" not in columns


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""
    if "food" in columns:
        return parse_diary(table, columns, max_rows, _serving)
    groups = {
        row.text("date")
        for row in table.rows(columns, max_rows)
        if isinstance(row, CsvRow) and row.text("meal").casefold() not in ("", TOTAL)
    }

    def entry(row: DiaryRow) -> FoodEntry | None:
        group = row.text("meal")
        # The total repeats the groups of its day, if there are any.
        repeated = group.casefold() in ("", TOTAL) and row.text("date") in groups
        return None if repeated else _total(row, "" if group.casefold() == TOTAL else group)

    return parse_diary(table, columns, max_rows, entry)


def _serving(row: DiaryRow) -> FoodEntry:
    date, eaten_at = row.moment()
    amount, unit = row.text("amount"), row.text("unit")
    grams = (
        grams_of(row.number("amount"), unit)
        if unit
        else split_amount(amount, decimal_comma=row.decimal_comma)
    )
    return FoodEntry(
        row.row.line,
        date,
        named(row, "food"),
        row.nutrients(),
        meal=row.text("meal"),
        grams=grams,
        amount="" if grams is not None else amount_text(amount, unit),
        eaten_at=eaten_at,
    )


def _total(row: DiaryRow, group: str) -> FoodEntry | None:
    """Total of a day, or of a group; None for a day on which nothing was logged."""
    date, _ = row.moment()
    if not any(row.number(name) for name in ("energy", *NUTRIENTS)):
        return None
    return FoodEntry(
        row.row.line,
        date,
        group or TOTAL_OF_DAY,
        row.nutrients(),
        "meal" if group else "day",
        group,
    )
