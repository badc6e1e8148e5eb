"""Budgets of a combined push and pull: the time and the bytes that a phone's system grants."""

import time
from dataclasses import dataclass, replace
from typing import Self

from sync_server.sync.pull.query import PullQuery
from sync_server.sync.push.request import SyncBody

_ENVELOPE_BYTES = 400
"""Upper bound of a response without its results and records: members, cursor, braces."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The rest of a request's budget: a deadline of the monotonic clock, and bytes."""

    deadline: float | None
    max_bytes: int | None

    @classmethod
    def of(cls, body: SyncBody) -> Self:
        """The budget of a request that begins now."""
        deadline = None if body.budget_ms is None else time.monotonic() + body.budget_ms / 1000
        return cls(deadline, body.budget_bytes)

    @property
    def left_s(self) -> float | None:
        """Seconds that are left, None without a bound."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def pull(self, query: PullQuery, used_bytes: int) -> PullQuery | None:
        """The query of what fits after a push with a response of so many bytes; None for nothing.

        Under a budget a page has no day views: they can be requested when there is time.
        """
        if self.deadline is None and self.max_bytes is None:
            return query
        if self.left_s is not None and self.left_s <= 0:
            return None
        if self.max_bytes is None:
            return replace(query, day_views="none")
        left = self.max_bytes - used_bytes - _ENVELOPE_BYTES
        return replace(query, day_views="none", max_bytes=left) if left > 0 else None
