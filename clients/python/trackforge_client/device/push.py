"""Push: sends the outbox in batches, each repeated under its key until a response is received.

The time of sending is in the header `Sent-At`, so that a repeat has the same body under its key.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from trackforge_client.device.changes import Batch
from trackforge_client.device.clock import Clock
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import Offline, RequestRejected, UpgradeRequired
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.outbox import Outbox
from trackforge_client.device.push_result import PushResultWriter
from trackforge_client.device.session import Session
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import parse_push

Post = Callable[[Batch, Mapping[str, str]], Awaitable[Response]]
"""Sends a batch with headers; the response to its push."""

_CONTENT_STATUSES = frozenset({400, 413, 422})
_QUOTA = "quota_exceeded"
_OTHER_FAULTS = ("malformed_body", "invalid_cursor")
"""Codes of requests that say nothing of the changes: damaged in transit, or of the pull part."""


class Push:
    """Outgoing half of a device's sync; one push at a time."""

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        results: PushResultWriter,
        clock: Clock,
        limits: Callable[[], tuple[int, int]],
        pull: Callable[[], Awaitable[object]],
        resync: Callable[[], Awaitable[object]],
        report: Callable[[], Mapping[str, str]],
    ) -> None:
        """`limits` returns the maximum (changes, bytes); `resync` pulls from the beginning.

        `report` returns the header of the device's state.
        """
        self._report = report
        self._session = session
        self._outbox = outbox
        self._results = results
        self._clock = clock
        self._limits = limits
        self._pull = pull
        self._resync = resync
        self._has_pulled = False
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
                    await self._find_restore(statuses)
                except RequestRejected as error:
                    if error.code != "resync_first" or resynced:
                        raise
                    # Nothing was stored: the batch can be sent again unchanged.
                    resynced = True
                    await self._resync()
        return statuses

    async def push_next(self, post: Post) -> Counter[str] | None:
        """Counts by status of the next batch, sent by `post`; None without one."""
        async with self._lock:
            batch = self._next()
            if batch is None:
                return None
            statuses = await self._send(batch, post)
            await self._find_restore(statuses)
            return statuses

    async def _post(self, batch: Batch, headers: Mapping[str, str]) -> Response:
        return await self._session.call("POST", "/sync/push", batch.body, batch.key, headers)

    async def _find_restore(self, statuses: Counter[str]) -> None:
        """Pulls if writes were deferred: a restored server gets back what they refer to."""
        self._has_pulled = False
        if statuses.pop("deferred", 0):
            # An app that is too old to pull can still push.
            with contextlib.suppress(UpgradeRequired):
                await self._pull()
            self._has_pulled = True

    def _next(self) -> Batch | None:
        batch = self._outbox.open_batch()
        if batch is not None and (batch.sent or batch.clock_offset == self._clock.offset):
            return batch
        limit, max_bytes = self._limits()
        limit = min(limit, self._ceiling or limit)
        if batch is None:
            return self._outbox.create_batch(limit, max_bytes)
        # Never sent, with clocks that have been corrected since; its key is unused.
        self._outbox.cancel_batch(batch)
        return self._outbox.create_batch(limit, max_bytes, key=batch.key)

    async def _send(self, batch: Batch, post: Post | None = None) -> Counter[str]:
        self._outbox.mark_batch(batch, sent=True)
        sent_us = self._clock.now()
        sent_at = str(self._clock.at_offset(batch.clock_offset))
        headers = {"sent-at": sent_at, **self._report()}
        try:
            response = await (post or self._post)(batch, headers)
        except Offline as error:
            if not error.sent and not batch.sent:
                self._outbox.mark_batch(batch, sent=False)
            raise
        except RequestRejected as error:
            if error.code == "idempotency_key_reused":
                self._outbox.cancel_batch(batch)
                return Counter()
            if error.code == _QUOTA:
                return await self._send_deletions(batch, error, post)
            if error.status not in _CONTENT_STATUSES or error.code in _OTHER_FAULTS:
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
        return self._results.apply(batch, push, self._clock.now(), is_recent=self._has_pulled)

    async def _send_deletions(
        self, batch: Batch, error: RequestRejected, post: Post | None
    ) -> Counter[str]:
        """Counts by status of the deletions, which may make room; raises the error without any.

        The account is full, so nothing of the batch was stored: its writes stay in the outbox.
        """
        tried = {change.op for change in self._outbox.changes(batch)}
        self._outbox.cancel_batch(batch)
        limit, max_bytes = self._limits()
        deletions = (
            self._outbox.create_batch(limit, max_bytes, deletions_only=True)
            if tried != {"delete"}
            else None
        )
        if deletions is None:
            raise error
        return await self._send(deletions, post)

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
