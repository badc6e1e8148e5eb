"""Writer of small Health Connect exports: the tables and columns that the importer reads."""

import io
import random
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Sequence[object]
INTERVAL = (
    "app_info_id, device_info_id, recording_method, "
    "start_time, start_zone_offset, end_time, end_zone_offset"
)
TABLES: Mapping[str, str] = {
    "application_info_table": "row_id INTEGER PRIMARY KEY, package_name, app_name",
    "device_info_table": "row_id INTEGER PRIMARY KEY, manufacturer, model, device_type",
    "weight_record_table": "time INTEGER, zone_offset INTEGER, weight REAL,"
    " local_date_time INTEGER AS (time + 1000 * zone_offset)",
    "body_fat_record_table": "time INTEGER, zone_offset INTEGER, percentage REAL",
    "resting_heart_rate_record_table": "time, zone_offset, beats_per_minute",
    "steps_record_table": f"{INTERVAL}, count INTEGER",
    "distance_record_table": f"{INTERVAL}, distance REAL",
    "sleep_session_record_table": f"row_id INTEGER PRIMARY KEY, {INTERVAL}, title",
    "sleep_stages_table": "parent_key, stage_start_time, stage_end_time, stage_type",
    "exercise_session_record_table": f"{INTERVAL}, exercise_type, title, notes",
}  # fmt: skip
PLUS_ONE = 3600
MIDNIGHT = 1_772_319_600_000
"""2026-03-01 00:00 at +01:00, in milliseconds."""


def at(hour: float) -> int:
    """Milliseconds of an hour of 2026-03-01, on a clock at +01:00."""
    return MIDNIGHT + round(hour * 3_600_000)


def span(start: float, end: float, app: int, device: int = 1, method: int = 2) -> Row:
    """Columns of an interval, in hours."""
    return (app, device, method, at(start), PLUS_ONE, at(end), PLUS_ONE)


HEVY, GARMIN, PHONE = 1, 2, 3
ROWS: Mapping[str, Sequence[Row]] = {
    "application_info_table": [
        (HEVY, "com.hevy", "Hevy"),
        (GARMIN, "com.garmin.android.apps.connectmobile", "Garmin Connect"),
        (PHONE, "com.google.android.apps.fitness", "Fit"),
    ],
    "device_info_table": [(1, "Google", "Pixel 9", 2)],
    "weight_record_table": [(at(7), PLUS_ONE, 81_234.5), (at(6), PLUS_ONE, 82_000.0)],
    "body_fat_record_table": [(at(7), PLUS_ONE, 18.26)],
    "resting_heart_rate_record_table": [(at(8), PLUS_ONE, 52)],
    "steps_record_table": [
        (*span(9, 10, GARMIN), 1000), (*span(9.5, 10.5, PHONE), 800), (*span(12, 13, PHONE), 300),
    ],
    "sleep_session_record_table": [
        (1, *span(23, 31, GARMIN), None), (2, *span(47, 54, PHONE), "x"),
    ],
    "sleep_stages_table": [
        (1, at(23), at(24), 1), (1, at(24), at(28), 4), (1, at(28), at(30), 5),
        (1, at(30), at(31), 6),
    ],
    "exercise_session_record_table": [
        (*span(18, 19, HEVY), 45, "Pull Day", "sets"),
        (*span(18.05, 19.1, GARMIN), 45, None, None),
        (*span(7, 7.5, GARMIN), 33, None, None),
        (*span(12, 12.2, PHONE, method=3), 99, "", None),
    ],
    "distance_record_table": [
        (*span(7, 7.25, GARMIN), 2500.5), (*span(7.25, 7.5, GARMIN), 2600.0),
        (*span(7, 7.5, PHONE), 4900.0), (*span(10, 11, GARMIN), 700.0),
    ],
}  # fmt: skip


def database(rows: Mapping[str, Sequence[Row]] = ROWS, rng: random.Random | None = None) -> bytes:
    """A database with the rows, in any order."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export.db"
        db = sqlite3.connect(path)
        for table, columns in TABLES.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
            found = list(rows.get(table, ()))
            if rng is not None:
                rng.shuffle(found)
            for row in found:
                marks = ", ".join("?" * len(row))
                names = [c[1] for c in db.execute(f"PRAGMA table_info({table})")][: len(row)]
                db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", row)
        db.commit()
        db.close()
        return path.read_bytes()


def zipped(content: bytes, name: str = "health_connect_export.db") -> bytes:
    """The zip file that a phone writes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()
