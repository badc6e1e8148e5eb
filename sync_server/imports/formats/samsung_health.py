"""Samsung Health's tables `food_intake`, a line per food, and `nutrition`, a line per meal.

Times are in UTC, with the offset of the phone's clock in a column of its own.
"""

import datetime

from sync_server.imports.csv_table import CsvColumns, CsvTable
from sync_server.imports.dates import parse_moment
from sync_server.imports.formats.diary import NUTRIENTS, DiaryRow, parse_diary
from sync_server.imports.parsed_file import FoodEntry, InvalidLine, ParsedFile


def _names(name: str) -> tuple[str, ...]:
    """Headings of a column, with and without the name of the table."""
    tables = ("com.samsung.health.food intake", "com.samsung.health.nutrition")
    return (name, *(f"{table}.{name}" for table in tables))


HEADINGS = {
    "date": _names("start time"),
    "offset": _names("time offset"),
    "meal": _names("meal type"),
    "food": _names("name"),
    "title": _names("title"),
    "energy": _names("calorie"),
    "protein": _names("protein"),
    "carbs": _names("carbohydrate"),
    "fat": _names("total fat"),
}
REQUIRED = ("date", "offset", "meal", "energy")
MEALS = {
    "100001": "Breakfast",
    "100002": "Lunch",
    "100003": "Dinner",
    "100004": "Morning snack",
    "100005": "Afternoon snack",
    "100006": "Evening snack",
}
assert set(NUTRIENTS) <= set(HEADINGS)


def parse(
    table: CsvTable, columns: CsvColumns, _default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Entries of the file. Raises RowLimitExceeded."""

    def entry(row: DiaryRow) -> FoodEntry:
        eaten_at = _local_time(row)
        meal = MEALS.get(row.text("meal"), "")
        by_food = "fat" not in columns
        name = " ".join((row.text("food") if by_food else row.text("title")).split())
        return FoodEntry(
            row.row.line,
            eaten_at.date(),
            name or meal or "Food",
            row.nutrients(),
            "food" if by_food else "meal",
            meal,
            eaten_at=eaten_at,
        )

    return parse_diary(table, columns, max_rows, entry)


def _local_time(row: DiaryRow) -> datetime.datetime:
    """Start of the meal on the phone's clock, with its offset; raises InvalidLine."""
    _, at = parse_moment(row.text("date"))
    offset = row.text("offset").upper().removeprefix("UTC") or "+0000"
    try:
        zone = datetime.datetime.strptime(offset, "%z").tzinfo
    except ValueError:
        raise InvalidLine(f"“{offset[:40]}” is not an offset from UTC.") from None
    if at is None:
        raise InvalidLine("The line has no time.")
    return at.replace(tzinfo=datetime.UTC).astimezone(zone)
