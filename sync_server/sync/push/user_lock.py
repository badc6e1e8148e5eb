"""The exclusive per-user lock of a write, and the snapshot that is read under it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakValueDictionary

import asyncpg

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, transaction
from sync_server.sync.engine.changes import BatchContext
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.push import sql
from sync_server.web.errors import AccountDeleted, IdempotencyKeyReused
from sync_server.web.idempotency import IdempotencyKey

_TRIES = 3
_RECORD_WIDTH = len(StoredRecord._fields)
_LOST_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_Result = TypeVar("_Result")
_local_locks: WeakValueDictionary[tuple[int, UserId], asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class LockedSnapshot:
    """The head row, the records of a batch and the key's stored response, read under the lock."""

    head: asyncpg.Record
    stored: dict[RecordKey, StoredRecord]
    response: bytes | None

    @property
    def version(self) -> int:
        """The user's version."""
        version: int = self.head["head"]
        return version


async def with_user_lock(
    pool: Pool,
    config: Config,
    user_id: UserId,
    transact: Callable[[Connection], Awaitable[_Result]],
) -> _Result:
    """Run `transact` in a transaction that holds the user's lock until its commit.

    Writes of this process wait for one another before they take a connection: only those of
    other processes wait in the database. Raises TimeoutError after the timeout of a statement.
    Two pushes under one key meet at the lock, and the later one reads the response of the
    earlier. An import stores its response without the lock: a write that meets it in the primary
    key of `idempotency_keys` is run again, and then reads the response.
    """
    lock = sql.LOCK_HEAD.format(user_id=user_id)
    async with _exclusive(pool, config, user_id):
        for tries_left in reversed(range(_TRIES)):
            try:
                async with transaction(pool, config, user_id, lock) as connection:
                    return await transact(connection)
            except _LOST_RACES:
                if not tries_left:
                    raise
    raise AssertionError("unreachable")


@asynccontextmanager
async def _exclusive(pool: Pool, config: Config, user_id: UserId) -> AsyncIterator[None]:
    """The user's turn in this process."""
    lock = _local_locks.setdefault((id(pool), user_id), asyncio.Lock())
    async with asyncio.timeout(config.database_timeout_s):
        await lock.acquire()
    try:
        yield
    finally:
        lock.release()


async def read_snapshot(
    connection: Connection,
    context: BatchContext,
    key: IdempotencyKey | None,
    record_keys: Collection[RecordKey],
) -> LockedSnapshot:
    """Read the rows that a write needs; raises AccountDeleted or IdempotencyKeyReused."""
    rows = await connection.fetch(
        sql.READ_FOR_PUSH,
        context.user_id,
        context.device_id,
        key.text if key else None,
        [collection for collection, _ in record_keys],
        [id for _, id in record_keys],
    )
    if not rows:
        raise AccountDeleted
    head = rows[0]
    if key and head["fingerprint"] is not None and head["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReused
    records = [StoredRecord(*row[:_RECORD_WIDTH]) for row in rows if row[0] is not None]
    return LockedSnapshot(head, {record.key: record for record in records}, head["response"])
