"""The user's head row, locked: who holds it is alone with the user's records until the commit."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, transaction
from sync_server.sync.engine.batch import RecordKey
from sync_server.sync.engine.resolve import Stored
from sync_server.sync.push import sql as statements
from sync_server.web.errors import AccountDeleted, IdempotencyKeyReused

_TRIES = 3
_STORED = len(Stored._fields)
_LOST_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Held:
    """What was read under the lock: the head, the records asked for, the key's earlier answer."""

    head: asyncpg.Record
    stored: dict[RecordKey, Stored]
    answer: bytes | None

    @property
    def version(self) -> int:
        """The user's version."""
        version: int = self.head["head"]
        return version


async def holding(
    pool: Pool, config: Config, user_id: UserId, act: Callable[[Connection], Awaitable[_Found]]
) -> _Found:
    """What `act` gives, in one transaction that holds the lock.

    Two requests under one key that run at once meet in the primary key of `idempotency_keys`: the
    later one starts anew and finds the answer.
    """
    lock = statements.LOCK_HEAD.format(user_id=user_id)
    for tries_left in reversed(range(_TRIES)):
        try:
            async with transaction(pool, config, user_id, lock) as connection:
                return await act(connection)
        except _LOST_RACES:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


async def read_held(
    connection: Connection,
    user_id: UserId,
    device_id: str,
    key: str | None,
    fingerprint: bytes,
    keys: Collection[RecordKey],
) -> Held:
    """Read what a write must know; raises AccountDeleted or IdempotencyKeyReused."""
    rows = await connection.fetch(
        statements.READ_FOR_PUSH,
        user_id,
        device_id,
        key,
        [collection for collection, _ in keys],
        [id for _, id in keys],
    )
    if not rows:
        raise AccountDeleted
    head = rows[0]
    if head["fingerprint"] is not None and head["fingerprint"] != fingerprint:
        raise IdempotencyKeyReused
    stored = {(row[0], row[1]): Stored(*row[:_STORED]) for row in rows if row[0] is not None}
    return Held(head, stored, head["answer"])
