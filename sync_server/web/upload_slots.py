"""Limits of concurrent large uploads in one process: each takes memory and processor time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from schema.ids import UserId
from sync_server.web.errors import Overloaded


class UploadSlots:
    """Slots for `total` uploads, at most `per_user` of one user."""

    def __init__(self, total: int, per_user: int) -> None:
        self._total, self._per_user = total, per_user
        self._reserved: Counter[str] = Counter()

    @contextmanager
    def reserve(self, user_id: UserId) -> Iterator[None]:
        """A slot for one upload; raises Overloaded."""
        if self._reserved.total() >= self._total or self._reserved[user_id] >= self._per_user:
            raise Overloaded("Too many files are being uploaded right now.")
        self._reserved[user_id] += 1
        try:
            yield
        finally:
            self._reserved[user_id] -= 1
            self._reserved += Counter()  # drops the zeros
