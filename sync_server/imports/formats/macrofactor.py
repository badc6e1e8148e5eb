"""MacroFactor's food log: a line per food with its time; MacroFactor has no meals."""

from sync_server.imports.csv_table import CsvColumns, CsvTable
from sync_server.imports.formats.diary import NUTRIENTS, DiaryRow, amount_text, named, parse_diary
from sync_server.imports.parsed_file import FoodEntry, ParsedFile

HEADINGS = {
    "date": ("date",),
    "time": ("time",),
    "food": ("food name",),
    "serving": ("serving size",),
    "quantity": ("serving qty",),
    "grams": ("serving weight",),
    "energy": ("calories",),
    **NUTRIENTS,
}
REQUIRED = ("date", "food", "serving", "quantity", "energy")


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""
    return parse_diary(table, columns, max_rows, _entry)


def _entry(row: DiaryRow) -> FoodEntry:
    date, eaten_at = row.moment()
    grams = row.number("grams")  # of the whole amount
    return FoodEntry(
        row.row.line,
        date,
        named(row, "food"),
        row.nutrients(),
        grams=grams,
        amount=amount_text(row.text("quantity"), row.text("serving")),
        eaten_at=eaten_at,
    )
