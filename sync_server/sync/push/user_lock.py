"""The turns of a user's writes in one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool

_local_locks: WeakValueDictionary[tuple[int, UserId], asyncio.Lock] = WeakValueDictionary()


@asynccontextmanager
async def exclusive(pool: Pool, config: Config, user_id: UserId) -> AsyncIterator[None]:
    """The user's turn in this process."""
    lock = _local_locks.setdefault((id(pool), user_id), asyncio.Lock())
    async with asyncio.timeout(config.stores.database_timeout_s):
        await lock.acquire()
    try:
        yield
    finally:
        lock.release()
