"""Reads of one user's rows without BEGIN and COMMIT: each statement opens the fence for itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeAlias

import asyncpg

from sync_server.config.settings import Config
from sync_server.store.postgres import FENCE, READ_TIMEOUT_S, Connection, Pool, acquire, transaction


@lru_cache(maxsize=1024)
def fenced(statement: str) -> str:
    """The statement, whose first parameter is the user's id, with the fence opened before it.

    PostgreSQL needs a row of FENCE before it begins with the statement, which asks for one.
    """
    return f"""
SELECT found.*
FROM {FENCE}
CROSS JOIN LATERAL (
  SELECT * FROM ({statement}) AS opened WHERE fence.user_id IS NOT NULL OFFSET 0
) AS found"""


class FencedReads:
    """Reads of a user's rows on a connection, each a transaction of its own.

    A statement whose first argument is the user's id sees the user's rows, any other one only
    tables that are the same for everybody. No BEGIN notices a frozen database before them, so they
    have the timeout of a pull.
    """

    __slots__ = ("_connection", "_user_id")

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """All rows."""
        return await self._connection.fetch(
            self._fenced(statement, arguments), *arguments, timeout=READ_TIMEOUT_S
        )

    async def fetchrow(self, statement: str, *arguments: object) -> asyncpg.Record | None:
        """The first row, None if there is none."""
        return await self._connection.fetchrow(
            self._fenced(statement, arguments), *arguments, timeout=READ_TIMEOUT_S
        )

    async def fetchval(self, statement: str, *arguments: object) -> Any:
        """The first column of the first row, None if there is none."""
        return await self._connection.fetchval(
            self._fenced(statement, arguments), *arguments, timeout=READ_TIMEOUT_S
        )

    def _fenced(self, statement: str, arguments: Sequence[object]) -> str:
        is_of_user = bool(arguments) and arguments[0] == self._user_id
        return fenced(statement) if is_of_user else statement


Reads: TypeAlias = "Connection | FencedReads"
"""Source of one user's rows: a transaction of the user, or reads that are fenced one by one."""


def reads_on(connection: Connection, config: Config, user_id: str) -> Reads:
    """Reads on a connection that has no transaction."""
    return FencedReads(connection, user_id) if config.stores.row_level_security else connection


@asynccontextmanager
async def read_rows(pool: Pool, config: Config, user_id: str) -> AsyncIterator[Reads]:
    """Reads of one user's rows."""
    if config.stores.statements_join_the_fence:
        async with acquire(pool, config) as connection:
            yield reads_on(connection, config, user_id)
    else:
        async with transaction(pool, config, user_id) as connection:
            yield connection
