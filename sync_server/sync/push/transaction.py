"""The one transaction of every write: lock, read, resolve, render, commit."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import asyncpg

from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, transaction
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.engine.history import replaced_values
from sync_server.sync.push import sql
from sync_server.sync.push.commit import RejectedChange, commit
from sync_server.sync.push.quota import history_size, keep_quotas, trim_history, usage_after
from sync_server.sync.push.snapshot import LockedSnapshot, read_snapshot
from sync_server.sync.push.user_lock import exclusive
from sync_server.sync.stored_response import StoredResponse, WriteResult, replay
from sync_server.web.idempotency import IdempotencyKey

_TRIES = 3
_LOST_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


class BatchWrite(Protocol):
    """A batch of changes from one source: a device's push, or the edits of a REST request."""

    @property
    def context(self) -> BatchContext:
        """The properties that all changes share."""

    @property
    def key(self) -> IdempotencyKey | None:
        """The key under which the response is stored."""

    @property
    def changes(self) -> Sequence[ValidChange | InvalidChange]:
        """The changes in order."""

    def resolve(self, snapshot: LockedSnapshot) -> BatchResult:
        """Resolve the changes; an error raised here or by `render` rolls back."""

    async def render(
        self, connection: Connection, snapshot: LockedSnapshot, batch: BatchResult
    ) -> StoredResponse:
        """The response, rendered before the records are written."""

    def rejected(self, batch: BatchResult) -> Iterator[RejectedChange]:
        """The rejected changes to store."""


async def run_transaction(pool: Pool, config: Config, write: BatchWrite) -> WriteResult:
    """Commit the write, or find the response that its key already has.

    The transaction holds the user's lock from its beginning to its commit; writes of this process
    wait for one another before they take a connection. Two pushes under one
    key meet at the lock, and the later one reads the response of the earlier. An import stores its
    response without the lock: a write that meets it in the primary key of `idempotency_keys` is
    run again, and then reads the response. Raises AccountDeleted, IdempotencyKeyReused and the
    errors of the write: then nothing is written, and nothing is stored under the key.
    """
    user_id = write.context.user_id
    lock = sql.LOCK_HEAD.format(user_id=user_id)
    async with exclusive(pool, config, user_id):
        for tries_left in reversed(range(_TRIES)):
            try:
                async with transaction(pool, config, user_id, lock) as connection:
                    return await _transact(connection, config, write)
            except _LOST_RACES:
                if not tries_left:
                    raise
    raise AssertionError("unreachable")


async def _transact(connection: Connection, config: Config, write: BatchWrite) -> WriteResult:
    snapshot = await read_snapshot(connection, write.context, write.key, write.changes)
    if snapshot.response is not None:
        return replay(snapshot.response)
    batch = write.resolve(snapshot)
    response = await write.render(connection, snapshot, batch)
    result = WriteResult(
        response,
        response.compressed() if write.key else b"",
        batch.version,
        changed=bool(batch.written.records),
    )
    usage = usage_after(snapshot, batch, config)
    replaced = replaced_values(batch.written) if config.history_retention_days else ()
    await commit(
        connection,
        write.context,
        batch,
        write.key,
        result,
        write.rejected(batch),
        usage,
        replaced,
    )
    await keep_quotas(connection, config, write.context.user_id, batch, usage)
    if usage is not None:
        size = history_size(snapshot, replaced)
        await trim_history(connection, config, write.context.user_id, size, usage)
    return result
