"""Time that a user's requests used lately."""

import time

HALF_LIFE_S = 2.0


class UsedTime:
    """Account of one user's time: seconds used lately, and the time of the last step."""

    __slots__ = ("at", "decayed_at", "used")

    def __init__(self) -> None:
        self.used = self.at = 0.0
        self.decayed_at = time.perf_counter()

    def add(self, seconds: float) -> None:
        """Add seconds that were used until now."""
        self.used += seconds

    def used_lately(self) -> float:
        """Seconds used lately, at this moment."""
        self.decay(time.perf_counter())
        return self.used

    def decay(self, now: float) -> None:
        """Let what was used fade until now."""
        self.used *= 0.5 ** ((now - self.decayed_at) / HALF_LIFE_S)
        self.decayed_at = now
