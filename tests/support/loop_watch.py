"""Watch of an event loop: how long each step of it computes, in CPU time of its thread.

CPU time, so that what else the machine does is no part of it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock


@dataclass(slots=True)
class LoopWatch:
    """Steps longer than `minimum_s`, as seconds with what ran."""

    minimum_s: float = 0.003
    steps: list[tuple[float, str]] = field(default_factory=list)

    @property
    def longest_s(self) -> float:
        """CPU time of the longest step."""
        return max((seconds for seconds, _ in self.steps), default=0.0)

    def describe(self) -> str:
        """The longest steps, one a line."""
        longest = sorted(self.steps, reverse=True)[:5]
        return "\n".join(f"{seconds * 1000:.1f} ms {what}" for seconds, what in longest)


@contextmanager
def watched_loops() -> Iterator[LoopWatch]:
    """Watch all loops of asyncio itself; uvloop's own steps cannot be watched."""
    watch, run = LoopWatch(), asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        try:
            run(handle)
        finally:
            took = time.thread_time() - began
            if took >= watch.minimum_s:
                watch.steps.append((took, repr(handle)[:400]))

    with mock.patch.object(asyncio.Handle, "_run", timed):
        yield watch
