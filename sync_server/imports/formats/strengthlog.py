"""StrengthLog's exports: a block per workout below the line `Workouts`.

A block opens with the workout's name, day and body weight. Each further line is a set: the
exercise, `Set`, the set's number, and pairs of a name and a value.
"""

from collections.abc import Iterator, Mapping, Sequence

from sync_server.imports.csv_table import (
    NO_COLUMNS,
    BrokenRow,
    CsvColumns,
    CsvRow,
    CsvTable,
)
from sync_server.imports.dates import parse_moment
from sync_server.imports.grouping import ReadLine, group_workouts
from sync_server.imports.parsed_file import InvalidLine, LoggedSet, ParsedFile, WorkoutHeader
from sync_server.imports.values import effort, integer, kilograms, number, seconds

MARKER = "workouts"
EXERCISE = "exercise,"
WORKOUT_HEADINGS = ("name", "date")
METRES = {"distancemeter": 1.0, "distancekm": 1000.0}


def guess_columns(table: CsvTable) -> CsvColumns | None:
    """No columns, if the file has the line `Workouts` above the headings of a workout."""
    lines = [line.strip().casefold() for line in table.lines[:100]]
    if MARKER not in lines:
        return None
    below = next((line for line in lines[lines.index(MARKER) + 1 :] if line), "")
    return NO_COLUMNS if tuple(below.split(",")[:2]) == WORKOUT_HEADINGS else None


def parse(table: CsvTable, _: CsvColumns, default_unit: str | None, max_rows: int) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    header: WorkoutHeader | None = None

    def entry(row: CsvRow) -> ReadLine | None:
        nonlocal header
        if not row.cells[0].casefold().startswith(EXERCISE):
            header = None
            header = _header(row.cells, default_unit)
            return None
        if header is None:
            raise InvalidLine("A set with no workout above it.")
        return header, _set(row, default_unit)

    return group_workouts(_below_marker(table, max_rows), entry)


def _below_marker(table: CsvTable, max_rows: int) -> Iterator[CsvRow | BrokenRow]:
    """Rows of the workouts, without headings, dividers and notes."""
    below = False
    for row in table.all_rows(max_rows):
        if isinstance(row, BrokenRow):
            yield row
        elif not below:
            below = [cell.strip().casefold() for cell in row.cells if cell] == [MARKER]
        elif (
            len(row.cells) > 1
            and tuple(cell.strip().casefold() for cell in row.cells[:2]) != WORKOUT_HEADINGS
        ):
            yield row


def _header(cells: Sequence[str], default_unit: str | None) -> WorkoutHeader:
    date, started_at = parse_moment(cells[1].strip())
    weight = number(cells[2].strip()) if len(cells) > 2 else None
    return WorkoutHeader(
        date,
        cells[0].strip() or "Workout",
        started_at,
        bodyweight_kg=kilograms(weight, "", default_unit) if weight and weight > 0 else None,
    )


def _set(row: CsvRow, default_unit: str | None) -> LoggedSet:
    cells = [cell.strip() for cell in row.cells]
    values: Mapping[str, str] = dict(
        zip((name.casefold() for name in cells[3::2]), cells[4::2], strict=False)
    )
    weight = number(values.get("weight", "") or values.get("extraweight", ""))
    distances = [factor * (number(values.get(name, "")) or 0) for name, factor in METRES.items()]
    warmup = values.get("warmup", "").casefold() in ("true", "1", "yes")
    return LoggedSet(
        line=row.line,
        exercise=cells[0][len(EXERCISE) :],
        order=cells[2] if len(cells) > 2 else "",
        kind="warmup" if warmup else "normal",
        reps=integer(values.get("reps", "")),
        weight_kg=kilograms(weight, "", default_unit),
        duration_s=seconds(values.get("time", "")),
        distance_m=max(distances) or None,
        rpe=effort(values.get("rpe", "")),
    )
