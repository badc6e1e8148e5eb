"""Strong's exports: one line per set, in three dialects.

The iOS app writes commas and no units, the Android app semicolons and units, and both may write
the header in the phone's language. `Set Order` is a number, or W, D, F for warm-up, drop and
failure sets, or marks a line that only holds the rest after the set above it.
"""

import datetime

from sync_server.imports.csv_table import CsvColumn, CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.grouping import group_workouts
from sync_server.imports.parsed_file import (
    InvalidLine,
    LoggedSet,
    ParsedFile,
    RestLine,
    WorkoutHeader,
)
from sync_server.imports.values import duration, effort, integer, kilograms, metres, number, seconds

HEADINGS = {
    "date": ("date", "日期"),
    "workout": ("workout name", "锻炼名称"),
    "duration": ("duration", "workout duration", "时长"),
    "exercise": ("exercise name", "运动名称"),
    "order": ("set order", "设置顺序"),
    "weight": ("weight", "重量"),
    "weight unit": ("weight unit",),
    "reps": ("reps", "次"),
    "distance": ("distance", "距离"),
    "distance unit": ("distance unit",),
    "seconds": ("seconds", "秒"),
    "notes": ("notes", "备注"),
    "workout notes": ("workout notes", "锻炼备注"),
    "rpe": ("rpe",),
}
REQUIRED = ("date", "exercise", "order", "weight", "reps")
IOS_COLUMNS = (
    "date", "workout", "duration", "exercise", "order", "weight", "reps", "distance", "seconds",
    "notes", "workout notes", "rpe",
)  # fmt: skip
KINDS = {"w": "warmup", "d": "drop", "f": "failure"}
REST = "rest timer"
MAX_DURATION = datetime.timedelta(days=1)


def guess_columns(table: CsvTable) -> CsvColumns | None:
    """Columns of a header in an unknown language, by their order; None if the values do not fit."""
    columns = {name: CsvColumn(index) for index, name in enumerate(IOS_COLUMNS)}
    first = next(iter(table.rows(columns, 1_000_000)), None)
    if len(table.header) != len(IOS_COLUMNS) or not isinstance(first, CsvRow):
        return None
    try:
        parse_moment(first.text("date"))
        for name in ("weight", "reps", "distance", "seconds", "rpe"):
            number(first.text(name))
    except InvalidLine:
        return None
    return columns if _kind(first.text("order")) else None


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    decimal_comma = table.decimal_comma
    rows = table.rows(columns, max_rows)
    day_first = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))

    def entry(row: CsvRow) -> tuple[WorkoutHeader, LoggedSet | RestLine]:
        header, order = _header(row, day_first), row.text("order")
        duration_s = seconds(row.text("seconds"), decimal_comma=decimal_comma)
        reps = integer(row.text("reps"), decimal_comma=decimal_comma)
        weight = number(row.text("weight"), decimal_comma=decimal_comma)
        kind = _kind(order)
        if kind is None:
            if order.casefold() == REST or (order and duration_s and not reps and not weight):
                return header, RestLine(duration_s)
            raise InvalidLine(f"The set order “{order[:40]}” is not known.")
        distance = number(row.text("distance"), decimal_comma=decimal_comma)
        return header, LoggedSet(
            line=row.line,
            exercise=row.text("exercise"),
            order=order.upper(),
            kind=kind,
            reps=reps,
            weight_kg=kilograms(
                weight, row.text("weight unit") or row.unit("weight"), default_unit
            ),
            duration_s=duration_s,
            distance_m=metres(
                distance, row.text("distance unit") or row.unit("distance"), default_unit
            ),
            rpe=effort(row.text("rpe"), decimal_comma=decimal_comma),
            notes=row.text("notes"),
        )

    return group_workouts(table.rows(columns, max_rows), entry)


def _header(row: CsvRow, day_first: bool | None) -> WorkoutHeader:
    date, started_at = parse_moment(row.text("date"), day_first)
    took = duration(row.text("duration")) if started_at else None
    # A duration of days: the workout was never ended in the app.
    ended_at = started_at + took if started_at and took and took <= MAX_DURATION else None
    title = row.text("workout") or "Workout"
    return WorkoutHeader(date, title, started_at, ended_at, row.text("workout notes"))


def _kind(order: str) -> str | None:
    if order.isascii() and order.isdigit():
        return "normal"
    return KINDS.get(order.casefold())
