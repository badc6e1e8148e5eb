"""SQLite file of a device: records, outbox, batches, rejected writes and settings."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trackforge_client.device.errors import ClientError

_VERSION = 2
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- `base` is the server's state (NULL: none), `data` the visible state: the base with the unsent
-- writes applied. `generation` is the number of the last full pull that contained the record.
-- A negative version is of a history that a pull from the beginning is about to replace.
CREATE TABLE records (
    collection TEXT NOT NULL, id TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0, clock INTEGER NOT NULL DEFAULT 0, device_id TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    base TEXT, base_deleted INTEGER NOT NULL DEFAULT 0,
    data TEXT NOT NULL, deleted INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
) WITHOUT ROWID;

-- Pushes without a response, as they were or may have been sent.
CREATE TABLE batches (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, body BLOB NOT NULL,
    sent_at INTEGER NOT NULL, sent INTEGER NOT NULL
);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER REFERENCES batches,
    collection TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, clock INTEGER NOT NULL,
    data TEXT NOT NULL, base_clock INTEGER, base_version INTEGER, schema_version INTEGER NOT NULL
);
CREATE INDEX outbox_record ON outbox (collection, id);
CREATE TABLE rejected (
    id INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, record_id TEXT NOT NULL,
    op TEXT NOT NULL, data TEXT NOT NULL, seen TEXT, error TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE day_views (
    date TEXT PRIMARY KEY, data TEXT NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
"""

# Version 2: the stamps of registers, which only a pull from the beginning can add, and offers.
_UPGRADE = """
ALTER TABLE records ADD COLUMN clocks TEXT;
CREATE TABLE offers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, change TEXT NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE superseded (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, change TEXT NOT NULL
);
UPDATE records SET version = 0;
DELETE FROM meta WHERE key IN ('cursor', 'etag');
PRAGMA user_version = 2;
"""


class Store:
    """Open SQLite file. Transactions nest: the outermost commits or rolls back."""

    def __init__(self, path: str | Path) -> None:
        if str(path) != ":memory:":
            # The file contains the refresh token: readable by its owner only.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=5.0)
        self._depth = 0
        self.connection.execute("PRAGMA journal_mode = WAL")
        # FULL, so that a committed write survives a power failure.
        self.connection.execute("PRAGMA synchronous = FULL")
        try:
            self._create_tables(path)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Transaction, or a part of the open one. Do not await within it."""
        if self._depth == 0:
            self.connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield self.connection
            if self._depth == 1:
                self.connection.execute("COMMIT")
        except BaseException:
            # SQLite itself may have rolled back (full disk).
            if self._depth == 1 and self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        finally:
            self._depth -= 1

    def get(self, key: str) -> str | None:
        """Setting of this device, None if unset."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def get_int(self, key: str) -> int:
        """Integer setting, 0 if unset."""
        return int(self.get(key) or 0)

    def set(self, **values: str | int | None) -> None:
        """Stores settings in one transaction; None deletes one."""
        with self.transaction() as connection:
            for key, value in values.items():
                if value is None:
                    connection.execute("DELETE FROM meta WHERE key = ?", (key,))
                else:
                    text = str(value)
                    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()

    def _create_tables(self, path: str | Path) -> None:
        with self.transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise ClientError(f"{path} was written by a newer version of this app")
            missing = [_TABLES, _UPGRADE][version:]
            for statement in ";\n".join(missing).split(";\n"):
                connection.execute(statement)
