"""Pulling: pages of changes from where this device left off, each taken in one transaction."""

import asyncio
import json
from urllib.parse import urlencode

from trackforge_client.device.clock import Clock
from trackforge_client.device.day_views import keep
from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.errors import Refused, UpgradeRequired
from trackforge_client.device.records import Records, dump
from trackforge_client.device.session import Session
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PullAnswer, pull_answer

_TOUCHED_DAYS = 62
"""How many of the touched days the server sends with a page at most, the newest first."""


class Pull:
    """The incoming half of a device's sync; pages never wait for a push."""

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
    ) -> None:
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

    async def all(self) -> int:
        """Pull to the end; answers how many changes came.

        A cursor that the server no longer takes starts a rebuild: everything comes again, and
        only when the last page is in, what it did not bring is dropped (never the outbox).
        """
        taken = 0
        restarted = False
        async with self._lock:
            while True:
                try:
                    answer = await self._page()
                except UpgradeRequired:
                    self._store.set(upgrade="1")
                    raise
                except Refused as error:
                    if error.code not in ("cursor_expired", "invalid_cursor") or restarted:
                        raise
                    restarted = True
                    self.begin_again()
                    continue
                self._store.set(upgrade=None, pulled_at=self._clock.now())
                if answer is None:
                    return taken
                page, dropped = answer
                taken += len(page.changes)
                if not page.has_more and not dropped:
                    return taken

    async def everything(self) -> int:
        """Pull from the beginning, as a device must that was away too long."""
        self.begin_again()
        return await self.all()

    def begin_again(self) -> None:
        """Let the next pull start from the beginning; all stays in sight meanwhile."""
        with self._store.transaction() as connection:
            self._store.set(cursor=None, etag=None)
            # The server's history may be another one now: its versions cannot be compared.
            connection.execute("UPDATE records SET version = 0")

    async def _page(self) -> tuple[PullAnswer, bool] | None:
        """Fetch and take one page; None when the server has nothing new.

        The second part tells whether records were dropped since nothing told of them.
        """
        cursor = self._store.get("cursor")
        query = urlencode(self._query | ({"cursor": cursor} if cursor else {}))
        etag = json.loads(self._store.get("etag") or '["", ""]')
        headers = {"if-none-match": etag[1]} if etag[0] == query else None
        asked_us = self._clock.now()
        response = await self._session.call("GET", f"/sync/pull?{query}", headers=headers)
        if response.status == 304:
            return None
        try:
            page = pull_answer(response.body)
        except ValueError as error:
            raise not_understood(response, error) from error
        self._clock.learn(page.server_clock, asked_us)
        if self._store.get("cursor") != cursor:
            return page, False  # Somebody has begun again: this page belongs to the past.
        dropped = False
        with self._store.transaction():
            if cursor is None:
                # A pull from the beginning leaves out old tombstones. So whatever was known up to
                # now, by a push too, must come again by the last page, or else it is gone.
                generation = self._store.get_int("generation") + 1
                self._store.set(generation=generation, rebuilding=1)
            self._take(page)
            self._store.set(cursor=page.cursor)
            if not page.has_more:
                dropped = self._finish()
                known = response.headers.get("etag")
                self._store.set(etag=dump([query, known]) if known else None)
        return page, dropped

    def _take(self, page: PullAnswer) -> None:
        for record in page.changes:
            self._records.take(record)
        if page.changes:
            self._clock.saw(max(record.clock for record in page.changes), "pulled")
        days = keep(self._store, page.day_views)
        if len(days) >= _TOUCHED_DAYS:
            # Older days may have been touched too and not be told: what is known may be wrong.
            connection = self._store.connection
            connection.execute("DELETE FROM day_views WHERE date < ?", (min(days),))

    def _finish(self) -> bool:
        """After a completed pull from the beginning, drop what it did not bring.

        A push that was faster than its last page may have brought a record that is dropped here:
        one more pull puts it back. Answers whether anything was dropped.
        """
        if not self._store.get_int("rebuilding"):
            return False
        now = (self._store.get_int("generation"),)
        connection = self._store.connection
        gone = connection.execute(
            "SELECT collection, id FROM records WHERE base IS NOT NULL AND generation < ?", now
        ).fetchall()
        for collection, id in gone:
            self._records.forget(collection, id)
        connection.execute("DELETE FROM day_views WHERE generation < ?", now)
        self._store.set(rebuilding=None)
        return bool(gone)
