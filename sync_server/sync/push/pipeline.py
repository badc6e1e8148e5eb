"""Pushes: a validated batch of a device's changes, committed in one transaction."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool
from sync_server.sync.engine.batch import BatchResult, resolve_batch
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.push.commit import RejectedChange
from sync_server.sync.push.request import PushRequest, read_push
from sync_server.sync.push.response import response_text
from sync_server.sync.push.transaction import run_transaction
from sync_server.sync.push.user_lock import LockedSnapshot
from sync_server.sync.push.validation import validate_push
from sync_server.sync.stored_response import StoredResponse, WriteResult
from sync_server.web.errors import ResyncFirst
from sync_server.web.idempotency import IdempotencyKey


def push_fingerprint(body: bytes) -> bytes:
    """SHA-256 of a push's body: two requests with the same one are the same push."""
    return hashlib.sha256(body).digest()


async def push(
    pool: Pool, config: Config, user_id: UserId, body: bytes, now_us: int
) -> WriteResult:
    """Read a push and commit it, without an Idempotency-Key."""
    return await commit_push(pool, config, read_push(user_id, None, body, config, now_us))


async def commit_push(pool: Pool, config: Config, request: PushRequest) -> WriteResult:
    """Validate a push and commit it, or find the response that its key already has."""
    context, changes = validate_push(request, config)
    return await run_transaction(pool, config, _DevicePush(request, context, changes))


@dataclass(frozen=True, slots=True)
class _DevicePush:
    """The push of a device: a BatchWrite."""

    request: PushRequest
    context: BatchContext
    changes: list[ValidChange | InvalidChange]

    @property
    def key(self) -> IdempotencyKey | None:
        return self.request.key

    def resolve(self, snapshot: LockedSnapshot) -> BatchResult:
        require_recent_sync(snapshot, self.request)
        atomic = self.request.envelope.atomic
        return resolve_batch(self.changes, snapshot.stored, self.context, snapshot.version, atomic)

    async def render(
        self, _connection: Connection, _snapshot: LockedSnapshot, batch: BatchResult
    ) -> StoredResponse:
        return StoredResponse(response_text(batch, self.context))

    def rejected(self, batch: BatchResult) -> Iterator[RejectedChange]:
        for raw, result in zip(self.request.envelope.changes, batch.results, strict=True):
            if result.resolution.rejection is not None:
                yield RejectedChange(bytes(raw), result.resolution.rejection)


def require_recent_sync(snapshot: LockedSnapshot, push: PushRequest) -> None:
    """Raise ResyncFirst for a device that may have missed purged tombstones."""
    head, cursor = snapshot.head, push.cursor
    acked = head["acked_version"]
    if acked is not None and acked < head["purged_version"]:
        raise ResyncFirst
    if cursor is not None and (
        cursor.epoch != head["epoch"]
        or cursor.version > head["head"]
        or cursor.safe_version < head["purged_version"]
    ):
        raise ResyncFirst("The push's base_cursor lies before the oldest purged tombstone.")
