"""Writes that are ready to run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sync_server.sync.stored_response import WriteResult


@dataclass(frozen=True, slots=True)
class Operation:
    """A write that is ready to run: its cost in changes, and the function that commits it."""

    cost: int
    run: Callable[[], Awaitable[WriteResult]]
