"""How many imports are under way in a process: files are large, and reading them is work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import web

from schema.ids import UserId
from sync_server.web.errors import Overloaded

AT_ONCE, WAITING, WAITING_OF_ONE = 1, 8, 2


class Places:
    """Room for a few files, and turns to read and write what is in them.

    One at a time: the greatest file takes some 250 MB while it is read.
    """

    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(AT_ONCE)
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, user_id: UserId) -> Iterator[None]:
        """Room for one file, of which a user has two at most; raises Overloaded."""
        if self._taken.total() >= WAITING or self._taken[user_id] >= WAITING_OF_ONE:
            raise Overloaded("Too many files are being imported right now.")
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            self._taken += Counter()  # drops the zeros


PLACES: web.AppKey[Places] = web.AppKey("places", Places)


async def importing(app: web.Application) -> AsyncIterator[None]:
    """The places, as long as the application runs."""
    app[PLACES] = Places()
    yield
