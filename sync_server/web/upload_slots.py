"""How many large uploads are under way in a process: they are memory, and reading them is work."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from schema.ids import UserId
from sync_server.web.errors import Overloaded


class Places:
    """Room for a few uploads, of which a user has only some, and turns to work on them."""

    def __init__(self, room: int, room_of_one: int, at_once: int) -> None:
        self.turn = asyncio.Semaphore(at_once)
        self._room, self._room_of_one = room, room_of_one
        self._taken: Counter[str] = Counter()

    @contextmanager
    def place(self, user_id: UserId) -> Iterator[None]:
        """Room for one upload; raises Overloaded."""
        if self._taken.total() >= self._room or self._taken[user_id] >= self._room_of_one:
            raise Overloaded("Too many files are being uploaded right now.")
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            self._taken += Counter()  # drops the zeros
