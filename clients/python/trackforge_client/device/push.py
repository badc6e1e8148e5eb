"""Push: sends the outbox in batches, each repeated under its key until a response is received."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from trackforge_client.device.clock import Clock
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import Offline, RequestRejected
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.outbox import Batch, Outbox
from trackforge_client.device.push_result import PushResultWriter
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.wire import parse_push

STALE_US = 30_000_000
"""Age from which a batch is not repeated unchanged: half of the server's clock tolerance."""

_CONTENT_STATUSES = frozenset({400, 413, 422})
_DAMAGED_IN_TRANSIT = "malformed_body"


class Push:
    """Outgoing half of a device's sync; one push at a time."""

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        results: PushResultWriter,
        clock: Clock,
        device_id: str,
        limits: Callable[[], tuple[int, int]],
        resync: Callable[[], Awaitable[object]],
    ) -> None:
        """`limits` returns the maximum (changes, bytes); `resync` pulls from the beginning."""
        self._session = session
        self._outbox = outbox
        self._results = results
        self._clock = clock
        self._device_id = device_id
        self._limits = limits
        self._resync = resync
        self._ceiling: int | None = None
        self._lock = asyncio.Lock()

    async def push_all(self) -> Counter[str]:
        """Counts by status; sends all unsent writes."""
        statuses: Counter[str] = Counter()
        resynced = False
        async with self._lock:
            self._session.require()
            while (batch := self._next()) is not None:
                try:
                    statuses += await self._send(batch)
                except RequestRejected as error:
                    if error.code != "resync_first" or resynced:
                        raise
                    # Nothing was stored: the batch can be sent again unchanged.
                    resynced = True
                    await self._resync()
        return statuses

    def _next(self) -> Batch | None:
        batch = self._outbox.open_batch()
        if batch is not None and (batch.sent or not self._stale(batch)):
            return batch
        limit, max_bytes = self._limits()
        limit = min(limit, self._ceiling or limit)
        if batch is None:
            return self._outbox.create_batch(limit, max_bytes)
        # Never sent: its `sent_at` is too old, its key is unused.
        self._outbox.cancel_batch(batch)
        return self._outbox.create_batch(limit, max_bytes, key=batch.key)

    def _stale(self, batch: Batch) -> bool:
        return abs(self._clock.now() - batch.sent_at) > STALE_US

    async def _send(self, batch: Batch) -> Counter[str]:
        if batch.sent and self._stale(batch) and not await self._was_stored(batch):
            self._outbox.cancel_batch(batch)
            return Counter()
        self._outbox.mark_batch(batch, sent=True)
        sent_us = self._clock.now()
        try:
            response = await self._session.call("POST", "/sync/push", batch.body, batch.key)
        except Offline as error:
            if not error.sent and not batch.sent:
                self._outbox.mark_batch(batch, sent=False)
            raise
        except RequestRejected as error:
            if error.code == "idempotency_key_reused":
                self._outbox.cancel_batch(batch)
                return Counter()
            if error.status not in _CONTENT_STATUSES or error.code == _DAMAGED_IN_TRANSIT:
                raise
            return self._isolate(batch, error)
        count = len(self._outbox.changes(batch))
        try:
            push = parse_push(response.body, count)
        except ValueError as error:
            raise invalid_response(response, error) from error
        if "idempotent-replay" not in response.headers:
            self._clock.correct(push.server_clock, sent_us)
        self._ceiling = None if self._ceiling is None else self._ceiling * 2
        return self._results.apply(batch, push, self._clock.now())

    async def _was_stored(self, batch: Batch) -> bool:
        """True if a batch with a lost response was stored by the server.

        The old `sent_at` of the batch would look like a wrong clock. So an empty push under the
        same key is sent: if the key is taken, the batch was stored and its response can be
        repeated. Otherwise the key is used now, and a delayed copy of the batch is rejected.
        """
        empty = dump({"device_id": self._device_id, "changes": []}).encode()
        try:
            await self._session.call("POST", "/sync/push", empty, batch.key)
        except RequestRejected as error:
            if error.code == "idempotency_key_reused":
                return True
            raise
        return False

    def _isolate(self, batch: Batch, error: RequestRejected) -> Counter[str]:
        """Counts by status after a push was rejected for its content: rejects the named changes.

        Without named changes, the next batch is half as large, down to the single change."""
        changes = self._outbox.changes(batch)
        rejected = _rejected_changes(error, len(changes))
        if not rejected and len(changes) == 1:
            rejected = {0: _error_fields(error)}
        if rejected:
            self._results.reject(batch, rejected, self._clock.now())
        else:
            self._outbox.cancel_batch(batch)
            self._ceiling = len(changes) // 2
        return Counter(rejected=len(rejected))


def _error_fields(error: RequestRejected) -> dict[str, Json]:
    return {"code": error.code, "detail": error.detail, "errors": error.errors}


def _rejected_changes(error: RequestRejected, count: int) -> Mapping[int, Fields]:
    """Errors of the changes that a problem document names by index: `{"changes": {"3": ["…"]}}`."""
    by_index = error.errors.get("changes")
    if not isinstance(by_index, dict):
        return {}
    return {
        int(index): {"code": error.code, "detail": error.detail, "errors": {"change": reasons}}
        for index, reasons in by_index.items()
        if index.isdecimal() and int(index) < count
    }
