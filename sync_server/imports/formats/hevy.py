"""Hevy's exports: one line per set, units in the header, months in the phone's language."""

from sync_server.imports.csv_table import CsvColumns, CsvRow, CsvTable
from sync_server.imports.dates import parse_moment
from sync_server.imports.grouping import group_workouts
from sync_server.imports.parsed_file import InvalidLine, LoggedSet, ParsedFile, WorkoutHeader
from sync_server.imports.values import effort, integer, kilograms, metres, number, seconds

HEADINGS = {
    "title": ("title",),
    "start": ("start time",),
    "end": ("end time",),
    "description": ("description",),
    "exercise": ("exercise title",),
    "superset": ("superset id",),
    "notes": ("exercise notes",),
    "index": ("set index",),
    "kind": ("set type",),
    "weight": ("weight",),
    "reps": ("reps",),
    "distance": ("distance",),
    "duration": ("duration",),
    "rpe": ("rpe",),
}
REQUIRED = ("title", "start", "exercise", "index", "kind", "weight", "reps")
KINDS = {
    "normal": "normal", "": "normal", "warmup": "warmup", "dropset": "drop", "drop": "drop",
    "failure": "failure",
}  # fmt: skip


def parse(
    table: CsvTable, columns: CsvColumns, default_unit: str | None, max_rows: int
) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    decimal_comma = table.decimal_comma
    note: tuple[str, ...] = ()

    def entry(row: CsvRow) -> tuple[WorkoutHeader, LoggedSet]:
        nonlocal note
        header = _header(row)
        kind = KINDS.get(row.text("kind").casefold())
        if kind is None:
            raise InvalidLine(f"The set type “{row.text('kind')[:40]}” is not known.")
        exercise, notes = row.text("exercise"), _notes(row.text("notes"))
        # Each line of an exercise repeats its note: only the first set stores it.
        previous_note, note = note, (*header.key, exercise, notes)
        return header, LoggedSet(
            line=row.line,
            exercise=exercise,
            order=row.text("index"),
            kind=kind,
            reps=integer(row.text("reps"), decimal_comma=decimal_comma),
            weight_kg=kilograms(
                number(row.text("weight"), decimal_comma=decimal_comma),
                row.unit("weight"),
                default_unit,
            ),
            duration_s=seconds(row.text("duration"), decimal_comma=decimal_comma),
            distance_m=metres(
                number(row.text("distance"), decimal_comma=decimal_comma),
                row.unit("distance"),
                default_unit,
            ),
            rpe=effort(row.text("rpe"), decimal_comma=decimal_comma),
            superset=integer(row.text("superset")),
            notes="" if note == previous_note else notes,
        )

    return group_workouts(table.rows(columns, max_rows), entry)


def _header(row: CsvRow) -> WorkoutHeader:
    date, started_at = parse_moment(row.text("start"))
    ended_at = parse_moment(row.text("end"))[1] if row.text("end") else None
    if not started_at or not ended_at or ended_at.isoformat() < started_at.isoformat():
        ended_at = None
    title = row.text("title") or "Workout"
    return WorkoutHeader(date, title, started_at, ended_at, _notes(row.text("description")))


def _notes(text: str) -> str:
    """Hevy writes line ends within a note as `\\n`."""
    return text.replace("\\n", "\n")
