"""Lose It!'s food logs: a line per food; lines of exercises and deleted lines stand among them."""

from sync_server.imports.csv_table import CsvColumns, CsvTable
from sync_server.imports.formats.diary import (
    NUTRIENTS,
    DiaryRow,
    amount_text,
    grams_of,
    named,
    parse_diary,
)
from sync_server.imports.parsed_file import FoodEntry, InvalidLine, ParsedFile

HEADINGS = {
    "date": ("date",),
    "food": ("name",),
    "meal": ("meal", "type"),
    "quantity": ("quantity",),
    "unit": ("units",),
    "energy": ("calories",),
    "deleted": ("deleted",),
    **NUTRIENTS,
}
REQUIRED = ("date", "food", "meal", "quantity", "unit", "energy")
EXERCISE = "exercise"


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""
    # The app writes dates of the United States, whatever the phone's language is.
    return parse_diary(table, columns, max_rows, _entry, day_first=False)


def _entry(row: DiaryRow) -> FoodEntry:
    if row.text("deleted").casefold() in ("true", "1", "yes"):
        raise InvalidLine("The line was deleted in Lose It!.")
    if row.text("meal").casefold() == EXERCISE:
        raise InvalidLine("The line is an exercise, not a food.")
    date, _ = row.moment()
    grams = grams_of(row.number("quantity"), row.text("unit"))
    return FoodEntry(
        row.row.line,
        date,
        named(row, "food"),
        row.nutrients(),
        meal=row.text("meal"),
        grams=grams,
        amount="" if grams is not None else amount_text(row.text("quantity"), row.text("unit")),
    )
