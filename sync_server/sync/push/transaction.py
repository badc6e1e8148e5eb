"""The flow of every write: read, resolve, render, commit; under the lock where it has to be."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

import asyncpg

from sync_server.config.settings import Config
from sync_server.store.fenced_reads import Reads, reads_on
from sync_server.store.postgres import Connection, Pool, acquire, transaction
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.engine.history import replaced_values
from sync_server.sync.push import sql
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.commit import (
    ResolvedWrite,
    commit,
    insert_new,
)
from sync_server.sync.push.commit_rest import RejectedChange, commit_rest
from sync_server.sync.push.locked_commit import commit_locked
from sync_server.sync.push.quota import history_size, keep_quotas, trim_history, usage_after
from sync_server.sync.push.recent_heads import RECENT_HEADS, look_new
from sync_server.sync.push.snapshot import PushSnapshot, read_snapshot
from sync_server.sync.push.user_lock import exclusive
from sync_server.sync.stored_response import StoredResponse, WriteResult, replay
from sync_server.web.errors import ApiError
from sync_server.web.idempotency import IdempotencyKey

_TRIES = 3
_LOST_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


CommitBatch = Callable[[Connection, ResolvedWrite], Awaitable[bool]]
"""Writes a batch by one statement; False if the snapshot is out of date."""


class BatchWrite(Protocol):
    """A batch of changes from one source: a device's push, or the edits of a REST request."""

    @property
    def context(self) -> BatchContext:
        """The properties that all changes share."""

    @property
    def key(self) -> IdempotencyKey | None:
        """The key under which the response is stored."""

    @property
    def needs_lock(self) -> bool:
        """True if other statements than those of a commit belong to the same transaction."""

    @property
    def changes(self) -> Sequence[ValidChange | InvalidChange]:
        """The changes in order."""

    @property
    def offered(self) -> Sequence[str]:
        """The statuses of the offers, once they are resolved."""

    async def resolve(
        self, reads: Reads, snapshot: PushSnapshot
    ) -> tuple[BatchResult, StoredResponse]:
        """Resolve the changes, and render the response before they are written.

        What `reads` shows has the version of the snapshot: otherwise nothing is written. An error
        writes nothing either.
        """

    def rejected(self, batch: BatchResult) -> Iterator[RejectedChange]:
        """The rejected changes to store."""


async def run_transaction(pool: Pool, config: Config, write: BatchWrite) -> WriteResult:
    """Commit the write, or find the response that its key already has.

    A write is first tried without a lock: it is read, resolved, and committed by a statement that
    writes only if the user's head is unchanged. Where that is not possible, a transaction holds
    the user's lock from its beginning to its commit. Writes of one process wait for one another
    before they take a connection. Two pushes under one key meet at the head or in the primary key
    of `idempotency_keys`; the later one is run again, and reads the response of the earlier.
    Raises AccountDeleted, IdempotencyKeyReused and the errors of the write: then nothing is
    written, and nothing is stored under the key.
    """
    async with exclusive(pool, config, write.context.user_id):
        if config.stores.statements_write_several_tables and not write.needs_lock:
            result = await _run_without_lock(pool, config, write)
            if result is not None:
                return result
        return await _run_with_lock(pool, config, write)


async def _run_without_lock(pool: Pool, config: Config, write: BatchWrite) -> WriteResult | None:
    """Commit the write in one or two statements; None if it needs the lock."""
    user_id, device_id = write.context.user_id, write.context.device_id
    async with acquire(pool, config) as connection:
        reads = reads_on(connection, config, user_id)
        head = RECENT_HEADS.get(user_id, device_id)
        if head is not None and look_new(write.changes):
            try:
                assumed = await _resolve(reads, config, write, PushSnapshot(head, {}, {}))
                if result := await _commit_alone(connection, config, assumed, insert_new):
                    return result
            except (asyncpg.UniqueViolationError, ApiError):
                pass  # what is stored says more than what was assumed
            RECENT_HEADS.forget(user_id, device_id)
        snapshot = await read_snapshot(connection, write.context, write.key, write.changes)
        if snapshot.response is not None:
            return replay(snapshot.response)
        try:
            resolved = await _resolve(reads, config, write, snapshot)
            return await _commit_alone(connection, config, resolved, commit)
        except _LOST_RACES:
            return None


async def _run_with_lock(pool: Pool, config: Config, write: BatchWrite) -> WriteResult:
    user_id = write.context.user_id
    lock = sql.LOCK_HEAD.format(user_id=user_id)
    for tries_left in reversed(range(_TRIES)):
        try:
            async with transaction(pool, config, user_id, lock) as connection:
                return await _transact(connection, config, write)
        except _LOST_RACES:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


async def _resolve(
    reads: Reads, config: Config, write: BatchWrite, snapshot: PushSnapshot
) -> ResolvedWrite:
    batch, response = await write.resolve(reads, snapshot)
    return await in_thread_if_many(
        write.changes, _resolved, config, write, snapshot, batch, response
    )


def _resolved(
    config: Config,
    write: BatchWrite,
    snapshot: PushSnapshot,
    batch: BatchResult,
    response: StoredResponse,
) -> ResolvedWrite:
    result = WriteResult(
        response,
        response.compressed() if write.key else b"",
        batch.version,
        changed=bool(batch.written.records),
    )
    usage = usage_after(snapshot, batch, config)
    replaced = replaced_values(batch.written) if config.retention.history_retention_days else ()
    return ResolvedWrite(write.context, write.key, snapshot, batch, result, usage, replaced)


async def _commit_alone(
    connection: Connection, config: Config, write: ResolvedWrite, commit_batch: CommitBatch
) -> WriteResult | None:
    """Commit by one statement; None if that is not possible, or the head has moved on."""
    usage = write.usage
    if usage is None or not write.is_one_statement:
        return None
    if history_size(write.snapshot, write.replaced) > config.quotas.quota_bytes - usage.bytes:
        return None  # the oldest history must make room
    if not await commit_batch(connection, write):
        return None
    RECENT_HEADS.note(write.context, write.snapshot, write.batch, usage)
    return write.result


async def _transact(connection: Connection, config: Config, write: BatchWrite) -> WriteResult:
    context = write.context
    snapshot = await read_snapshot(connection, context, write.key, write.changes)
    if snapshot.response is not None:
        return replay(snapshot.response)
    resolved = await _resolve(connection, config, write, snapshot)
    batch, usage = resolved.batch, resolved.usage
    if not config.stores.statements_write_several_tables:
        await commit_locked(connection, resolved)
    elif not await commit(connection, resolved):
        raise AssertionError("The head of a locked user has changed.")
    await commit_rest(connection, resolved, write.rejected(batch), write.offered)
    await keep_quotas(connection, config, context.user_id, batch, usage)
    if usage is not None:
        size = history_size(snapshot, resolved.replaced)
        await trim_history(connection, config, context.user_id, size, usage)
    return resolved.result
