"""Resolution of a device's push, and its response."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import to_timestamp
from sync_server.sync.engine.batch import BatchResult, resolve_batch
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.clocks import SERVER_CLOCK, correct_clocks
from sync_server.sync.push.commit_rest import RejectedChange
from sync_server.sync.push.offers import admit_offers, offer_statuses
from sync_server.sync.push.recent_sync import known_versions, require_recent_sync
from sync_server.sync.push.request import PushRequest
from sync_server.sync.push.response import response_text
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.idempotency import IdempotencyKey


@dataclass(frozen=True, slots=True)
class DevicePush:
    """A device's push as a BatchWrite. No tombstone after `horizon_us` was purged.

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
        """The key under which the response is stored."""
        return self.request.key

    @property
    def needs_lock(self) -> bool:
        """True with rejected changes or offers."""
        # A rejected change is stored, and an offer counted, in the same transaction.
        return any(
            isinstance(change, InvalidChange) or change.offered is not None
            for change in self.changes
        )

    async def resolve(
        self, _reads: Reads, snapshot: PushSnapshot
    ) -> tuple[BatchResult, StoredResponse]:
        """The changes resolved against the snapshot, and their results in the order sent.

        Raises ResyncFirst.
        """
        batch = await in_thread_if_many(self.changes, self._resolve, snapshot)
        if snapshot.restore is not None:
            self.offered[:] = offer_statuses(batch)
        text = await in_thread_if_many(self.changes, response_text, batch, self.context)
        return batch, StoredResponse(text)

    def rejected(self, batch: BatchResult) -> Iterator[RejectedChange]:
        """The rejected changes, as they were sent."""
        for raw, result in zip(self.request.envelope.changes, batch.results, strict=True):
            if result.resolution.rejection is not None:
                yield RejectedChange(bytes(raw), result.resolution.rejection)

    def _resolve(self, snapshot: PushSnapshot) -> BatchResult:
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
