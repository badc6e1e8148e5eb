"""Wakes: sync within the time and the bytes that a phone's system grants in the background."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from trackforge_client.device.changes import Batch
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import RequestRejected
from trackforge_client.device.pull import Pull
from trackforge_client.device.push import Push
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document, parse_pull

_LIMIT = 5_000
_RESTARTS = ("cursor_expired", "invalid_cursor", "resync_first")
_RESERVE_S = 1.0
"""Time for storing a response before the system suspends the app."""


@dataclass(slots=True)
class WakeResult:
    """Counts by status of what was sent, number of received changes; `finished` if none waits."""

    sent: Counter[str] = field(default_factory=Counter)
    received: int = 0
    finished: bool = False


class Wake:
    """One wake of a device: combined requests until all is done or the time is over."""

    def __init__(self, session: Session, store: Store, push: Push, pull: Pull) -> None:
        self._session = session
        self._store = store
        self._push = push
        self._pull = pull
        self._page: bytes | None = None
        self._cursor: str | None = None

    async def run(self, budget_s: float, budget_bytes: int) -> WakeResult:
        """Send and receive what fits; raises as `push`."""
        result, deadline, more = WakeResult(), time.monotonic() + budget_s, True

        async def post(batch: Batch, headers: Mapping[str, str]) -> Response:
            left_ms = int((deadline - time.monotonic() - _RESERVE_S) * 1000)
            return await self._post(batch, headers, max(left_ms, 1), budget_bytes)

        restarted = False
        while deadline - time.monotonic() > _RESERVE_S:
            try:
                sent = await self._push.push_next(post)
            except RequestRejected as error:
                if error.code not in _RESTARTS or restarted:
                    raise
                # The push is stored under its key, or was not begun: it is sent again.
                restarted = True
                await self._pull.pull_from_start()
                continue
            if sent is not None:
                result.sent += sent
                count, more = self._store_page()
            elif more:
                count, more = await self._pull.pull_page()
            else:
                result.finished = True
                break
            result.received += count
        return result

    async def _post(
        self, batch: Batch, headers: Mapping[str, str], budget_ms: int, budget_bytes: int
    ) -> Response:
        self._page, self._cursor = None, self._store.get("cursor")
        rest = {"pull": self._pull.part(_LIMIT), "budget_ms": budget_ms}
        members = dump(rest | {"budget_bytes": budget_bytes})
        body = b'{"push":' + batch.body + b"," + members[1:].encode()
        response = await self._session.call("POST", "/sync", body, batch.key, headers)
        try:
            parts = document(response.body)
            page = parts["pull"]
            self._page = None if page is None else dump(page).encode()
            return Response(response.status, response.headers, dump(parts["push"]).encode())
        except (ValueError, KeyError) as error:
            raise invalid_response(response, error) from error

    def _store_page(self) -> tuple[int, bool]:
        if self._page is None:
            return 0, True
        page = parse_pull(self._page)
        return len(page.changes), self._pull.store_part(page, self._cursor)
