"""Health Connect's export: a zip file with a SQLite database, or the database itself.

Tables and columns are those of Android's HealthFitness module. The database is a stranger's file:
it is opened for reading only, its views are not read, and its values are checked.
"""

import contextlib
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from sync_server.imports.formats.health_connect_types import (
    ASLEEP,
    MANUAL_ENTRY,
    WATCHES,
    exercise_name,
)
from sync_server.imports.formats.health_connect_values import HealthConnectValues, Source
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.recorders import APP, WATCH, recorder_of, short_source

NAME = "health_connect"
MAGIC = b"SQLite format 3\0"
MAX_INFLATED_BYTES = 2 * 1024**3
PIECE_BYTES = 1024 * 1024
MAX_VALUE_BYTES = 1_000_000
BODY = (
    ("weight_record_table", "weight", "weight_kg", 0.001),
    ("body_fat_record_table", "percentage", "body_fat_pct", 1.0),
    ("resting_heart_rate_record_table", "beats_per_minute", "resting_heart_rate_bpm", 1.0),
)
"""Tables of the body: the column, the field here, and its factor (weights are in grams)."""

SESSIONS, SLEEP, STAGES = (
    "exercise_session_record_table", "sleep_session_record_table", "sleep_stages_table",
)  # fmt: skip
STEPS, DISTANCES = "steps_record_table", "distance_record_table"
UNKNOWN = Source(0, "Health Connect", "phone", worn=False)


class NotHealthConnect(Exception):
    """The file is no export of Health Connect; the text is the reason."""


def parse_file(path: Path, max_values: int) -> ParsedFile:
    """Values of an export; raises NotHealthConnect, RowLimitExceeded."""
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
        file.seek(0)
        if head == MAGIC:
            return _parse_database(path, max_values)
        if not zipfile.is_zipfile(file):
            raise NotHealthConnect("The file is no zip file and no SQLite database.")
        file.seek(0)
        with tempfile.NamedTemporaryFile(prefix="trackforge-health-", suffix=".db") as database:
            _extract(file, database)
            return _parse_database(Path(database.name), max_values)


def _extract(file: IO[bytes], database: IO[bytes]) -> None:
    """Write the database of a zip file; raises NotHealthConnect."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = [it for it in archive.infolist() if it.filename.lower().endswith(".db")]
            if not members:
                raise NotHealthConnect("The zip file has no database.")
            largest = max(members, key=lambda it: it.file_size)
            if largest.file_size > MAX_INFLATED_BYTES:
                raise NotHealthConnect(f"The database has more than {MAX_INFLATED_BYTES} bytes.")
            # A member's data ends at the size that its header names.
            with archive.open(largest) as member:
                shutil.copyfileobj(member, database, PIECE_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotHealthConnect(f"The zip file cannot be read: {str(error)[:100]}") from None
    database.flush()


def _parse_database(path: Path, max_values: int) -> ParsedFile:
    values = HealthConnectValues(max_values)
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        ) as db:
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cell_size_check = ON")
            db.text_factory = lambda raw: raw.decode(errors="replace")
            _read(db, values)
    except UnicodeDecodeError:
        # Python reads SQLite's own messages as UTF-8, and they quote what is damaged.
        raise NotHealthConnect("The database cannot be read: it is damaged.") from None
    except (sqlite3.Error, OverflowError) as error:
        raise NotHealthConnect(f"The database cannot be read: {str(error)[:100]}") from None
    return values.parsed()


def _read(db: sqlite3.Connection, values: HealthConnectValues) -> None:
    if not _columns(db, SESSIONS) and not any(_columns(db, table) for table, *_ in BODY):
        raise NotHealthConnect("The database has no tables of Health Connect.")
    sources = _sources(db)
    for table, column, field, factor in BODY:
        for app, at, offset, value in _rows(
            db, table, "app_info_id", "time", "zone_offset", column
        ):
            scaled = value * factor if isinstance(value, int | float) else None
            values.add_body(sources.get(app), field, at, offset, scaled)
    interval = ("app_info_id", "start_time", "end_time", "start_zone_offset")
    for app, start, end, offset, count in _rows(db, STEPS, *interval, "count"):
        values.add_steps(sources.get(app, UNKNOWN), start, end, offset, count)
    _read_sleep(db, values)
    columns = (*interval, "exercise_type", "title", "device_info_id", "recording_method")
    worn = {id for id, type in _rows(db, "device_info_table", "row_id", "device_type")
            if type in WATCHES}  # fmt: skip
    for app, start, end, offset, type, title, device, method in _rows(db, SESSIONS, *columns):
        source = sources.get(app, UNKNOWN)
        if method == MANUAL_ENTRY or device in worn:
            source = source._replace(recorded_by=APP if method == MANUAL_ENTRY else WATCH)
        name = short_source(title) if isinstance(title, str) else ""
        values.add_workout(source, (start, end, offset), exercise_name(type), name)
    values.sort_workouts()
    for app, start, end, _, metres in _rows(db, DISTANCES, *interval, "distance"):
        values.add_distance(sources.get(app, UNKNOWN), start, end, metres)


def _read_sleep(db: sqlite3.Connection, values: HealthConnectValues) -> None:
    """Times asleep: the stages of a session, or the whole of one without any."""
    staged: dict[object, list[tuple[object, object]]] = {}
    columns = ("parent_key", "stage_start_time", "stage_end_time", "stage_type")
    for session, start, end, stage in _rows(db, STAGES, *columns):
        times = staged.setdefault(session, [])
        if stage in ASLEEP:
            times.append((start, end))
    session_columns = ("row_id", "start_time", "end_time", "end_zone_offset")
    for session, start, end, offset in _rows(db, SLEEP, *session_columns):
        for first, last in staged.get(session, [(start, end)]):
            values.add_sleep(first, last, offset)


def _sources(db: sqlite3.Connection) -> dict[object, Source]:
    """Applications by their ids."""
    found: dict[object, Source] = {}
    for id, package, name in _rows(
        db, "application_info_table", "row_id", "package_name", "app_name"
    ):
        known = [text for text in (name, package) if isinstance(text, str) and text.strip()]
        recorder = recorder_of(" ".join(known))
        shown = short_source(known[0]) if known else UNKNOWN.name
        if isinstance(id, int):
            found[id] = Source(id, shown, recorder, worn=recorder == WATCH)
    return found


def _rows(db: sqlite3.Connection, table: str, *columns: str) -> Iterator[Sequence[object]]:
    """Columns of a table, None for those that it lacks; no rows of a missing table."""
    there = _columns(db, table)
    if there:
        wanted = ", ".join(f'"{name}"' if name in there else "NULL" for name in columns)
        yield from db.execute(f'SELECT {wanted} FROM "{table}"')


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    """Names of the columns of a table; none for a view, which would run a stranger's SQL."""
    real = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    if real.fetchone() is None:
        return set()
    return {str(row[1]) for row in db.execute(f'PRAGMA table_xinfo("{table}")') if row[6] == 0}
