"""The device's clock: stamps that only grow, and the difference to the server's time."""

from collections.abc import Callable
from typing import Literal

from trackforge_client.device.store import Store

MAX_CLOCK = 2**53 - 1
TOLERANCE_US = 60_000_000
"""Beyond this the server calls a clock wrong, and so does its device."""


def next_clock(now_us: int, last_seen: int) -> int:
    """The stamp of a new write: later than everything this device has written or pulled."""
    return min(max(now_us, last_seen + 1), MAX_CLOCK)


class Clock:
    """Microseconds since the Unix epoch as the device, corrected by the server, believes.

    A device whose clock is wrong learns by how much from every answer's `server_clock`; what it
    has stamped and not yet sent moves along, so that its edits keep their order and distance.
    """

    def __init__(self, store: Store, wall_us: Callable[[], int]) -> None:
        self._store = store
        self._wall_us = wall_us

    def now(self) -> int:
        """The time now, never below 1."""
        return max(self._wall_us() + self._store.get_int("clock_offset"), 1)

    def stamp(self) -> int:
        """A stamp for a write; call it within the write's transaction."""
        seen = [self._store.get_int(f"clock_{how}") for how in ("written", "sent", "pulled")]
        clock = next_clock(self.now(), max(seen))
        self._store.set(clock_written=clock)
        return clock

    def saw(self, clock: int, how: Literal["sent", "pulled"]) -> None:
        """Note a clock that the server has, ours or another's: later writes come after it."""
        if clock > self._store.get_int(f"clock_{how}"):
            self._store.set(**{f"clock_{how}": clock})

    def learn(self, server_us: int, asked_us: int) -> None:
        """Compare with the server's time in an answer to a request sent at `asked_us` (`now()`)."""
        answered_us = self.now()
        if asked_us - TOLERANCE_US <= server_us <= answered_us + TOLERANCE_US:
            return
        off_by = server_us - (asked_us + answered_us) // 2
        with self._store.transaction() as connection:
            self._store.set(clock_offset=self._store.get_int("clock_offset") + off_by)
            waiting = connection.execute("SELECT seq, clock FROM outbox ORDER BY seq").fetchall()
            # Whatever is wrong with the time, what waits was written after what was sent.
            last = self._store.get_int("clock_sent")
            for seq, clock in waiting:
                last = next_clock(clock + off_by, last)
                connection.execute("UPDATE outbox SET clock = ? WHERE seq = ?", (last, seq))
            self._store.set(clock_written=last)

    def bring_back(self) -> None:
        """Restamp unsent writes that lie in the future, in their order.

        They were made before the user set a wrong clock right. The server would give all of them
        one and the same clock, its present, and their order would be lost.
        """
        with self._store.transaction() as connection:
            limit = self.now() + TOLERANCE_US
            future = connection.execute(
                "SELECT seq FROM outbox WHERE clock > ? AND batch IS NULL ORDER BY seq", (limit,)
            ).fetchall()
            if not future:
                return
            kept = connection.execute("SELECT max(clock) FROM outbox WHERE clock <= ?", (limit,))
            seen = [self._store.get_int(f"clock_{how}") for how in ("sent", "pulled")]
            last = max(kept.fetchone()[0] or 0, *seen)
            for (seq,) in future:
                last = next_clock(self.now(), last)
                connection.execute("UPDATE outbox SET clock = ? WHERE seq = ?", (last, seq))
            self._store.set(clock_written=last)
