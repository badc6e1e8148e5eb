"""JEFIT's exports: several tables in one file, each below a line as `### EXERCISE LOGS ###`.

A log is an exercise of a session with all its sets as text, `100x5,100x3`, in the account's unit.
Newer files have each set in a table of its own as well, in pounds.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sync_server.imports.csv_table import (
    NO_COLUMNS,
    BrokenRow,
    CsvColumn,
    CsvColumns,
    CsvRow,
    CsvTable,
)
from sync_server.imports.dates import parse_moment
from sync_server.imports.grouping import ReadLine, group_workouts
from sync_server.imports.parsed_file import InvalidLine, LoggedSet, ParsedFile, WorkoutHeader
from sync_server.imports.values import integer, kilograms, metres, number, seconds

SESSIONS, LOGS, SETS = "WORKOUT SESSIONS", "EXERCISE LOGS", "EXERCISE SET LOGS"
CARDIO, SETTINGS = "CARDIO LOGS", "SETTING"
NAME = "Workout"
MAX_DURATION_S = 86_400
_MARKER = re.compile(r"#{3,} *([A-Z][A-Z ]*?) *#*")
_SET = re.compile(r"([0-9.]+)x([0-9.]+)")


@dataclass(slots=True)
class _Tables:
    """Rows of each table, by the title above it."""

    rows: dict[str, list[CsvRow]] = field(default_factory=lambda: defaultdict(list))
    broken: list[BrokenRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Session:
    """Start and end of a session, in UTC, and its day if the file has one."""

    started_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    date: str


def guess_columns(table: CsvTable) -> CsvColumns | None:
    """No columns, if the file has the titles of both tables that make up a log."""
    titles = {match[1] for line in table.lines if (match := _MARKER.fullmatch(line.strip()))}
    return NO_COLUMNS if LOGS in titles else None


def parse(table: CsvTable, _: CsvColumns, default_unit: str | None, max_rows: int) -> ParsedFile:
    """Workouts of the file. Raises UnitRequired, RowLimitExceeded."""
    tables = _tables(table, max_rows)
    unit = _unit(tables.rows[SETTINGS]) or default_unit
    sessions = {row.text("_id"): _session(row) for row in reversed(tables.rows[SESSIONS])}
    sets: dict[str, list[CsvRow]] = defaultdict(list)
    for row in tables.rows[SETS]:
        sets[row.text("exercise_log_id")].append(row)

    def entry(row: CsvRow) -> ReadLine | None:
        if row.line in cardio_lines:
            raise InvalidLine("A cardio log does not name its exercise.")
        own_sets = sets.get(row.text("_id"))
        entries = _from_table(row, own_sets) if own_sets else _from_text(row, unit)
        return (_header(row, sessions), entries) if entries else None

    cardio = tables.rows[CARDIO]
    cardio_lines = {row.line for row in cardio}
    return group_workouts([*tables.broken, *tables.rows[LOGS], *cardio], entry)


def _tables(table: CsvTable, max_rows: int) -> _Tables:
    """Tables of the file; each row has the columns of the header below its table's title."""
    tables = _Tables()
    title, columns = "", NO_COLUMNS
    for row in table.all_rows(max_rows):
        if isinstance(row, BrokenRow):
            tables.broken.append(row)
        elif row.cells[0].startswith("#"):
            match = _MARKER.fullmatch(row.cells[0].strip())
            title, columns = match[1] if match else "", NO_COLUMNS
        elif columns is NO_COLUMNS:
            columns = {
                name.strip().casefold(): CsvColumn(index) for index, name in enumerate(row.cells)
            }
        else:
            tables.rows[title].append(CsvRow(row.line, row.cells, columns))
    return tables


def _unit(settings: Sequence[CsvRow]) -> str | None:
    """Unit of weights in the account's settings; None if they do not name it."""
    texts = (row.text("mass").casefold() for row in settings)
    return next(("kg" if "kg" in text else "lb" for text in texts if text), None)


def _session(row: CsvRow) -> _Session:
    started_at = _time(row.text("starttime") or row.text("starttimie"))
    try:
        took = number(row.text("total_time")) or 0
    except InvalidLine:
        took = 0
    ended_at = _time(row.text("endtime"))
    if started_at and not ended_at and 0 < took <= MAX_DURATION_S:
        ended_at = started_at + datetime.timedelta(seconds=took)
    if not started_at or not ended_at or ended_at < started_at:
        ended_at = None
    return _Session(started_at, ended_at, row.text("mydate"))


def _time(text: str) -> datetime.datetime | None:
    """Moment of a Unix time in seconds; None for 0 and for other text."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**33):
        return None
    return datetime.datetime.fromtimestamp(int(text), datetime.UTC)


def _header(row: CsvRow, sessions: Mapping[str, _Session]) -> WorkoutHeader:
    session = sessions.get(row.text("belongsession"))
    text = row.text("mydate") or (session.date if session else "")
    if text:
        date, _ = parse_moment(text)
    elif session and session.started_at:
        start = session.started_at
        return WorkoutHeader(start.date(), NAME, start, session.ended_at, utc=True)
    else:
        raise InvalidLine("The log has no day, and its session is not in the file.")
    if session is None or session.started_at is None:
        return WorkoutHeader(date, NAME, by_day=True)
    return WorkoutHeader(date, NAME, session.started_at, session.ended_at)


def _from_text(row: CsvRow, unit: str | None) -> list[LoggedSet]:
    """Sets of the text `100x5,100x3`; weight 0 is body weight."""
    sets = []
    for place, text in enumerate(filter(None, row.text("logs").split(","))):
        match = _SET.fullmatch(text.strip())
        if match is None:
            raise InvalidLine(f"“{text[:40]}” is not a set.")
        weight, reps = number(match[1]), integer(match[2])
        if not weight and not reps:
            continue
        sets.append(
            LoggedSet(
                line=row.line,
                exercise=row.text("ename"),
                order=str(place),
                reps=reps,
                # Converted from pounds by the app: 64.9998 was entered as 65.
                weight_kg=kilograms(weight and round(weight, 2), "", unit),
            )
        )
    return sets


def _from_table(row: CsvRow, sets: Sequence[CsvRow]) -> list[LoggedSet]:
    """Sets of their own table."""
    logged = (
        LoggedSet(
            line=one.line,
            exercise=row.text("ename"),
            order=one.text("set_index"),
            reps=integer(one.text("reps")),
            weight_kg=kilograms(number(one.text("weight_lbs")), "lb", None),
            duration_s=seconds(one.text("duration")),
            distance_m=metres(number(one.text("distance_mi")), "mi", None),
        )
        for one in sets
    )
    return [one for one in logged if one.reps or one.weight_kg or one.duration_s or one.distance_m]
