"""Pool of PostgreSQL connections that stay taken from asyncpg's while they are in use often."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from sync_server.store.observers import QUERIES

# asyncpg's classes take a parameter in its stubs only.
if TYPE_CHECKING:
    _AsyncpgPool = asyncpg.Pool[asyncpg.Record]
    _Connection = PoolConnectionProxy[asyncpg.Record]
    _Raw = asyncpg.Connection[asyncpg.Record]
else:
    _AsyncpgPool, _Connection, _Raw = asyncpg.Pool, PoolConnectionProxy, asyncpg.Connection

UNUSED_S = 60.0
"""Time after which an idle connection goes back to asyncpg, which closes it some minutes later."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a connection, and a statement, may take."""

    connect_s: float
    command_s: float


class PoolUsage(NamedTuple):
    """Numbers of connections in use and idle, and of requests that wait for one."""

    in_use: int
    idle: int
    waiting: int


class ConnectionPool(_AsyncpgPool):
    """At most `max_size` connections.

    asyncpg makes a task and two timers to take and to return a connection, a tenth of a small
    request. Here an idle one is taken and returned by hand, and asyncpg is asked where none is
    idle, or a caller waits.
    """

    def __init__(
        self,
        url: str,
        *,
        min_size: int = 1,
        max_size: int,
        timeouts: Timeouts,
        statement_cache_size: int,
        session: Mapping[str, str],
    ) -> None:
        super().__init__(
            url,
            min_size=min_size,
            max_size=max_size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            init=use_text_uuids,
            reset=_keep_session,
            timeout=timeouts.connect_s,
            command_timeout=timeouts.command_s,
            statement_cache_size=statement_cache_size,
            max_cached_statement_lifetime=0,
            server_settings=dict(session) or None,
        )
        self._unused: deque[tuple[float, _Connection]] = deque()
        self._waiting = 0
        self._returned: asyncio.Future[None] | None = None

    async def take(self, seconds: float) -> _Connection:
        """A connection for one request; raises TimeoutError when none becomes free in time."""
        connection = await self._take(seconds)
        if observer := QUERIES.get():
            connection.add_query_logger(observer)
        return connection

    async def _take(self, seconds: float) -> _Connection:
        while self._unused:
            _, connection = self._unused.pop()
            try:
                if not connection.is_closed():
                    return connection
            except asyncpg.InterfaceError:
                continue  # PostgreSQL has ended it, and asyncpg has taken it back
            await self.release(connection)
        self._waiting += 1
        try:
            return await super().acquire(timeout=seconds)
        finally:
            self._waiting -= 1

    def acquire(self, *, timeout: float | None = None) -> "PoolAcquireContext[asyncpg.Record]":
        """As asyncpg's, which has no connection but those that were returned to it."""
        if self._unused:
            _, connection = self._unused.pop()
            self._returned = asyncio.ensure_future(self.release(connection))
        return super().acquire(timeout=timeout)

    async def give_back(self, connection: _Connection) -> None:
        """Return a connection that `take` has given."""
        try:
            if observer := QUERIES.get():
                connection.remove_query_logger(observer)
            is_of_use = not (connection.is_closed() or connection.is_in_transaction())
        except asyncpg.InterfaceError:
            return  # released already
        if self._waiting or not is_of_use:
            await self.release(connection)
            return
        now = time.monotonic()
        self._unused.append((now, connection))
        if self._unused[0][0] < now - UNUSED_S:
            await self.release(self._unused.popleft()[1])

    def usage(self) -> PoolUsage:
        """Numbers of connections at this moment."""
        idle = self.get_idle_size() + len(self._unused)
        return PoolUsage(self.get_size() - idle, idle, self._waiting)

    async def close(self) -> None:
        """Close all connections, once those that are in use are returned."""
        self._waiting += 1  # connections that are returned from now on are not reused
        while self._unused:
            await self.release(self._unused.pop()[1])
        await super().close()


async def use_text_uuids(connection: _Raw | _Connection) -> None:
    """Make `uuid` columns and parameters plain str; `json` already is, in asyncpg."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=str, decoder=str, format="text"
    )


async def _keep_session(_connection: _Raw | _Connection) -> None:
    """Spare the round trip of RESET ALL: asyncpg has rolled back, and only SET LOCAL is used."""
