"""Hevy's exports: a line a set, the units in the header, the month in the phone's language."""

from sync_server.imports.csv_table import Columns, Row, Table
from sync_server.imports.dates import moment
from sync_server.imports.parsed_file import Head, Log, LoggedSet, Unreadable, gathered
from sync_server.imports.values import effort, kilograms, metres, number, seconds, whole

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


def read(table: Table, columns: Columns, asked: str | None, most: int) -> Log:
    """The workouts; `asked` is the unit where the header has none. Raises TooManyRows."""
    comma = table.decimal_comma
    noted: tuple[str, ...] = ()

    def entry(row: Row) -> tuple[Head, LoggedSet]:
        nonlocal noted
        date, started_at = moment(row.text("start"))
        ended_at = moment(row.text("end"))[1] if row.text("end") else None
        if not started_at or not ended_at or ended_at.isoformat() < started_at.isoformat():
            ended_at = None
        head = Head(
            date,
            row.text("title") or "Workout",
            started_at,
            ended_at,
            _notes(row.text("description")),
        )
        kind = KINDS.get(row.text("kind").casefold())
        if kind is None:
            raise Unreadable(f"The set type “{row.text('kind')[:40]}” is not known.")
        exercise, notes = row.text("exercise"), _notes(row.text("notes"))
        # Each line of an exercise repeats its note: the first one keeps it.
        before, noted = noted, (*head.key, exercise, notes)
        return head, LoggedSet(
            line=row.line,
            exercise=exercise,
            order=row.text("index"),
            kind=kind,
            reps=whole(row.text("reps"), decimal_comma=comma),
            weight_kg=kilograms(
                number(row.text("weight"), decimal_comma=comma), row.unit("weight"), asked
            ),
            duration_s=seconds(row.text("duration"), decimal_comma=comma),
            distance_m=metres(
                number(row.text("distance"), decimal_comma=comma), row.unit("distance"), asked
            ),
            rpe=effort(row.text("rpe"), decimal_comma=comma),
            superset=whole(row.text("superset")),
            notes="" if noted == before else notes,
        )

    return gathered(table.rows(columns, most), entry)


def _notes(text: str) -> str:
    """Hevy writes line ends within a note as `\\n`."""
    return text.replace("\\n", "\n")
