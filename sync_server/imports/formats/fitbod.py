"""Fitbod's exports: one line per set; the lines of a day are one workout."""

import datetime
from dataclasses import replace

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.grouping import group_workouts
from sync_server.imports.parsed_file import LoggedSet, ParsedFile, WorkoutHeader
from sync_server.imports.values import integer, kilograms, metres, number, seconds

HEADINGS = {
    "date": ("date",),
    "exercise": ("exercise",),
    "reps": ("reps",),
    "weight": ("weight",),
    "duration": ("duration",),
    "distance": ("distance",),
    "warmup": ("iswarmup",),
    "notes": ("note",),
}
REQUIRED = ("date", "exercise", "reps", "weight", "warmup")


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    decimal_comma = table.decimal_comma
    rows = table.rows(columns, max_rows)
    day_first = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))
    starts: dict[datetime.date, datetime.datetime] = {}

    def entry(row: CsvRow) -> tuple[WorkoutHeader, LoggedSet]:
        date, at = parse_moment(row.text("date"), day_first)
        if at is not None:
            starts[date] = min(starts.get(date, at), at, key=datetime.datetime.isoformat)
        weight = number(row.text("weight"), decimal_comma=decimal_comma)
        distance = number(row.text("distance"), decimal_comma=decimal_comma)
        return WorkoutHeader(date, "", label="Workout", by_day=True), LoggedSet(
            line=row.line,
            exercise=row.text("exercise"),
            kind="warmup" if row.text("warmup").casefold() in ("true", "1", "yes") else "normal",
            reps=integer(row.text("reps"), decimal_comma=decimal_comma),
            weight_kg=kilograms(weight, row.unit("weight"), default_unit),
            duration_s=seconds(row.text("duration"), decimal_comma=decimal_comma),
            distance_m=metres(distance, row.unit("distance"), default_unit),
            notes=row.text("notes"),
        )

    parsed = group_workouts(table.rows(columns, max_rows), entry)
    workouts = (
        replace(one, header=replace(one.header, started_at=starts.get(one.header.date)))
        for one in parsed.workouts
    )
    return replace(parsed, workouts=tuple(workouts))
