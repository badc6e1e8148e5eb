"""MyFitnessPal's nutrition summary, a line per meal; and diaries of its shape, a line per food."""

from sync_server.imports.csv_table import CsvColumns, CsvTable
from sync_server.imports.formats.diary import NUTRIENTS, DiaryRow, named, parse_diary
from sync_server.imports.parsed_file import FoodEntry, ParsedFile

HEADINGS = {
    "date": ("date",),
    "meal": ("meal",),
    "food": ("food", "food name"),
    "energy": ("calories", "energy"),
    **NUTRIENTS,
    "notes": ("note",),
    "other app": ("icon", "product", "group", "units"),
}
REQUIRED = ("date", "meal", "energy")
TOTALS = ("total", "totals", "daily total")


def fits(columns: CsvColumns) -> bool:
    """True unless the columns are those of another app's diary."""
    return "other app" not in columns


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""

    def entry(row: DiaryRow) -> FoodEntry | None:
        if row.text("date").casefold() in TOTALS or row.text("meal").casefold() in TOTALS:
            return None
        date, _ = row.moment()
        by_food = "food" in columns
        return FoodEntry(
            row.row.line,
            date,
            named(row, "food" if by_food else "meal"),
            row.nutrients(),
            "food" if by_food else "meal",
            row.text("meal"),
            notes=row.text("notes"),
        )

    return parse_diary(table, columns, max_rows, entry)
