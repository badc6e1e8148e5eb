"""Pushes: a validated batch of a device's changes, committed in one transaction."""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.config.units import DAY_S
from sync_server.store.postgres import Connection, Pool, to_timestamp
from sync_server.sync.engine.batch import BatchResult, resolve_batch
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.clocks import SERVER_CLOCK, correct_clocks
from sync_server.sync.push.commit import RejectedChange
from sync_server.sync.push.offers import OFFERS, admit_offers, count_offers, offer_statuses
from sync_server.sync.push.recent_sync import known_versions, require_recent_sync
from sync_server.sync.push.request import PushRequest, read_push
from sync_server.sync.push.response import response_text
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.sync.push.transaction import run_transaction
from sync_server.sync.push.validation import validate_push
from sync_server.sync.stored_response import StoredResponse, WriteResult
from sync_server.web.idempotency import IdempotencyKey


def push_fingerprint(body: bytes) -> bytes:
    """SHA-256 of a push's body: two requests with the same one are the same push."""
    return hashlib.sha256(body).digest()


async def push(
    pool: Pool, config: Config, user_id: UserId, body: bytes, now_us: int, session_id: str
) -> WriteResult:
    """Read a push of the server's own and commit it, without an Idempotency-Key.

    Its clocks may be as old as the records of an imported file.
    """
    request = read_push(user_id, None, body, config, now_us, min_clock=1, session_id=session_id)
    return await commit_push(pool, config, request)


async def commit_push(pool: Pool, config: Config, request: PushRequest) -> WriteResult:
    """Validate a push and commit it, or find the response that its key already has."""
    raw = request.envelope.changes
    context, changes = await in_thread_if_many(raw, validate_push, request, config)
    horizon_us = request.now_us - config.retention.tombstone_retention_days * DAY_S * 1_000_000
    push = _DevicePush(request, context, changes, horizon_us, config.sync.offer_days)
    result = await run_transaction(pool, config, push)
    if not result.replayed:
        for status in push.offered:
            OFFERS.labels(status).inc()
    return result


@dataclass(frozen=True, slots=True)
class _DevicePush:
    """The push of a device: a BatchWrite. No tombstone after `horizon_us` was purged.

    Offers are taken for `offer_days` after a restore; `offered` are their statuses.
    """

    request: PushRequest
    context: BatchContext
    changes: list[ValidChange | InvalidChange]
    horizon_us: int
    offer_days: int
    offered: list[str] = field(default_factory=list)

    @property
    def key(self) -> IdempotencyKey | None:
        return self.request.key

    @property
    def needs_lock(self) -> bool:
        # A rejected change is stored, and an offer counted, in the same transaction.
        return any(
            isinstance(change, InvalidChange) or change.offered is not None
            for change in self.changes
        )

    def resolve(self, snapshot: PushSnapshot) -> BatchResult:
        request, working = self.request, snapshot.working_set()
        sent = self._admitted(snapshot)
        known = known_versions(snapshot, request.cursor, sent)
        SERVER_CLOCK.report(snapshot.max_clock, request.now_us)
        device = snapshot.device_clock.observe(request.sent_at, request.now_us)
        shift = 0 if request.sent_at is None else device.shift
        now_us = max(request.now_us, snapshot.max_clock)
        changes, correction = correct_clocks(sent, working, device, shift, now_us)
        context = replace(self.context, correction=correction)
        batch = resolve_batch(changes, working, context, request.envelope.atomic, known)
        if batch.written.records:
            # The changes of an aborted push may be sent again: they are not behind the device yet.
            device = device.corrected(correction)
        stored = device if device.differs(snapshot.device_clock) else None
        return replace(batch, device_clock=stored, shift=correction.shift)

    def _admitted(self, snapshot: PushSnapshot) -> Sequence[ValidChange | InvalidChange]:
        """The changes that this device may make, with the reasons against the others."""
        request, changes = self.request, self.changes
        if snapshot.restore is None:
            require_recent_sync(snapshot, request.cursor, changes, self.horizon_us)
            return changes
        # An offer is itself the proof that its record was there in the lost history.
        others = [it for it in changes if isinstance(it, InvalidChange) or it.offered is None]
        if others:
            require_recent_sync(snapshot, request.cursor, others, self.horizon_us)
        since = self._now - datetime.timedelta(days=self.offer_days)
        return admit_offers(changes, snapshot.restore, snapshot.stored, since)

    @property
    def _now(self) -> datetime.datetime:
        return to_timestamp(self.request.now_us)

    async def render(
        self, connection: Connection, snapshot: PushSnapshot, batch: BatchResult
    ) -> StoredResponse:
        if snapshot.restore is not None:
            self.offered[:] = offer_statuses(batch)
            await count_offers(connection, self.context.user_id, self.offered, self._now)
        text = await in_thread_if_many(self.changes, response_text, batch, self.context)
        return StoredResponse(text)

    def rejected(self, batch: BatchResult) -> Iterator[RejectedChange]:
        for raw, result in zip(self.request.envelope.changes, batch.results, strict=True):
            if result.resolution.rejection is not None:
                yield RejectedChange(bytes(raw), result.resolution.rejection)
