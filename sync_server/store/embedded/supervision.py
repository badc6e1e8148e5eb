"""Supervision of the private programs: a dead one is started again."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from sync_server.store.embedded import process
from sync_server.store.embedded.process import EmbeddedError

POLL_S = 0.2
SHORT_LIFE_S = 5.0
MAX_SHORT_LIVES = 5
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Program:
    """A private program: its running process, and the function that starts it again."""

    name: str
    launch: Callable[[], "subprocess.Popen[bytes]"]
    stop_signals: tuple[signal.Signals, signal.Signals]
    child: "subprocess.Popen[bytes]" = field(init=False)
    _started: float = field(init=False, repr=False)
    _short_lives: int = field(init=False, default=0, repr=False)

    def __post_init__(self) -> None:
        self.child = self.launch()
        self._started = time.monotonic()

    def stop(self) -> None:
        """Ask the process to end, insist later."""
        process.stop(self.child, *self.stop_signals)

    def restart(self) -> None:
        """Start the program again after its death.

        Raises EmbeddedError when it does not start, or keeps ending soon after its start.
        """
        status, begin = self.child.returncode, time.monotonic()
        is_short = begin - self._started < SHORT_LIFE_S
        self._short_lives = self._short_lives + 1 if is_short else 0
        if self._short_lives >= MAX_SHORT_LIVES:
            raise EmbeddedError(
                f"The private {self.name} ended {MAX_SHORT_LIVES} times soon after its start,"
                f" the last time with status {status}."
            )
        self.child = self.launch()
        self._started = time.monotonic()
        log.warning(
            "a private store was started again",
            store=self.name,
            status=status,
            seconds=round(self._started - begin, 2),
        )


async def supervise(programs: Sequence[Program]) -> None:
    """Start again whatever ends, until cancelled.

    Raises EmbeddedError, one sentence, when a program cannot be started.
    """
    while True:
        await asyncio.sleep(POLL_S)
        for program in programs:
            if program.child.poll() is not None:
                log.error(
                    "a private store ended", store=program.name, status=program.child.returncode
                )
                await _finished(asyncio.create_task(asyncio.to_thread(program.restart)))


async def _finished(start: "asyncio.Task[None]") -> None:
    """Wait for a start, also when cancelled: half a start would leave a child without a parent."""
    try:
        await asyncio.shield(start)
    except asyncio.CancelledError:
        await asyncio.wait({start})
        raise
