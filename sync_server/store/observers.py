"""Observers of what a request asks PostgreSQL and Valkey: time, and traced statements."""

from collections.abc import Callable
from contextvars import ContextVar

from asyncpg.connection import LoggedQuery

QueryObserver = Callable[[LoggedQuery], None]
"""Called after each statement."""
CommandObserver = Callable[[str, int], None]
"""Called after commands of Valkey: their names, and when they began in nanoseconds."""
WorkObserver = Callable[[float], None]
"""Called with seconds for which a connection of PostgreSQL was held, or a thread computed."""

QUERIES: ContextVar[QueryObserver | None] = ContextVar("queries", default=None)
COMMANDS: ContextVar[CommandObserver | None] = ContextVar("commands", default=None)
WORK: ContextVar[WorkObserver | None] = ContextVar("work", default=None)
