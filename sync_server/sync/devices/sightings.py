"""Sightings of this process, stored behind the requests: each device at most once a minute.

A request costs no round trip for it. What a crash loses is a minute of facts, never records.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress

import asyncpg
import structlog
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG, Config
from sync_server.store.postgres import POOL, Pool, bypass_row_level_security
from sync_server.sync.devices import queries
from sync_server.sync.devices.rejections import Rejections, store_rejections
from sync_server.sync.devices.sighting import DeviceKey, Sighting
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.trouble import TROUBLE, Trouble

PAUSE_S = 1.0
"""Time until a device's first fact is stored, so that a burst is one statement."""
INTERVAL_S = 60.0
"""Shortest time between two writes of one device's facts."""
BATCH = 500
MAX_PENDING = 20_000
log = structlog.get_logger(__name__)


class Sightings:
    """Facts of devices that wait to be stored."""

    def __init__(
        self,
        pool: Pool,
        config: Config,
        trouble: Trouble,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rejections = Rejections()
        self._trouble = trouble
        self._pool = pool
        self._config = config
        self._monotonic = monotonic
        self._pending: dict[DeviceKey, Sighting] = {}
        # The keys of `_pending` whose facts were not stored within the interval.
        self._due: set[DeviceKey] = set()
        self._stored_at: dict[DeviceKey, float] = {}
        self._storing = asyncio.Lock()
        self._noted = asyncio.Event()

    def note(self, key: DeviceKey, sighting: Sighting) -> None:
        """Add what a request has shown; beyond the bound of memory, new devices are left out."""
        pending = self._pending.get(key)
        if pending is not None:
            pending.update(sighting)
        elif len(self._pending) < MAX_PENDING:
            self._pending[key] = sighting
            if key not in self._stored_at:
                self._due.add(key)
            self._noted.set()

    def delivered(self, key: DeviceKey) -> int:
        """The version that a pull delivered and that is not stored yet, 0 for none."""
        pending = self._pending.get(key)
        return (pending.delivered_version or 0) if pending else 0

    async def store_user(self, user_id: UserId) -> None:
        """Store what is pending of a user, for a request that reads it."""
        async with self._storing:
            await self._store(queries.keys_of_user(self._pending, user_id))
            await self._store_counts()

    async def store_due(self) -> None:
        """Store what has waited long enough; after a failure of the database, it waits on."""
        async with self._storing:
            now = self._monotonic()
            over = [key for key, at in self._stored_at.items() if at <= now - INTERVAL_S]
            for key in over:
                del self._stored_at[key]
            due = [*self._due, *(key for key in over if key in self._pending)]
            for start in range(0, len(due), BATCH):
                await self._store(due[start : start + BATCH])
            await self._store_counts()

    async def store_all(self) -> None:
        """Store everything, at the end of the process."""
        async with self._storing:
            await self._store(list(self._pending))
            await self._store_counts()

    async def run(self) -> None:
        """Store what is due until cancelled."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(PAUSE_S)
            if not self._pending:
                self._noted.clear()
            try:
                await self.store_due()
            except DATABASE_FAILURES as error:
                log.info("the facts of devices wait for the database", reason=repr(error))
                await asyncio.sleep(INTERVAL_S / 10)
            except Exception:
                log.exception("the facts of devices could not be stored")

    async def _store(self, keys: Iterable[DeviceKey]) -> None:
        taken = {key: self._pending.pop(key) for key in keys}
        if not taken:
            return
        self._due.difference_update(taken)
        try:
            await self._write(taken)
        except BaseException as error:
            if isinstance(error, (*DATABASE_FAILURES, asyncio.CancelledError)):
                self._put_back(taken)
            raise
        now = self._monotonic()
        self._stored_at.update(dict.fromkeys(taken, now))

    async def _store_counts(self) -> None:
        trouble, rejections = self._trouble.take(), self.rejections.take()
        if not trouble and not rejections:
            return
        try:
            async with bypass_row_level_security(self._pool, self._config) as connection:
                await queries.store_trouble(connection, trouble)
                await store_rejections(connection, rejections)
        except BaseException:
            self._trouble.put_back(trouble)
            self.rejections.put_back(rejections)
            raise

    async def _write(self, sightings: dict[DeviceKey, Sighting]) -> None:
        # An account that is deleted at this very moment fails the statement once.
        try:
            await self._write_once(sightings)
        except asyncpg.ForeignKeyViolationError:
            await self._write_once(sightings)

    async def _write_once(self, sightings: dict[DeviceKey, Sighting]) -> None:
        async with bypass_row_level_security(self._pool, self._config) as connection:
            await queries.store(connection, sightings, self._config.quotas.quota_devices)

    def _put_back(self, taken: dict[DeviceKey, Sighting]) -> None:
        for key, older in taken.items():
            newer = self._pending.pop(key, None)
            if newer is not None:
                older.update(newer)
            self._pending[key] = older
            self._due.add(key)
        self._noted.set()


SIGHTINGS: web.AppKey[Sightings] = web.AppKey("sightings", Sightings)


async def sightings_context(app: web.Application) -> AsyncIterator[None]:
    """Store facts of devices while the application runs, and the rest at its end."""
    app[SIGHTINGS] = sightings = Sightings(app[POOL], app[CONFIG], app[TROUBLE])
    task = asyncio.create_task(sightings.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with suppress(*DATABASE_FAILURES):
        await sightings.store_all()
