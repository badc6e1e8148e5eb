"""Yazio's diary as its exporter writes it (`nutrition_log.csv`): a line per product."""

from sync_server.imports.csv_table import CsvColumns, CsvTable
from sync_server.imports.formats.diary import DiaryRow, amount_text, named, parse_diary
from sync_server.imports.parsed_file import FoodEntry, ParsedFile

HEADINGS = {
    "date": ("date",),
    "time": ("time",),
    "meal": ("meal",),
    "food": ("product",),
    "grams": ("amount",),
    "serving": ("unit",),
    "portions": ("portions",),
    "energy": ("calories total",),
    "protein": ("protein total",),
    "carbs": ("carbs total",),
    "fat": ("fat total",),
}
REQUIRED = ("date", "meal", "food", "energy")


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""
    return parse_diary(table, columns, max_rows, _entry)


def _entry(row: DiaryRow) -> FoodEntry:
    date, eaten_at = row.moment()
    return FoodEntry(
        row.row.line,
        date,
        named(row, "food"),
        row.nutrients(),
        meal=row.text("meal"),
        grams=row.number("grams"),
        amount=amount_text(row.text("portions"), row.text("serving")),
        eaten_at=eaten_at,
    )
