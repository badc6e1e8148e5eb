"""The pool of PostgreSQL connections: how one is opened, what it speaks, how long it may take."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias
from uuid import UUID

import asyncpg
import structlog
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from sync_server.config.settings import Config
from sync_server.sharding.session import messages, session_settings
from sync_server.store.connection_pool import ConnectionPool, Timeouts
from sync_server.store.observers import WORK

# asyncpg's classes take a parameter in its stubs only: quotes are needed.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = ConnectionPool

log = structlog.get_logger(__name__)

POOL: web.AppKey[Pool] = web.AppKey("pool", ConnectionPool)

CONNECT_TIMEOUT_S = 5.0
# A lock that is not free in time is the fault of its holder, and PostgreSQL says so; without an
# answer to BEGIN shortly after, PostgreSQL itself is frozen.
LOCK_TIMEOUT_MS = 1500
BEGIN_TIMEOUT_S = 1.75
ROLLBACK_TIMEOUT_S = 0.25
# Without an answer to the first statement of a request by then, PostgreSQL is frozen.
READ_TIMEOUT_S = 2.5


FENCE = f"""(
  SELECT set_config('trackforge.user_id', $1, true)::uuid AS user_id,
         set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true) AS lock_timeout
  OFFSET 0
) AS fence"""
"""A FROM item that opens row-level security for one user, for the statement that it is part of.

The settings end with the statement where it is a transaction of its own. The other tables must
take the user from `fence.user_id`, in a LATERAL join: PostgreSQL then opens the fence first.
"""


def of_user(table: str) -> str:
    """SQL condition that a row is of the user of FENCE, whose id is the parameter $1.

    The first equality keeps the fence before the table; by the second the planner knows the user.
    """
    return f"{table}.user_id = fence.user_id AND {table}.user_id = $1::text::uuid"


async def create_pool(config: Config) -> Pool:
    """An open pool; ids travel as text, JSON columns as the text that was stored.

    Raises OSError, TimeoutError or asyncpg.PostgresError when the database cannot be reached.
    """
    return await _create_pool(config, config.stores.database_url, min_size=1)


async def create_replica_pool(config: Config) -> Pool:
    """An open pool of the read replica; nothing is connected before a request."""
    return await _create_pool(config, config.stores.database_replica_url, min_size=0)


async def _create_pool(config: Config, url: str, min_size: int) -> Pool:
    # A pooler in transaction mode (statement_cache_size 0) refuses start-up parameters.
    session = {
        "application_name": "trackforge-sync",
        "idle_in_transaction_session_timeout": "15s",
        "jit": "off",
        # Every statement has one good plan whatever its arguments; before a table's first ANALYZE,
        # a plan made for the arguments reads a whole history to sort it (55 ms a page for 1).
        "plan_cache_mode": "force_generic_plan",
        # That plan is kept while its table grows: reading a table of one page for every key would
        # be cheapest, and quadratic once an import has filled it.
        "enable_seqscan": "off",
    }
    if not config.stores.row_level_security:
        session["trackforge.everyone"] = "on"
    session |= session_settings(config)
    return await ConnectionPool(
        url,
        min_size=min_size,
        max_size=config.stores.database_pool_size,
        timeouts=Timeouts(CONNECT_TIMEOUT_S, config.stores.database_timeout_s),
        statement_cache_size=config.stores.statement_cache_size,
        session=session if config.stores.statement_cache_size else {},
    )


@asynccontextmanager
async def acquire(pool: Pool, config: Config) -> AsyncIterator[Connection]:
    """One connection for one request; raises TimeoutError when none becomes free in time.

    Row-level security shows it nothing of any user: use `transaction` or `everyone` for that.
    """
    connection = await pool.take(config.stores.acquire_timeout_s)
    give_back, began = pool.give_back, time.perf_counter()
    try:
        yield connection
    except (TimeoutError, asyncio.CancelledError):
        # The release waits until PostgreSQL has cancelled the statement: never, when frozen.
        await _roll_back(connection)
        # asyncpg's reset forgets a `connection.transaction()` whose BEGIN was cancelled.
        give_back = pool.release
        raise
    finally:
        if observe := WORK.get():
            observe(time.perf_counter() - began)
        await give_back(connection)


@asynccontextmanager
async def transaction(
    pool: Pool, config: Config, user_id: str, first: str = ""
) -> AsyncIterator[Connection]:
    """One READ COMMITTED transaction that sees and writes one user's rows only.

    The setting ends with the transaction, so it also works behind PgBouncer; it travels with BEGIN,
    as does `first`, a statement without parameters whose rows nobody wants: neither costs a round
    trip of its own on one PostgreSQL. Raises ValueError when `user_id` is no UUID, and
    asyncpg.LockNotAvailableError when another transaction holds a lock that `first` needs.
    """
    async with (
        acquire(pool, config) as connection,
        begin_transaction(connection, config, user_id, first),
    ):
        yield connection


@asynccontextmanager
async def begin_transaction(
    connection: Connection, config: Config, user_id: str, first: str = ""
) -> AsyncIterator[None]:
    """As `transaction`, on a connection that is there already."""
    settings = [f"SET LOCAL trackforge.user_id = '{UUID(user_id)}'"]
    if first:
        settings += [f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}", first]
    async with _begun(connection, config, settings):
        yield


@asynccontextmanager
async def bypass_row_level_security(pool: Pool, config: Config) -> AsyncIterator[Connection]:
    """One transaction past the fence: for log-in, clean-up and the people of support."""
    settings = ["SET LOCAL trackforge.everyone = 'on'"]
    async with acquire(pool, config) as connection, _begun(connection, config, settings):
        yield connection


@asynccontextmanager
async def _begun(
    connection: Connection, config: Config, settings: list[str]
) -> AsyncIterator[None]:
    try:
        for message in messages(["BEGIN", *settings], config):
            await connection.execute(message, timeout=BEGIN_TIMEOUT_S)
        yield
    except BaseException:
        await _roll_back(connection)
        raise
    await connection.execute("COMMIT")


def to_timestamp(time_us: int) -> datetime.datetime:
    """The moment of a number of microseconds since the Unix epoch."""
    return datetime.datetime.fromtimestamp(time_us / 1e6, datetime.UTC)


async def _roll_back(connection: Connection) -> None:
    """End the transaction, or the connection when that is not possible at once."""
    try:
        if not connection.is_closed():
            await connection.execute("ROLLBACK", timeout=ROLLBACK_TIMEOUT_S)
    except Exception as error:
        # The caller's error says what has happened; this one only that the connection is lost.
        log.debug("a connection was given up", reason=repr(error))
        with suppress(asyncpg.InterfaceError):  # released already
            connection.terminate()
