"""Probe of writes: a database that answers may still store nothing, as on a full disk."""

import time
from collections.abc import Callable

import asyncpg
from aiohttp import web

from sync_server.store.postgres import Connection

# Nothing can be written, though the database answers.
WRITE_FAILURES = (asyncpg.DiskFullError, asyncpg.ReadOnlySQLTransactionError)

INTERVAL_S = 30.0
RETRY_S = 1.0
# A table of its own asks the file system for new pages; rows of a table that is there already may
# find room in pages that a clean-up has emptied.
STORE_PAGES = """
CREATE TEMP TABLE trackforge_write_probe ON COMMIT DROP AS
SELECT repeat('x', 7000) AS page FROM generate_series(1, 32)
"""


class WriteProbe:
    """The ability to write: tried every 30 s, and every second after a failure."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._try_at = 0.0
        self._works = True

    def fail(self) -> None:
        """Note that a write has failed; the next question tries another one."""
        self._works = False
        self._try_at = 0.0

    async def works(self, connection: Connection) -> bool:
        """True if the database stores new rows; the outcome is remembered for a while."""
        if self._now() >= self._try_at:
            await self._try(connection)
            self._try_at = self._now() + (INTERVAL_S if self._works else RETRY_S)
        return self._works

    async def _try(self, connection: Connection) -> None:
        try:
            async with connection.transaction():
                await connection.execute(STORE_PAGES)
        except WRITE_FAILURES:
            self._works = False
        except asyncpg.InsufficientPrivilegeError:
            # The role may make no temporary tables: only failed requests are evidence then.
            self._works = True
        else:
            self._works = True


WRITES: web.AppKey[WriteProbe] = web.AppKey("writes", WriteProbe)
