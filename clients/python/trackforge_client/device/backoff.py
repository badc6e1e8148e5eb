"""Exponential backoff with full jitter, never shorter than `Retry-After`."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Sleep: TypeAlias = Callable[[float], Awaitable[object]]
"""Waits for a number of seconds."""


@dataclass(slots=True)
class Backoff:
    """Counter of consecutive failures; waits are random, up to `base_s` * 2^failures or `cap_s`."""

    source: random.Random
    base_s: float = 1.0
    cap_s: float = 300.0
    failures: int = 0

    def reset(self) -> None:
        """Clears the failures after a success."""
        self.failures = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """Seconds to wait before the next attempt; counts one failure more."""
        ceiling = min(self.cap_s, self.base_s * 2**self.failures)
        self.failures = min(self.failures + 1, 32)
        # Added to Retry-After, so that many clients with the same value do not return at once.
        return (retry_after_s or 0.0) + self.source.uniform(0.0, ceiling)
