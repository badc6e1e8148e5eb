"""Garmin Connect's list of activities: one line per activity, which becomes a workout of one set.

Distances are in the account's unit, which the file does not name; those of swims are in metres or
yards.
"""

import datetime

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.grouping import group_workouts
from sync_server.imports.parsed_file import (
    InvalidLine,
    LoggedSet,
    ParsedFile,
    UnitRequired,
    WorkoutHeader,
)
from sync_server.imports.values import integer, known_number, metres, seconds

HEADINGS = {
    "type": ("activity type",),
    "date": ("date",),
    "title": ("title",),
    "distance": ("distance",),
    "energy": ("calories",),
    "time": ("time", "activity time", "moving time"),
    "elapsed": ("elapsed time",),
    "heart rate": ("avg hr",),
    "maximum": ("max hr",),
    "reps": ("total reps",),
}
REQUIRED = ("type", "date", "title", "distance", "time")
_POOL = {"kg": "m", "lb": "yd"}


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    decimal_comma = table.decimal_comma
    rows = table.rows(columns, max_rows)
    day_first = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))

    def entry(row: CsvRow) -> tuple[WorkoutHeader, LoggedSet]:
        date, started_at = parse_moment(row.text("date"), day_first)
        kind = " ".join(row.text("type").split())
        if not kind:
            raise InvalidLine("The line has no type of activity.")
        duration_s = _seconds(row.text("time"))
        elapsed_s = _seconds(row.text("elapsed")) or duration_s
        ended_at = (
            started_at + datetime.timedelta(seconds=elapsed_s) if started_at and elapsed_s else None
        )
        header = WorkoutHeader(
            date, row.text("title") or kind, started_at, ended_at, _notes(row, decimal_comma)
        )
        reps = known_number(row.text("reps"), decimal_comma=decimal_comma)
        return header, LoggedSet(
            line=row.line,
            exercise=kind,
            reps=integer(str(reps)) if reps else None,
            duration_s=duration_s,
            distance_m=_metres(row, kind, default_unit, decimal_comma),
        )

    return group_workouts(table.rows(columns, max_rows), entry)


def _metres(row: CsvRow, kind: str, default_unit: str | None, decimal_comma: bool) -> float | None:
    distance = known_number(row.text("distance"), decimal_comma=decimal_comma)
    if not distance:
        return None
    if default_unit is None:
        raise UnitRequired
    swim = "swim" in kind.casefold()
    return metres(distance, _POOL[default_unit] if swim else "", default_unit)


def _seconds(text: str) -> float | None:
    return None if text.startswith("--") else seconds(text)


def _notes(row: CsvRow, decimal_comma: bool) -> str:
    """Energy and heart rates, which a workout has no fields for."""
    figures = (
        ("{:g} kcal", "energy"),
        ("average heart rate {:g}", "heart rate"),
        ("maximum heart rate {:g}", "maximum"),
    )
    found = (
        (text, known_number(row.text(name), decimal_comma=decimal_comma)) for text, name in figures
    )
    return ", ".join(text.format(value) for text, value in found if value)
