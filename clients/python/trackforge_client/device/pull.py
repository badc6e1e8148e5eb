"""Pull: pages of changes from the device's cursor, each stored in one transaction."""

import asyncio
import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from trackforge_client.device.clock import Clock
from trackforge_client.device.day_views import store_views
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import RequestRejected, UpgradeRequired
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import Records, dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PullPage, parse_pull

_TOUCHED_DAYS = 62
"""Maximum of touched days that the server sends with a page, newest first."""


class Pull:
    """Incoming half of a device's sync, independent of pushes."""

    def __init__(
        self,
        session: Session,
        store: Store,
        records: Records,
        clock: Clock,
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
        self._records = records
        self._clock = clock
        self._query = {
            "limit": str(limit),
            "day_views": day_views,
            "device_id": device_id,
            "schema_version": str(schema_version),
        }
        self._lock = asyncio.Lock()

    async def pull_all(self) -> int:
        """Number of changes; pulls to the end.

        An expired cursor starts a full pull. Records that it did not contain are dropped after
        its last page; the outbox stays.
        """
        count = 0
        restarted = False
        async with self._lock:
            while True:
                try:
                    result = await self._page()
                except UpgradeRequired:
                    self._store.set(upgrade="1")
                    raise
                except RequestRejected as error:
                    if error.code not in ("cursor_expired", "invalid_cursor") or restarted:
                        raise
                    restarted = True
                    self.reset_cursor()
                    continue
                self._store.set(upgrade=None, pulled_at=self._clock.now())
                if result is None:
                    return count
                page, dropped = result
                count += len(page.changes)
                if not page.has_more and not dropped:
                    return count

    async def pull_from_start(self) -> int:
        """Number of changes; pulls from the beginning, after a long absence."""
        self.reset_cursor()
        return await self.pull_all()

    def reset_cursor(self) -> None:
        """Makes the next pull start from the beginning; local records stay visible."""
        with self._store.transaction() as connection:
            self._store.set(cursor=None, etag=None)
            # The server may have been restored: versions cannot be compared with the old ones.
            connection.execute("UPDATE records SET version = 0")

    async def pull_page(self) -> tuple[int, bool]:
        """(number of changes, more) after one page; raises as `pull_all`."""
        async with self._lock:
            result = await self._page()
        if result is None:
            return 0, False
        page, dropped = result
        return len(page.changes), page.has_more or dropped

    def part(self, limit: int) -> dict[str, Json]:
        """The `pull` part of a combined request, without day views."""
        cursor = self._store.get("cursor")
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
            dropped = self._store_answer(page, cursor)
            self._store.set(pulled_at=self._clock.now())
        return page.has_more or dropped

    def _store_answer(self, page: PullPage, cursor: str | None) -> bool:
        """True if a full pull ended and removed records that it did not contain."""
        if cursor is None:
            # A full pull leaves out old tombstones: a record that none of its pages contains
            # is deleted.
            generation = self._store.get_int("generation") + 1
            self._store.set(generation=generation, rebuilding=1)
        self._store_page(page)
        self._store.set(cursor=page.cursor)
        return not page.has_more and self._finish()

    async def _page(self) -> tuple[PullPage, bool] | None:
        """(page, dropped) after storing one page; None if the server has nothing new.

        `dropped` is True if a full pull ended and removed records that it did not contain.
        """
        cursor = self._store.get("cursor")
        query = urlencode(self._query | ({"cursor": cursor} if cursor else {}))
        stored = json.loads(self._store.get("etag") or '["", ""]')
        known = {"if-none-match": stored[1]} if stored[0] == query else {}
        sent_us = self._clock.now()
        headers = {**known, **self._report()}
        response = await self._session.call("GET", f"/sync/pull?{query}", headers=headers)
        if response.status == 304:
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
            dropped = self._store_answer(page, cursor)
            if not page.has_more:
                etag = response.headers.get("etag")
                self._store.set(etag=dump([query, etag]) if etag else None)
        return page, dropped

    def _store_page(self, page: PullPage) -> None:
        for record in page.changes:
            self._records.store(record)
        if page.changes:
            self._clock.observe(max(record.clock for record in page.changes), "pulled")
        days = store_views(self._store, page.day_views)
        if len(days) >= _TOUCHED_DAYS:
            # Older touched days may be left out of the page, so their stored views may be stale.
            connection = self._store.connection
            connection.execute("DELETE FROM day_views WHERE date < ?", (min(days),))

    def _finish(self) -> bool:
        """True if records were dropped; ends a full pull and drops records it did not contain.

        A record pushed during the full pull may be dropped too: one more pull gets it back.
        """
        if not self._store.get_int("rebuilding"):
            return False
        now = (self._store.get_int("generation"),)
        connection = self._store.connection
        gone = connection.execute(
            "SELECT collection, id FROM records WHERE base IS NOT NULL AND generation < ?", now
        ).fetchall()
        for collection, id in gone:
            self._records.drop_server_state(collection, id)
        connection.execute("DELETE FROM day_views WHERE generation < ?", now)
        self._store.set(rebuilding=None)
        return bool(gone)
