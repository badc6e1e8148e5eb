"""Storage of pulled pages: records, day views, and the end of a full pull."""

from trackforge_client.device.clock import Clock
from trackforge_client.device.day_views import store_views
from trackforge_client.device.offers import Offers
from trackforge_client.device.records import Records
from trackforge_client.device.store import Store
from trackforge_client.device.wire import PullPage

_TOMBSTONE_LIFETIME_US = 180 * 86_400_000_000
_TOUCHED_DAYS = 62
"""Maximum of touched days that the server sends with a page, newest first."""


class PulledPages:
    """Local store of pulled pages; `store` needs a transaction."""

    def __init__(self, store: Store, records: Records, clock: Clock, offers: Offers) -> None:
        self._store = store
        self._records = records
        self._clock = clock
        self._offers = offers

    def store(self, page: PullPage, cursor: str | None, superseded: int) -> bool:
        """True if a full pull ended and removed records that it did not contain.

        `superseded` is the number of the newest replaced state from before the pull.
        """
        if cursor is None:
            self._offers.collect_replaced()
        self._offers.confirmed(superseded)
        if cursor is None:
            # A full pull leaves out old tombstones: a record that none of its pages contains
            # is deleted.
            generation = self._store.get_int("generation") + 1
            self._store.set(generation=generation, rebuilding=1)
        self._offer_lost(page)
        self._store_page(page)
        self._store.set(cursor=page.cursor)
        return not page.has_more and self._finish()

    def forget_versions(self) -> None:
        """Makes the server's versions count: it may have been restored."""
        self._store.connection.execute("UPDATE records SET version = -abs(version)")

    def _offer_lost(self, page: PullPage) -> None:
        """Offers accepted writes of before the first pull that the server has lost since."""
        pushed = "SELECT 1 FROM records WHERE base IS NOT NULL AND generation = 0 LIMIT 1"
        if not self._store.connection.execute(pushed).fetchone():
            return
        for record in page.changes:
            base = self._records.base(record.collection, record.id)
            if base and base.version < 0 and base.has_later_writes_than(record):
                self._offers.collect_unconfirmed(record.collection, record.id)

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
        """True if one more pull is needed; ends a full pull and drops records it did not contain.

        A record pushed during the full pull may be dropped too: one more pull gets it back.
        """
        if not self._store.get_int("rebuilding"):
            return False
        now = (self._store.get_int("generation"),)
        connection = self._store.connection
        # A full pull leaves out old tombstones. Those of this device stay for a while: a server
        # that is restored may need them.
        gone = connection.execute(
            "SELECT collection, id, generation FROM records WHERE base IS NOT NULL"
            " AND generation < ? AND NOT (base_deleted AND clock > ?)",
            (*now, self._clock.now() - _TOMBSTONE_LIFETIME_US),
        ).fetchall()
        for collection, id, generation in gone:
            if generation == 0:
                # Pushed before the first pull: without a cursor no restore was noticed.
                self._offers.collect_unconfirmed(collection, id)
            self._records.drop_server_state(collection, id)
        connection.execute("DELETE FROM day_views WHERE generation < ?", now)
        self._store.set(rebuilding=None, restored_version=None)
        return bool(gone) or self._offers.are_waiting()
