"""Recorder of the statements that servers under test send, for the router lint."""

import re
from weakref import WeakSet

import asyncpg
import pytest
from asyncpg.connection import LoggedQuery
from asyncpg.pool import PoolConnectionProxy

from sync_server import app
from sync_server.config.settings import Config
from sync_server.store.connection_pool import ConnectionPool
from sync_server.store.postgres import Pool, create_pool

_USER = re.compile("[-0-9a-f]{36}")


class Recorder:
    """Distinct texts of the statements of servers in this process; those of tests are not among."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self._pools: WeakSet[Pool] = WeakSet()

    def attach(self, patch: pytest.MonkeyPatch) -> None:
        """Record from now on, until the patch is undone."""
        take = ConnectionPool.take

        async def open_pool(config: Config) -> Pool:
            pool = await create_pool(config)
            self._pools.add(pool)
            return pool

        async def recorded_take(
            pool: ConnectionPool, seconds: float
        ) -> "PoolConnectionProxy[asyncpg.Record]":
            connection = await take(pool, seconds)
            if pool in self._pools:
                connection.add_query_logger(self._note)
            return connection

        patch.setattr(app, "create_pool", open_pool)
        patch.setattr(ConnectionPool, "take", recorded_take)

    def _note(self, query: LoggedQuery) -> None:
        text = query.query
        if text.startswith("BEGIN; SET LOCAL trackforge.user_id"):
            text = _USER.sub("user", text)
        self.texts.add(text)
