"""Device clock: increasing stamps, and the offset to the server's time."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Literal

from trackforge_client.device.store import Store

MAX_CLOCK = 2**53 - 1
TOLERANCE_US = 60_000_000
"""Largest difference between two clocks that is not corrected, in microseconds."""


def next_clock(now_us: int, last_seen: int) -> int:
    """Stamp of a new write: later than `last_seen`, and never above MAX_CLOCK."""
    return min(max(now_us, last_seen + 1), MAX_CLOCK)


class Clock:
    """Device clock in microseconds since the Unix epoch, corrected by the server's clock.

    The offset comes from the `server_clock` of responses. Stamps of unsent writes move with it, so
    that they keep their order and distance.
    """

    def __init__(self, store: Store, wall_us: Callable[[], int]) -> None:
        self._store = store
        self._wall_us = wall_us

    @property
    def offset(self) -> int:
        """Correction of this device's wall clock, in microseconds."""
        return self._store.get_int("clock_offset")

    def now(self) -> int:
        """Corrected time now, at least 1."""
        return self.at_offset(self.offset)

    def at_offset(self, offset: int) -> int:
        """Time now by the offset of an open batch, at least 1."""
        return max(self._wall_us() + offset, 1)

    def stamp(self) -> int:
        """Stamp of a new write; call it within the write's transaction."""
        seen = [self._store.get_int(f"clock_{origin}") for origin in ("written", "sent", "pulled")]
        clock = next_clock(self.now(), max(seen))
        self._store.set(clock_written=clock)
        return clock

    def observe(self, clock: int, origin: Literal["sent", "pulled"]) -> None:
        """Stores a clock that the server has, so that later writes get greater stamps."""
        if clock > self._store.get_int(f"clock_{origin}"):
            self._store.set(**{f"clock_{origin}": clock})

    def correct(self, server_us: int, sent_us: int) -> None:
        """Adjusts the offset by the server's time in a response to a request sent at `sent_us`."""
        received_us = self.now()
        if sent_us - TOLERANCE_US <= server_us <= received_us + TOLERANCE_US:
            return
        error_us = server_us - (sent_us + received_us) // 2
        with self._store.transaction() as connection:
            self._store.set(clock_offset=self.offset + error_us)
            self._move_unsent(connection, error_us)

    def correct_by_date(self, date: str | None, sent_us: int) -> None:
        """Adjusts the offset by a `Date` header, if there is a valid one; it has whole seconds."""
        with suppress(TypeError, ValueError):
            server_s = int(parsedate_to_datetime(date or "").timestamp())
            self.correct(server_s * 1_000_000 + 500_000, sent_us)

    def _move_unsent(self, connection: sqlite3.Connection, error_us: int) -> None:
        """Moves the stamps of unsent writes; those of an open batch are in its body and stay."""
        rows = connection.execute("SELECT seq, clock, batch FROM outbox ORDER BY seq").fetchall()
        # Unsent writes stay later than sent ones.
        last = self._store.get_int("clock_sent")
        for seq, clock, batch in rows:
            last = next_clock(clock + error_us, last)
            if batch is None:
                connection.execute("UPDATE outbox SET clock = ? WHERE seq = ?", (last, seq))
        self._store.set(clock_written=last)

    def restamp_future(self) -> None:
        """Restamps unsent writes of the future, in their order.

        Their stamps are from before the user corrected a wrong clock. The server would correct
        all of them to its own time.
        """
        with self._store.transaction() as connection:
            limit = self.now() + TOLERANCE_US
            future = connection.execute(
                "SELECT seq FROM outbox WHERE clock > ? AND batch IS NULL ORDER BY seq", (limit,)
            ).fetchall()
            if not future:
                return
            latest = connection.execute("SELECT max(clock) FROM outbox WHERE clock <= ?", (limit,))
            seen = [self._store.get_int(f"clock_{origin}") for origin in ("sent", "pulled")]
            last = max(latest.fetchone()[0] or 0, *seen)
            for (seq,) in future:
                last = next_clock(self.now(), last)
                connection.execute("UPDATE outbox SET clock = ? WHERE seq = ?", (last, seq))
            self._store.set(clock_written=last)
