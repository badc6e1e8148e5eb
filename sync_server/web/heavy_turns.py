"""Turns of heavy requests: of users who used much lately, while others are active.

One request of a user at once, and so many of all; the user who used least goes first. A turn lasts
for half a second at most: a request that takes longer goes on without it. After a turn there is a
rest of the same length, 50 ms at most, so that a crowd of short requests leaves time to others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync_server.web.errors import TooManyInFlight
from sync_server.web.used_time import UsedTime

TURN_S, REST_S = 0.5, 0.05


class _Turn:
    """Turn of one request, which comes some time."""

    __slots__ = ("account", "came")

    def __init__(self, account: UsedTime) -> None:
        self.account = account
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class HeavyTurns:
    """Turns of `at_work` requests at once; a request waits for `wait_s` at most."""

    def __init__(self, at_work: int, wait_s: float) -> None:
        self._at_work, self._wait_s = at_work, wait_s
        self._waiting: list[_Turn] = []
        self._working: set[_Turn] = set()

    @asynccontextmanager
    async def take(self, account: UsedTime) -> AsyncIterator[None]:
        """Wait for the user's turn; raises TooManyInFlight when it does not come in time."""
        turn = _Turn(account)
        self._waiting.append(turn)
        self._start_next()
        try:
            async with asyncio.timeout(self._wait_s):
                await turn.came
        except TimeoutError:
            self._end(turn)
            raise TooManyInFlight(
                "You have used much lately, and others wait: try again.",
                headers={"Retry-After": "1"},
            ) from None
        except BaseException:
            self._end(turn)
            raise
        loop = asyncio.get_running_loop()
        began, timer = loop.time(), loop.call_later(TURN_S, self._end, turn)
        try:
            yield
        finally:
            timer.cancel()
            loop.call_later(min(loop.time() - began, REST_S), self._end, turn)

    def _start_next(self) -> None:
        while len(self._working) < self._at_work:
            busy = {turn.account for turn in self._working}
            ready = [turn for turn in self._waiting if turn.account not in busy]
            if not ready:
                return
            turn = min(ready, key=lambda each: each.account.used_lately())
            self._waiting.remove(turn)
            self._working.add(turn)
            if not turn.came.done():
                turn.came.set_result(None)

    def _end(self, turn: _Turn) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        self._working.discard(turn)
        self._start_next()
