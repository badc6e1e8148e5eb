"""Pull: pages of changes from the device's cursor, each stored in one transaction."""

import asyncio
import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from trackforge_client.device.clock import Clock
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import RequestRejected, UpgradeRequired
from trackforge_client.device.json_types import Json
from trackforge_client.device.offers import Offers
from trackforge_client.device.pulled_pages import PulledPages
from trackforge_client.device.records import Records
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PullPage, parse_pull


class Pull:
    """Incoming half of a device's sync, independent of pushes."""

    def __init__(
        self,
        session: Session,
        store: Store,
        records: Records,
        clock: Clock,
        offers: Offers,
        *,
        device_id: str,
        limit: int,
        day_views: str,
        schema_version: int,
        report: Callable[[], Mapping[str, str]],
    ) -> None:
        self._report = report
        self._session = session
        self._store = store
        self._clock = clock
        self._offers = offers
        self._query = {
            "limit": str(limit),
            "day_views": day_views,
            "device_id": device_id,
            "schema_version": str(schema_version),
        }
        self._pages = PulledPages(store, records, clock, offers)
        self._superseded = 0
        self._lock = asyncio.Lock()

    async def pull_all(self) -> int:
        """Number of changes; pulls to the end.

        An expired cursor starts a full pull. Records that it did not contain are dropped after
        its last page; the outbox stays. A server that was restored from a backup is first offered
        what is newer than that.
        """
        async with self._lock:
            return (await self._pull_all())[0]

    async def pull_from_start(self) -> int:
        """Number of changes; pulls from the beginning, after a long absence."""
        async with self._lock:
            count, restarted = 0, False
            if self._store.get("cursor"):
                # Only the old cursor tells that the server was restored.
                count, restarted = await self._pull_all()
            if not restarted:
                self.reset_cursor()
                count += (await self._pull_all())[0]
            return count

    async def pull_page(self) -> tuple[int, bool]:
        """(number of changes, more) after one page; raises as `pull_all`."""
        async with self._lock:
            await self._offers.send_all()
            try:
                result = await self._page()
            except RequestRejected as error:
                if error.code != "cursor_expired" or not self._store.get("cursor"):
                    raise
                self.reset_cursor(error.restored_version)
                return 0, True
        if result is None:
            return 0, False
        page, dropped = result
        return len(page.changes), page.has_more or dropped

    async def _pull_all(self) -> tuple[int, bool]:
        """Number of changes, and True if the cursor had expired."""
        count = 0
        restarted = False
        self._offers.repeat()
        while True:
            await self._offers.send_all()
            try:
                result = await self._page()
            except UpgradeRequired:
                self._store.set(upgrade="1")
                raise
            except RequestRejected as error:
                if error.code not in ("cursor_expired", "invalid_cursor") or restarted:
                    raise
                restarted = True
                self.reset_cursor(error.restored_version)
                continue
            self._store.set(upgrade=None, pulled_at=self._clock.now())
            if result is None:
                return count, restarted
            page, dropped = result
            count += len(page.changes)
            if not page.has_more and not dropped:
                return count, restarted

    def reset_cursor(self, restored_version: int | None = None) -> None:
        """Makes the next pull start from the beginning; local records stay visible.

        `restored_version` is that of the backup from which the server was restored.
        """
        with self._store.transaction():
            if restored_version is not None:
                self._offers.collect(restored_version)
            self._store.set(cursor=None, etag=None)
            self._pages.forget_versions()

    def part(self, limit: int) -> dict[str, Json]:
        """The `pull` part of a combined request, without day views."""
        cursor = self._begin()
        part: dict[str, Json] = {
            "device_id": self._query["device_id"],
            "schema_version": self._query["schema_version"],
            "day_views": "none",
            "limit": limit,
        }
        return part | ({"cursor": cursor} if cursor else {})

    def store_part(self, page: PullPage, cursor: str | None) -> bool:
        """True if more follows, after storing a page of a combined request from this cursor."""
        with self._store.transaction():
            if self._store.get("cursor") != cursor:
                return True  # The cursor was reset in the meantime: drop this page.
            dropped = self._pages.store(page, cursor, self._superseded)
            self._store.set(pulled_at=self._clock.now())
        return page.has_more or dropped

    async def _page(self) -> tuple[PullPage, bool] | None:
        """(page, dropped) after storing one page; None if the server has nothing new.

        `dropped` is True if a full pull ended and removed records that it did not contain.
        """
        cursor = self._begin()
        query = urlencode(self._query | ({"cursor": cursor} if cursor else {}))
        stored = json.loads(self._store.get("etag") or '["", ""]')
        known = {"if-none-match": stored[1]} if stored[0] == query else {}
        sent_us = self._clock.now()
        headers = {**known, **self._report()}
        response = await self._session.call("GET", f"/sync/pull?{query}", headers=headers)
        if response.status == 304:
            self._offers.confirmed(self._superseded)
            return None
        try:
            page = parse_pull(response.body)
        except ValueError as error:
            raise invalid_response(response, error) from error
        self._clock.correct(page.server_clock, sent_us)
        if self._store.get("cursor") != cursor:
            return page, False  # The cursor was reset in the meantime: drop this page.
        dropped = False
        with self._store.transaction():
            dropped = self._pages.store(page, cursor, self._superseded)
            if not page.has_more:
                etag = response.headers.get("etag")
                self._store.set(etag=dump([query, etag]) if etag else None)
        return page, dropped

    def _begin(self) -> str | None:
        """The cursor of the next page."""
        cursor = self._store.get("cursor")
        self._superseded = self._offers.newest_superseded() if cursor else 0
        if cursor is None:
            # Without a cursor the server cannot tell that it was restored. Writes that are accepted
            # from here on are newer than the page.
            self._pages.forget_versions()
        return cursor
