"""FitNotes' exports: a line a set, days without times, so one workout a day."""

from dataclasses import replace

from sync_server.imports.csv_table import Columns, Row, Table
from sync_server.imports.dates import day_comes_first, moment
from sync_server.imports.parsed_file import Head, Log, LoggedSet, Workout, gathered
from sync_server.imports.values import kilograms, metres, number, seconds, whole

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


def read(table: Table, columns: Columns, asked: str | None, most: int) -> Log:
    """The days; `asked` is the unit where the file has none. Raises UnitNeeded, TooManyRows."""
    comma = table.decimal_comma
    rows = table.rows(columns, most)
    day_first = day_comes_first(row.text("date") for row in rows if isinstance(row, Row))

    def entry(row: Row) -> tuple[Head, LoggedSet]:
        date, _ = moment(row.text("date"), day_first)
        weight = number(row.text("weight"), decimal_comma=comma)
        distance = number(row.text("distance"), decimal_comma=comma)
        return Head(date, ""), LoggedSet(
            line=row.line,
            exercise=row.text("exercise"),
            reps=whole(row.text("reps"), decimal_comma=comma),
            weight_kg=kilograms(weight, row.text("weight unit") or row.unit("weight"), asked),
            duration_s=seconds(row.text("time"), decimal_comma=comma),
            distance_m=metres(distance, row.text("distance unit") or row.unit("distance"), asked),
            notes=row.text("notes"),
            category=row.text("category"),
        )

    log = gathered(table.rows(columns, most), entry)
    return replace(log, workouts=tuple(map(_named, log.workouts)))


def _named(workout: Workout) -> Workout:
    """A day has no name: what was trained most gives it one."""
    categories = [one.category for one in workout.sets if one.category]
    name = max(dict.fromkeys(categories), key=categories.count, default="Workout")
    return replace(workout, head=replace(workout.head, label=name))
