"""Alembic environment: runs migrations on the server's connection or on the database's URL."""

import asyncio
from logging.config import fileConfig

import asyncpg
from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, text

from sync_server.config.environment import ConfigError
from sync_server.config.settings import Config
from sync_server.store.schema_state import SchemaNote, write_note
from sync_server.store.upgrade import connect, serves_from


def run(connection: Connection) -> None:
    """Run the requested migrations in the transaction of the connection."""
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
    note_oldest(connection)


def note_oldest(connection: Connection) -> None:
    """Store the oldest release that can serve now; without a fingerprint, so the next start looks.

    A role that does not own the tables has changed nothing.
    """
    owner = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE relname = 'alembic_version'"
    if connection.execute(text(owner)).scalar():
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if revision:
            connection.exec_driver_sql(write_note(SchemaNote(serves_from(str(revision)))))


def run_offline() -> None:
    """Print the SQL of the requested migrations (`--sql`)."""
    context.configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def owner_url() -> str:
    """URL of `-x url=…`, else MIGRATION_DATABASE_URL, else DATABASE_URL; raises CommandError."""
    try:
        url = context.get_x_argument(as_dictionary=True).get("url")
        url = url or Config.from_environment().stores.owner_url
    except ConfigError as error:
        raise CommandError(f"Invalid settings.\n{error}") from None
    if not url:
        raise CommandError("Set MIGRATION_DATABASE_URL or DATABASE_URL, or pass -x url=….")
    return url


async def run_by_url() -> None:
    """Connect as the owner of the tables and run the requested migrations."""
    try:
        async with connect(owner_url()) as connection:
            await connection.run_sync(run)
    except (OSError, TimeoutError, asyncpg.PostgresConnectionError) as error:
        raise CommandError(f"The database cannot be reached: {error}") from None


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    if context.config.config_file_name:
        fileConfig(context.config.config_file_name, disable_existing_loggers=False)
    if context.is_offline_mode():
        run_offline()
    else:
        asyncio.run(run_by_url())
