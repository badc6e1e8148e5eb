"""Notification of local changes, for queries that are watched."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from trackforge_client.device.query import Query
from trackforge_client.device.table import RecordT


class LocalChanges:
    """Subscriptions to changes of the local records."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Wakes all subscribers."""
        for event in self._events:
            event.set()

    @asynccontextmanager
    async def notification(self) -> AsyncIterator[None]:
        """Wakes all subscribers at the end, also after a failure: a part may be stored."""
        try:
            yield
        finally:
            self.notify()

    async def watch(self, query: Query[RecordT]) -> AsyncGenerator[list[RecordT], None]:
        """Records of the query: at once, and again whenever they differ from the last ones."""
        with self._subscription() as changed:
            records = query.all()
            yield records
            while True:
                await changed.wait()
                changed.clear()
                latest = query.all()
                if latest != records:
                    records = latest
                    yield records

    @contextmanager
    def _subscription(self) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._events.add(event)
        try:
            yield event
        finally:
            self._events.discard(event)
