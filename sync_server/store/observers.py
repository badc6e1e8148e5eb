"""Observers of what a request asks PostgreSQL and Valkey: of traced requests only."""

from collections.abc import Callable
from contextvars import ContextVar

from asyncpg.connection import LoggedQuery

QueryObserver = Callable[[LoggedQuery], None]
"""Called after each statement."""
CommandObserver = Callable[[str, int], None]
"""Called after commands of Valkey: their names, and when they began in nanoseconds."""

QUERIES: ContextVar[QueryObserver | None] = ContextVar("queries", default=None)
COMMANDS: ContextVar[CommandObserver | None] = ContextVar("commands", default=None)
