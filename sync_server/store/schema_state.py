"""State of a database's schema, and the oldest release that can serve on it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from schema.views import create_views
from sync_server.store.postgres import Connection
from sync_server.store.roles import Role

_PACKAGE = Path(__file__).resolve().parents[1]
# Inside the package where it is installed, beside the package in a checkout.
MIGRATIONS = next(
    directory
    for directory in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations")
    if directory.is_dir()
)
# The note is the comment of Alembic's own table: it exists as soon as there is a revision.
READ_STATE = """
SELECT (SELECT version_num FROM alembic_version) AS revision,
       obj_description('alembic_version'::regclass, 'pg_class') AS note,
       CASE WHEN to_regrole(quote_ident($1)) IS NULL THEN false
            ELSE has_table_privilege($1, 'alembic_version', 'SELECT') END AS admitted
"""
EXISTS = "SELECT to_regclass('public.alembic_version') IS NOT NULL"


class SchemaNote(msgspec.Struct, frozen=True):
    """Note in the database: the oldest revision whose release can serve, and a fingerprint.

    The fingerprint is that of the release that has migrated last; empty while it is not finished.
    """

    serves_from: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision of a database, None for an empty one."""

    revision: str | None
    note: SchemaNote | None = None
    is_admitted: bool = False

    def is_current(self, application: Role | None) -> bool:
        """True if this release has nothing to migrate."""
        return (
            self.revision == revisions()[-1]
            and self.note is not None
            and self.note.fingerprint == fingerprint(application)
            and (self.is_admitted or application is None)
        )

    @property
    def is_newer(self) -> bool:
        """True if a newer release has migrated the database."""
        return self.revision is not None and self.revision not in revisions()

    @property
    def allows_older(self) -> bool:
        """True if this release can serve on a newer schema."""
        return self.note is not None and revisions()[-1] >= self.note.serves_from


def revisions() -> list[str]:
    """Revisions that this release knows, in order; a file is named by its revision."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*.py"))


def fingerprint(application: Role | None) -> str:
    """Digest of all that a migration by this release leaves in the database."""
    parts = [revisions()[-1], application.name if application else "", *create_views().values()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


async def read_state(connection: Connection, application: Role | None) -> SchemaState:
    """The state of the database of the connection."""
    if not await connection.fetchval(EXISTS):
        return SchemaState(None)
    row = await connection.fetchrow(READ_STATE, application.name if application else "")
    assert row is not None
    note = None
    if row["note"]:
        try:
            note = msgspec.json.decode(row["note"], type=SchemaNote)
        except msgspec.MsgspecError:
            note = None  # a comment of another program
    return SchemaState(row["revision"], note, row["admitted"])


def write_note(note: SchemaNote) -> str:
    """The statement that stores the note."""
    return f"COMMENT ON TABLE alembic_version IS '{msgspec.json.encode(note).decode()}'"
