"""The pool of PostgreSQL connections: how one is opened, what it speaks, how long it may take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from sync_server.config import Config

# asyncpg's classes take a parameter in its stubs only, hence the quotes.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

POOL: web.AppKey[Pool] = web.AppKey("pool", asyncpg.Pool)

CONNECT_TIMEOUT_S = 5.0


async def create_pool(config: Config) -> Pool:
    """An open pool; ids travel as text, JSON columns as the text that was stored.

    Raises OSError, TimeoutError or asyncpg.PostgresError when the database cannot be reached.
    """
    # A pooler in transaction mode (statement_cache_size 0) refuses start-up parameters.
    session = {
        "application_name": "trackforge-sync",
        "idle_in_transaction_session_timeout": "15s",
        "jit": "off",
        # Every statement has one good plan whatever its arguments; before a table's first ANALYZE,
        # a plan made for the arguments reads a whole history to sort it (55 ms a page for 1).
        "plan_cache_mode": "force_generic_plan",
    }
    pool: Pool = await asyncpg.create_pool(
        config.database_url,
        min_size=1,
        max_size=config.database_pool_size,
        init=speak_text,
        reset=_keep_session,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=config.database_timeout_s,
        statement_cache_size=config.statement_cache_size,
        max_cached_statement_lifetime=0,
        server_settings=session if config.statement_cache_size else None,
    )
    return pool


async def speak_text(connection: Connection) -> None:
    """Make `uuid` columns and parameters plain str; `json` already is, in asyncpg."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=str, decoder=str, format="text"
    )


async def _keep_session(_connection: Connection) -> None:
    """Spare the round trip of RESET ALL: asyncpg has rolled back, and only SET LOCAL is used."""


@asynccontextmanager
async def acquire(pool: Pool, config: Config) -> AsyncIterator[Connection]:
    """One connection for one request; raises TimeoutError when none becomes free in time."""
    async with pool.acquire(timeout=config.acquire_timeout_s) as connection:
        yield connection


@asynccontextmanager
async def transaction(pool: Pool, config: Config) -> AsyncIterator[Connection]:
    """A connection inside one READ COMMITTED transaction, committed when the block ends well."""
    async with acquire(pool, config) as connection, connection.transaction():
        yield connection
