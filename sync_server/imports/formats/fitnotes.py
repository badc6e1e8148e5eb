"""FitNotes' exports: one line per set, days without times, so one workout per day."""

from dataclasses import replace

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import is_day_first, parse_moment
from sync_server.imports.grouping import group_workouts
from sync_server.imports.parsed_file import LoggedSet, LoggedWorkout, ParsedFile, WorkoutHeader
from sync_server.imports.values import integer, kilograms, metres, number, seconds

HEADINGS = {
    "date": ("date",),
    "exercise": ("exercise",),
    "category": ("category",),
    "weight": ("weight",),
    "weight unit": ("weight unit",),
    "reps": ("reps",),
    "distance": ("distance",),
    "distance unit": ("distance unit",),
    "time": ("time",),
    "notes": ("comment", "notes"),
}
REQUIRED = ("date", "exercise", "category", "weight", "reps")


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    decimal_comma = table.decimal_comma
    rows = table.rows(columns, max_rows)
    day_first = is_day_first(row.text("date") for row in rows if isinstance(row, CsvRow))

    def entry(row: CsvRow) -> tuple[WorkoutHeader, LoggedSet]:
        date, _ = parse_moment(row.text("date"), day_first)
        weight = number(row.text("weight"), decimal_comma=decimal_comma)
        distance = number(row.text("distance"), decimal_comma=decimal_comma)
        return WorkoutHeader(date, ""), LoggedSet(
            line=row.line,
            exercise=row.text("exercise"),
            reps=integer(row.text("reps"), decimal_comma=decimal_comma),
            weight_kg=kilograms(
                weight, row.text("weight unit") or row.unit("weight"), default_unit
            ),
            duration_s=seconds(row.text("time"), decimal_comma=decimal_comma),
            distance_m=metres(
                distance, row.text("distance unit") or row.unit("distance"), default_unit
            ),
            notes=row.text("notes"),
            category=row.text("category"),
        )

    parsed = group_workouts(table.rows(columns, max_rows), entry)
    return replace(parsed, workouts=tuple(map(_with_label, parsed.workouts)))


def _with_label(workout: LoggedWorkout) -> LoggedWorkout:
    """Label of a day without a name: its most frequent category."""
    categories = [logged_set.category for logged_set in workout.sets if logged_set.category]
    name = max(dict.fromkeys(categories), key=categories.count, default="Workout")
    return replace(workout, header=replace(workout.header, label=name))
