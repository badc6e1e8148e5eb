"""Bringing a database up to date. A database that is up to date costs two queries.

Alembic and SQLAlchemy are imported only when there is something to do: they cost 0.9 s of CPU.
"""

import asyncpg
import structlog

from sync_server.store.migrated import Migrated, NewerSchema, OldPostgres
from sync_server.store.roles import Role
from sync_server.store.schema_state import SchemaState, read_state, revisions

OLDEST = 150_000
log = structlog.get_logger(__name__)


async def migrate(url: str, application: Role | None = None) -> Migrated:
    """Apply every missing migration and recreate changed views; safe to run concurrently.

    `url` names the owner of the tables, `application` the role that uses them. Raises OldPostgres,
    NewerSchema, MigrationFailed, OSError, TimeoutError or asyncpg.PostgresError.
    """
    state = await _state(url, application)
    if state.is_newer:
        return _newer(state)
    if state.is_current(application):
        return Migrated(revisions()[-1])
    # Imported on demand, see above.
    from sync_server.store.upgrade import upgrade

    return await upgrade(url, application)


async def _state(url: str, application: Role | None) -> SchemaState:
    connection = await asyncpg.connect(url, timeout=5.0, statement_cache_size=0)
    try:
        number = int(await connection.fetchval("SHOW server_version_num"))
        if number < OLDEST:
            raise OldPostgres(f"PostgreSQL 15 or newer is needed, this is {number // 10_000}.")
        return await read_state(connection, application)
    finally:
        await connection.close()


def _newer(state: SchemaState) -> Migrated:
    revision = state.revision or ""
    if not state.allows_older:
        raise NewerSchema(
            f"The database is at {revision} of a newer release, which this release"
            f" ({revisions()[-1]}) cannot serve: start the newer release."
        )
    log.warning(
        "the database is of a newer release, which allows this one to serve",
        database=revision,
        release=revisions()[-1],
    )
    return Migrated(revision, is_newer=True)
