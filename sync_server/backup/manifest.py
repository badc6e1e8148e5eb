"""Manifest of a backup: the origin, and the rows of every table with a digest."""

from datetime import datetime

import asyncpg
import msgspec

from sync_server.backup.errors import BackupError
from sync_server.store.postgres import Connection

FORMAT = 1
# The text of a row must not depend on the database's own settings; and row-level security would
# hide rows from an owner who is no superuser.
SESSION = {
    "application_name": "trackforge-backup",
    "trackforge.everyone": "on",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname
"""
# A sum does not depend on the order of the rows.
DIGEST = """
SELECT count(*) AS rows,
       coalesce(sum(('x' || left(md5(rows::text), 16))::bit(64)::bigint::numeric), 0)::text
         AS digest
FROM public."{table}" AS rows
"""


class TableDigest(msgspec.Struct, frozen=True):
    """Number of rows of a table, and the sum of their hashes."""

    rows: int
    digest: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The first member of a backup."""

    format: int = FORMAT
    created_at: datetime
    server_version: str
    revision: str
    postgres_version: int
    tables: dict[str, TableDigest]


async def connect(url: str) -> Connection:
    """A connection that sees every row, in one text form; raises BackupError."""
    try:
        connection: Connection = await asyncpg.connect(
            url, timeout=10.0, server_settings=SESSION, statement_cache_size=0
        )
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BackupError(f"The database cannot be reached: {reason}.") from None
    return connection


async def read_tables(connection: Connection) -> dict[str, TableDigest]:
    """Rows and digest of every table."""
    names = [row["relname"] for row in await connection.fetch(TABLES)]
    digests = {}
    for name in names:
        row = await connection.fetchrow(DIGEST.format(table=name))
        assert row is not None
        digests[name] = TableDigest(row["rows"], row["digest"])
    return digests


def parse_manifest(content: bytes) -> Manifest:
    """The manifest of a member's text; raises BackupError for another format."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BackupError(f"The manifest of the backup is not readable: {error}.") from None
    if manifest.format != FORMAT:
        raise BackupError(
            f"The backup has the format {manifest.format}, this release reads {FORMAT}."
        )
    return manifest


def compare(expected: dict[str, TableDigest], actual: dict[str, TableDigest]) -> None:
    """Raise BackupError, naming the tables, unless both are equal."""
    different = sorted(
        name for name in expected.keys() | actual.keys() if expected.get(name) != actual.get(name)
    )
    if different:
        raise BackupError(
            f"The restored tables differ from those of the backup: {', '.join(different)}."
        )
