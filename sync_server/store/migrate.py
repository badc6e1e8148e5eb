"""Bringing a database up to date: migrations, views and rights, in one transaction."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from schema.views import create_views
from sync_server.store.roles import Role, admit

_PACKAGE = Path(__file__).resolve().parents[1]
# Inside the package where it is installed, beside the package in a checkout.
MIGRATIONS = next(
    directory
    for directory in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations")
    if directory.is_dir()
)

# Any number that nobody else takes; processes that start together queue behind it.
LOCK = 7_266_317_001
WAIT_FOR_OTHERS = "2min"
LOCK_TIMEOUT = "5s"
OLDEST = 150_000
STATEMENT_TIMEOUT = "5min"


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


class OldPostgres(Exception):
    """The database's PostgreSQL is older than 15."""


async def migrate(url: str, application: Role | None = None) -> None:
    """Apply every migration that is missing and make changed views anew; safe side by side.

    `url` names the owner of the tables, `application` whoever may use them.
    """
    async with connect(url) as connection:
        number = int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
        if number < OLDEST:
            raise OldPostgres(f"PostgreSQL 15 or newer is needed, this is {number // 10_000}.")
        await connection.run_sync(_upgrade)
        for name, statement in create_views().items():
            await _make_view(connection, name, statement)
        if application:
            await admit(connection, application)


async def _make_view(connection: AsyncConnection, name: str, statement: str) -> None:
    """Make a view unless it is there as it should be: whoever reads it need not be waited for."""
    digest = hashlib.sha256(statement.encode()).hexdigest()
    comment = text("SELECT obj_description(to_regclass(:name), 'pg_class')")
    if (await connection.execute(comment, {"name": name})).scalar_one() != digest:
        await connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        await connection.exec_driver_sql(statement)
        await connection.exec_driver_sql(f"COMMENT ON VIEW {name} IS '{digest}'")


def _upgrade(connection: Connection) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
