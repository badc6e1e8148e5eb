"""Pushing: the outbox goes out batch by batch, each repeated under its key until it is answered."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from trackforge_client.device.clock import Clock
from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.errors import Offline, Refused
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.outbox import Batch, Outbox
from trackforge_client.device.push_result import Settlement
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.wire import push_answer

STALE_US = 30_000_000
"""A batch older than this is not repeated as it is: half of what the server calls a wrong clock."""

_ABOUT_THE_CONTENT = frozenset({400, 413, 422})
_DAMAGED_ON_THE_WAY = "malformed_body"


class Push:
    """The outgoing half of a device's sync; one push is on its way at a time."""

    def __init__(
        self,
        session: Session,
        outbox: Outbox,
        settlement: Settlement,
        clock: Clock,
        device_id: str,
        limits: Callable[[], tuple[int, int]],
        resync: Callable[[], Awaitable[object]],
    ) -> None:
        """`limits` gives a push's greatest count and bytes, `resync` pulls from the beginning."""
        self._session = session
        self._outbox = outbox
        self._settlement = settlement
        self._clock = clock
        self._device_id = device_id
        self._limits = limits
        self._resync = resync
        self._ceiling: int | None = None
        self._lock = asyncio.Lock()

    async def all(self) -> Counter[str]:
        """Send everything that waits; answers how many changes had which status."""
        statuses: Counter[str] = Counter()
        resynced = False
        async with self._lock:
            self._session.require()
            while (batch := self._next()) is not None:
                try:
                    statuses += await self._send(batch)
                except Refused as error:
                    if error.code != "resync_first" or resynced:
                        raise
                    # Nothing was stored, so that the batch may go out again as it is.
                    resynced = True
                    await self._resync()
        return statuses

    def _next(self) -> Batch | None:
        batch = self._outbox.frozen()
        if batch is not None and (batch.sent or not self._stale(batch)):
            return batch
        limit, max_bytes = self._limits()
        limit = min(limit, self._ceiling or limit)
        if batch is None:
            return self._outbox.freeze(limit, max_bytes)
        # It never left: its sending time is too old to be true, its key is still good.
        self._outbox.thaw(batch)
        return self._outbox.freeze(limit, max_bytes, key=batch.key)

    def _stale(self, batch: Batch) -> bool:
        return abs(self._clock.now() - batch.sent_at) > STALE_US

    async def _send(self, batch: Batch) -> Counter[str]:
        if batch.sent and self._stale(batch) and not await self._arrived(batch):
            self._outbox.thaw(batch)
            return Counter()
        self._outbox.mark(batch, sent=True)
        asked_us = self._clock.now()
        try:
            response = await self._session.call("POST", "/sync/push", batch.body, batch.key)
        except Offline as error:
            if not error.sent and not batch.sent:
                self._outbox.mark(batch, sent=False)
            raise
        except Refused as error:
            if error.code == "idempotency_key_reused":
                self._outbox.thaw(batch)
                return Counter()
            if error.status not in _ABOUT_THE_CONTENT or error.code == _DAMAGED_ON_THE_WAY:
                raise
            return self._isolate(batch, error)
        count = len(self._outbox.changes(batch))
        try:
            answer = push_answer(response.body, count)
        except ValueError as error:
            raise not_understood(response, error) from error
        if "idempotent-replay" not in response.headers:
            self._clock.learn(answer.server_clock, asked_us)
        self._ceiling = None if self._ceiling is None else self._ceiling * 2
        return self._settlement.settle(batch, answer, self._clock.now())

    async def _arrived(self, batch: Batch) -> bool:
        """Whether a batch whose answer was lost some time ago has reached the server.

        Sent again as it is, its old `sent_at` would pass for a wrong clock, and its edits for
        newer than they are. An empty push under the same key tells: if the key is taken, the
        batch was stored, and its answer is repeated to the very bytes; if not, the key is used
        up now, so that not even a straggler on the network can store the batch any more.
        """
        empty = dump({"device_id": self._device_id, "changes": []}).encode()
        try:
            await self._session.call("POST", "/sync/push", empty, batch.key)
        except Refused as error:
            if error.code == "idempotency_key_reused":
                return True
            raise
        return False

    def _isolate(self, batch: Batch, error: Refused) -> Counter[str]:
        """A whole push was refused for what it carries: set aside what is to blame, or halve."""
        changes = self._outbox.changes(batch)
        blamed = _blamed(error, len(changes))
        if not blamed and len(changes) == 1:
            blamed = {0: _told(error)}
        if blamed:
            self._settlement.refuse(batch, blamed, self._clock.now())
        else:
            self._outbox.thaw(batch)
            self._ceiling = len(changes) // 2
        return Counter(rejected=len(blamed))


def _told(error: Refused) -> dict[str, Json]:
    return {"code": error.code, "detail": error.detail, "errors": error.errors}


def _blamed(error: Refused, count: int) -> Mapping[int, Fields]:
    """The changes that a problem document names by index: `{"changes": {"3": ["…"]}}`."""
    named = error.errors.get("changes")
    if not isinstance(named, dict):
        return {}
    return {
        int(index): {"code": error.code, "detail": error.detail, "errors": {"change": reasons}}
        for index, reasons in named.items()
        if index.isdecimal() and int(index) < count
    }
