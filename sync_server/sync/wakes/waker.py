"""Waker of devices: looks at the users with new versions, and sends what is due.

A push does no more for it than add its user to a set. What is owed is in PostgreSQL: a process
that dies loses no wake-up, and several processes send each once.
"""

import asyncio
import datetime
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import structlog
from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.gateways.registry import Gateways, kinds_of
from sync_server.store.postgres import POOL, Connection, bypass_row_level_security
from sync_server.sync.devices.sighting import DeviceKey, Moment
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.sync.notify.open_streams import sessions_with_streams
from sync_server.sync.notify.publisher import PUBLISHER
from sync_server.sync.wakes import queries
from sync_server.sync.wakes.decide import LEASE, PAUSE, Candidate, Cover, Later, Send, decide
from sync_server.sync.wakes.sender import Claim, Sender
from sync_server.web.error_middleware import DATABASE_FAILURES

GATHER_S = 0.5
"""Time in which commits are gathered, so that many users are one statement."""
SWEEP_S = 5.0
"""Interval of looking for what has become due."""
RETRY_S = 5.0
MAX_NOTED = 100_000
MAX_OF_USER = 4
"""Messages to one user's devices in one round; the others are due again a pause later."""
BEFORE_ALL = "00000000-0000-0000-0000-000000000000"
log = structlog.get_logger(__name__)


def utc_now() -> Moment:
    """The time of the wall clock."""
    return datetime.datetime.now(datetime.UTC)


class Waker:
    """Wake-ups of the devices of users with new versions, and of those that are due."""

    def __init__(
        self, app: web.Application, gateways: Gateways, now: Callable[[], Moment] = utc_now
    ) -> None:
        self.now = now
        self._app = app
        self._noted: set[str] = set()
        self._is_noted = asyncio.Event()
        self._sender = Sender(app, gateways, lambda: self.now())

    def note(self, user_id: str) -> None:
        """Note a user with a new version."""
        if len(self._noted) < MAX_NOTED:
            self._noted.add(user_id)
            self._is_noted.set()

    async def run(self) -> None:
        """Wake devices up until cancelled."""
        recovered, swept_at = False, time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S):
                    await self._is_noted.wait()
            await asyncio.sleep(GATHER_S)
            try:
                if not recovered:
                    await self.recover()
                    recovered = True
                await self.wake_noted()
                if time.monotonic() - swept_at >= SWEEP_S:
                    swept_at = time.monotonic()
                    await self.wake_due()
            except DATABASE_FAILURES as error:
                log.info("wake-ups wait for the database", reason=repr(error))
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("wake-ups failed")
                await asyncio.sleep(RETRY_S)

    async def wake_noted(self) -> None:
        """Wake the devices of the noted users; after a failure they are noted again."""
        self._is_noted.clear()
        noted, self._noted = self._noted, set()
        try:
            users = sorted(noted)
            for start in range(0, len(users), queries.BATCH):
                await self._wake(users[start : start + queries.BATCH])
        except BaseException:
            self._noted |= noted
            self._is_noted.set()
            raise

    async def wake_due(self) -> None:
        """Wake the devices that have become due."""
        async with bypass_row_level_security(self._app[POOL], self._app[CONFIG]) as connection:
            rows = await connection.fetch(queries.READ_DUE, self.now())
        if rows:
            await self._wake([row["user_id"] for row in rows])

    async def recover(self) -> None:
        """Wake the devices that a process which died had not looked at."""
        last = BEFORE_ALL
        while True:
            async with bypass_row_level_security(self._app[POOL], self._app[CONFIG]) as connection:
                rows = await connection.fetch(queries.READ_UNCOVERED, last)
            if not rows:
                return
            await self._wake([row["user_id"] for row in rows])
            last = rows[-1]["user_id"]

    async def settle(self) -> None:
        """Wait for the messages on their way."""
        await self._sender.settle()

    async def close(self) -> None:
        """Wait a little for the messages on their way; the rest is sent by another process."""
        await self._sender.close()

    async def _wake(self, user_ids: Sequence[str]) -> None:
        app = self._app
        async with bypass_row_level_security(app[POOL], app[CONFIG]) as connection:
            candidates = await queries.read_candidates(
                connection, user_ids, app[SIGHTINGS].delivered
            )
        if not candidates:
            return
        behind = sorted({it.key.user_id for it in candidates if it.behind})
        streaming = await sessions_with_streams(app, behind) if behind else set[str]()
        now = self.now()
        send, later, covered = _sorted(candidates, now, streaming, self._sender.room)
        async with bypass_row_level_security(app[POOL], app[CONFIG]) as connection:
            await queries.note_covered(connection, covered)
            await queries.note_later(connection, later)
            claims = await self._claim(connection, send, now)
        for claim in claims:
            self._sender.start(claim)

    async def _claim(
        self, connection: Connection, send: Sequence[Candidate], now: Moment
    ) -> list[Claim]:
        if not send:
            return []
        heads, lease = {it.key: it.head for it in send}, now + LEASE
        rows = await queries.claim(connection, list(heads), now, lease, now - PAUSE)
        claims = []
        for row in rows:
            key = queries.key_of(row)
            claims.append(
                Claim(key, row["kind"], row["address"], row["failures"], heads[key], lease)
            )
        return claims


def _sorted(
    candidates: Sequence[Candidate], now: Moment, streaming: set[str], room: int
) -> tuple[list[Candidate], dict[DeviceKey, Moment], dict[DeviceKey, int]]:
    """Devices to send to, those to decide on later, and versions that need no message."""
    send: list[Candidate] = []
    later: dict[DeviceKey, Moment] = {}
    covered: dict[DeviceKey, int] = {}
    of_user: Counter[str] = Counter()
    for it in candidates:
        match decide(it, now, it.session_id in streaming):
            case Send() if len(send) < room and of_user[it.key.user_id] < MAX_OF_USER:
                of_user[it.key.user_id] += 1
                send.append(it)
            case Send():
                later[it.key] = now + PAUSE
            case Later(at):
                later[it.key] = at
            case Cover():
                covered[it.key] = it.head
    return send, later, covered


WAKER: web.AppKey[Waker] = web.AppKey("waker", Waker)


async def waker_context(app: web.Application) -> AsyncIterator[None]:
    """Wake devices up while the application runs, if it has a push service."""
    gateways = Gateways(app[CONFIG])
    gateways.open()
    app[WAKER] = waker = Waker(app, gateways)
    task: asyncio.Task[None] | None = None
    if kinds_of(app[CONFIG]):
        app[PUBLISHER].observe(waker.note)
        task = asyncio.create_task(waker.run())
    yield
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await waker.close()
    await gateways.close()
