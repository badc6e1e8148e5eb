"""How long to wait after a failure: full jitter, and never less than the server asked for."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""


@dataclass(slots=True)
class Backoff:
    """Counts failures in a row; waits are drawn from 0 to `base_s` doubled each time."""

    source: random.Random
    base_s: float = 1.0
    cap_s: float = 300.0
    failures: int = 0

    def reset(self) -> None:
        """It worked."""
        self.failures = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Seconds to wait before the next try."""
        ceiling = min(self.cap_s, self.base_s * 2**self.failures)
        self.failures = min(self.failures + 1, 32)
        # On top of Retry-After, so that a crowd that was told the same does not return at once.
        return (retry_after_s or 0.0) + self.source.uniform(0.0, ceiling)
