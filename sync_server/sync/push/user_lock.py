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
    key = id(pool), user_id
    lock = _local_locks.get(key)
    if lock is None:  # nobody has it or waits for it, so there is nothing to time
        lock = _local_locks[key] = asyncio.Lock()
        await lock.acquire()
    else:
        async with asyncio.timeout(config.stores.database_timeout_s):
            await lock.acquire()
    try:
        yield
    finally:
        lock.release()
