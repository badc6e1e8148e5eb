"""Upgrade of a database: migrations, views and rights in one transaction, then online indexes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from schema.views import create_views
from sync_server.store.migrated import Migrated, MigrationFailed
from sync_server.store.rights import admit
from sync_server.store.roles import Role
from sync_server.store.schema_state import MIGRATIONS, SchemaNote, fingerprint, write_note

# Any numbers that no other program takes; processes that start together queue behind them.
LOCK, INDEX_LOCK = 7_266_317_001, 7_266_317_003
WAIT_FOR_OTHERS = "2min"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "5min"
POLL_S = 0.5
OWNS = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE relname = 'alembic_version'"
INDEX_STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


async def upgrade(url: str, application: Role | None) -> Migrated:
    """Apply what is missing; raises MigrationFailed with the reason of the database."""
    try:
        async with connect(url) as connection:
            before = await connection.run_sync(_revision)
            await connection.run_sync(_upgrade)
            for name, statement in create_views().items():
                await _make_view(connection, name, statement)
            if application:
                await admit(connection, application)
            owner = await connection.scalar(text(OWNS))
    except DBAPIError as error:
        raise MigrationFailed(" ".join(str(error.orig or error).split())) from error
    applied = _titles(before)
    indexes = await _build_indexes(url, application) if owner else ()
    return Migrated(_script().get_current_head() or "", applied, tuple(indexes))


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that holds the migration lock, committed at the end.

    The lock lasts as long as the transaction, so that it also works behind PgBouncer.
    Raises OSError, TimeoutError or asyncpg.PostgresError when the database cannot be reached.
    """

    async def open_connection() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(url, timeout=5.0, statement_cache_size=0)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=open_connection, poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_OTHERS}'"))
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            await connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            # An owner who is no superuser stands before the fence too.
            await connection.execute(text("SET LOCAL trackforge.everyone = 'on'"))
            yield connection
    finally:
        await engine.dispose()


def serves_from(revision: str) -> str:
    """The oldest revision whose release can serve on the tables of a revision.

    A migration says with `previous_release_serves` that the release before it can.
    """
    script = _script()
    current = script.get_revision(revision)
    while getattr(current.module, "previous_release_serves", False) and current.down_revision:
        current = script.get_revision(str(current.down_revision))
    return current.revision


def online_indexes() -> Mapping[str, str]:
    """Statements by index name, of all migrations in order."""
    statements: dict[str, str] = {}
    for revision in reversed(list(_script().walk_revisions())):
        statements |= getattr(revision.module, "online_indexes", {})
    return statements


async def _make_view(connection: AsyncConnection, name: str, statement: str) -> None:
    """Create a view unless it is up to date: replacing it would wait for its readers."""
    digest = hashlib.sha256(statement.encode()).hexdigest()
    comment = text("SELECT obj_description(to_regclass(:name), 'pg_class')")
    if (await connection.execute(comment, {"name": name})).scalar_one() != digest:
        await connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        await connection.exec_driver_sql(statement)
        await connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{digest}'")


async def _build_indexes(url: str, application: Role | None) -> list[str]:
    """Build the missing indexes beside all reads and writes; note that the upgrade is finished.

    One process at a time. It asks for the lock again and again: a session that waits for it would
    hold up CREATE INDEX CONCURRENTLY, which waits for every session.
    """
    built = []
    connection = await asyncpg.connect(url, timeout=5.0, statement_cache_size=0)
    try:
        while not await connection.fetchval(f"SELECT pg_try_advisory_lock({INDEX_LOCK})"):  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
        for name, statement in online_indexes().items():
            is_valid = await connection.fetchval(INDEX_STATE, name)
            if is_valid is False:
                # Left by a build that was cut off.
                await connection.execute(f"DROP INDEX CONCURRENTLY {name}")
            if not is_valid:
                await connection.execute(statement)
                built.append(name)
        head = _script().get_current_head() or ""
        note = SchemaNote(serves_from(head), fingerprint(application))
        await connection.execute(write_note(note))
    finally:
        await connection.close()
    return built


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def _titles(before: str | None) -> tuple[str, ...]:
    """The migrations after a revision, oldest first, as `0007: title`."""
    known = list(_script().iterate_revisions("head", before or "base"))
    return tuple(f"{it.revision}: {it.doc}" for it in reversed(known))
