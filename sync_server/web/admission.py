"""Admission of a user's requests: so many at work at once in this process, a short queue beyond.

A waiting request holds no connection of a pool, no lock and no thread: one user's many requests
delay no other user.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import Config
from sync_server.web.errors import TooManyInFlight
from sync_server.web.heavy_turns import HeavyTurns

PROMPT_REJECTIONS, FIRST_DELAY_S, LONGEST_DELAY_S = 8, 0.05, 2.0
"""Rejections of a user that come at once; each further one takes twice as long, up to a limit.

A client that repeats them at once would otherwise keep the process busy with nothing else.
"""
SPACING_S = 0.025
"""Least time between two of these: hundreds at one moment would hold up everybody else."""
REJECTED = Counter(
    "trackforge_too_many_in_flight_total",
    "Requests rejected because their user has too many in flight, by kind.",
    ("kind",),
)


@dataclass(slots=True)
class _Slots:
    """Requests of one user: the number at work, and those that wait in order of arrival.

    `rejected` is the number of rejections since none was at work, `due` the time of the last one.
    """

    working: int = 0
    rejected: int = 0
    due: float = 0.0
    waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)


class UserAdmission:
    """Admission of requests of one kind: `at_work` of a user, `queued` more for up to `wait_s`."""

    def __init__(self, kind: str, at_work: int, queued: int, wait_s: float) -> None:
        self._kind, self._at_work, self._queued, self._wait_s = kind, at_work, queued, wait_s
        self._slots: dict[str, _Slots] = {}

    @asynccontextmanager
    async def admit(self, user_id: str) -> AsyncIterator[None]:
        """Wait for the user's turn; raises TooManyInFlight when the queue is full, or too slow."""
        slots = self._slots.setdefault(user_id, _Slots())
        try:
            if slots.working < self._at_work:
                slots.working += 1
            else:
                await self._wait(slots)
            try:
                yield
            finally:
                self._pass_on(slots)
        finally:
            if not slots.working and self._slots.get(user_id) is slots:
                del self._slots[user_id]

    async def _wait(self, slots: _Slots) -> None:
        if len(slots.waiting) >= self._queued:
            slots.rejected += 1
            if (further := slots.rejected - PROMPT_REJECTIONS) > 0:
                await asyncio.sleep(_delay(slots, further))
            raise self._rejection()
        turn = asyncio.get_running_loop().create_future()
        slots.waiting.append(turn)
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                # The turn came at the same moment: the next one has it.
                self._pass_on(slots)
            else:
                slots.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise self._rejection() from None
            raise

    @staticmethod
    def _pass_on(slots: _Slots) -> None:
        """Hand a slot to the longest waiting request, or free it."""
        while slots.waiting:
            turn = slots.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        slots.working -= 1

    def _rejection(self) -> TooManyInFlight:
        REJECTED.labels(self._kind).inc()
        return TooManyInFlight(
            f"At most {self._at_work} {self._kind} of one user are at work at once: try again.",
            headers={"Retry-After": "1"},
        )


def _delay(slots: _Slots, further: int) -> float:
    """Seconds until a rejection, which is `SPACING_S` after the one before at the earliest."""
    now = asyncio.get_running_loop().time()
    delay = min(FIRST_DELAY_S * 2 ** min(further, 16), LONGEST_DELAY_S)
    slots.due = max(now + delay, slots.due + SPACING_S)
    return slots.due - now


class RequestAdmission:
    """Admission of a user's requests in general: reads and writes apart, heavy ones in turn."""

    def __init__(self, config: Config) -> None:
        queued, wait_s = config.serving.user_queue, config.serving.user_queue_timeout_s
        self.reads = UserAdmission("reads", config.serving.user_reads, queued, wait_s)
        self.writes = UserAdmission("writes", config.serving.user_writes, queued, wait_s)
        cores = (os.cpu_count() or 1) // max(1, config.serving.workers)
        self.heavy_turns = HeavyTurns(max(1, cores - 1), wait_s)

    def of(self, request: web.Request) -> UserAdmission:
        """Admission of the request's kind."""
        return self.reads if request.method in ("GET", "HEAD") else self.writes


ADMISSION: web.AppKey[RequestAdmission] = web.AppKey("admission", RequestAdmission)
