"""Read replica of PostgreSQL: a standby that pages of pulls may be read from.

Who reads checks what was read against the primary; here is when the replica is worth asking, and
that its failures are nobody's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import asyncpg
import structlog
from aiohttp import web
from prometheus_client import Counter, Gauge

from sync_server.config.settings import CONFIG, Config
from sync_server.store.postgres import (
    POOL,
    READ_TIMEOUT_S,
    Connection,
    Pool,
    acquire,
    create_replica_pool,
)

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)

CHECK_S = 1.0
CHECK_TIMEOUT_S = 1.0
MAX_LAG_S = 10.0
"""Lag beyond which a replica is not asked: most pages would come from the primary all the same."""

FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
READ_WRITTEN = "SELECT pg_current_wal_lsn()::text"
# The last replayed transaction is old where nothing is written: a lag only if something is missing.
READ_LAG = """
SELECT CASE WHEN pg_last_wal_replay_lsn() >= $1::text::pg_lsn THEN 0.0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()),
                          'infinity')::float8 END AS lag_s
WHERE pg_is_in_recovery()
"""

LAG = Gauge(
    "trackforge_replica_lag_seconds",
    "Age of the last transaction on the read replica, 0 if none is missing.",
    multiprocess_mode="livemax",
)
PROCESSES = Gauge(
    "trackforge_replica_processes",
    "Server processes that ask the read replica, or leave it out since it is away or far behind.",
    ("state",),
    multiprocess_mode="livesum",
)
READS = Counter(
    "trackforge_replica_reads_total",
    "Pages that the read replica was asked for, by result: read, behind (the primary answered),"
    " failed (the primary answered).",
    ("result",),
)


class Replica:
    """The read replica, while it answers and is not far behind."""

    def __init__(self, pool: Pool, config: Config) -> None:
        self.pool, self._config = pool, config
        self.is_usable = False

    async def read(self, read: Callable[[Connection], Awaitable[Answer | None]]) -> Answer | None:
        """The result of `read` on a connection; None as its result, or where the replica fails."""
        try:
            async with (
                asyncio.timeout(READ_TIMEOUT_S),
                acquire(self.pool, self._config) as connection,
            ):
                answer = await read(connection)
        except FAILURES as error:
            # A query that was cancelled by the replay, a connection that was lost, or silence.
            READS.labels("failed").inc()
            self._note(usable=False, reason=repr(error))
            return None
        READS.labels("behind" if answer is None else "read").inc()
        return answer

    async def check(self, primary: Pool) -> None:
        """Measure the lag; from then on the replica is asked, or not."""
        lag_s: float | None = None
        reason = "not a standby"
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                async with acquire(primary, self._config) as connection:
                    written = await connection.fetchval(READ_WRITTEN)
                async with acquire(self.pool, self._config) as connection:
                    lag_s = await connection.fetchval(READ_LAG, written)
        except FAILURES as error:
            reason = repr(error)
        if lag_s is not None:
            LAG.set(lag_s)
            reason = f"{lag_s:.0f} s behind"
        self._note(usable=lag_s is not None and lag_s <= MAX_LAG_S, reason=reason)

    def _note(self, *, usable: bool, reason: str) -> None:
        if usable != self.is_usable:
            log.info("read replica", usable=usable, reason=reason)
        self.is_usable = usable
        PROCESSES.labels("asking").set(usable)
        PROCESSES.labels("not_asking").set(not usable)


REPLICA: web.AppKey[Replica] = web.AppKey("replica", Replica)
"""The read replica; not there without DATABASE_REPLICA_URL."""


async def replica_context(app: web.Application) -> AsyncIterator[None]:
    """Check the replica, if there is one, as long as the application runs."""
    config = app[CONFIG]
    if not config.stores.database_replica_url:
        yield
        return
    async with await create_replica_pool(config) as pool:
        app[REPLICA] = replica = Replica(pool, config)
        task = asyncio.create_task(_keep_checked(replica, app[POOL]))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # A replica that is away must not delay the end.
        with suppress(*FAILURES):
            await asyncio.wait_for(pool.close(), CHECK_TIMEOUT_S)


async def _keep_checked(replica: Replica, primary: Pool) -> None:
    while True:
        await replica.check(primary)
        await asyncio.sleep(CHECK_S)
