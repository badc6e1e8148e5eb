"""The one transaction of every write: lock, read, resolve, render, commit."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool
from sync_server.sync.engine.batch import BatchResult, keys_of
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.push.commit import RejectedChange, commit
from sync_server.sync.push.quota import keep_quotas, usage_after
from sync_server.sync.push.user_lock import LockedSnapshot, read_snapshot, with_user_lock
from sync_server.sync.stored_response import StoredResponse, WriteResult, replay
from sync_server.web.idempotency import IdempotencyKey


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

    Raises AccountDeleted, IdempotencyKeyReused and the errors of the write: then nothing is
    written, and nothing is stored under the key.
    """

    async def transact(connection: Connection) -> WriteResult:
        return await _transact(connection, config, write)

    return await with_user_lock(pool, config, write.context.user_id, transact)


async def _transact(connection: Connection, config: Config, write: BatchWrite) -> WriteResult:
    snapshot = await read_snapshot(connection, write.context, write.key, keys_of(write.changes))
    if snapshot.response is not None:
        return replay(snapshot.response)
    batch = write.resolve(snapshot)
    response = await write.render(connection, snapshot, batch)
    result = WriteResult(
        response,
        response.compressed() if write.key else b"",
        batch.version,
        changed=bool(batch.records),
    )
    usage = usage_after(snapshot, batch, config)
    await commit(connection, write.context, batch, write.key, result, write.rejected(batch), usage)
    await keep_quotas(connection, config, write.context.user_id, batch, usage)
    return result
