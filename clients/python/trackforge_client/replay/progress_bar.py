"""A progress bar on standard error: rich's where it is installed, else a plain one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

try:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )
except ImportError:
    HAS_RICH = False
else:
    HAS_RICH = True

Advance = Callable[[], None]
_WIDTH = 40


@contextmanager
def progress(what: str, total: int, out: TextIO | None = None) -> Iterator[Advance]:
    """Yields what is to be called after each of `total` steps; silent where nobody looks."""
    out = out or sys.stderr
    if not out.isatty():
        yield lambda: None
    elif HAS_RICH:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(file=out), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
    else:
        plain = PlainBar(what, total, out)
        yield plain.advance
        plain.clear()


class PlainBar:
    """A bar of number signs, redrawn in place whenever it grows."""

    def __init__(self, what: str, total: int, out: TextIO) -> None:
        self._what = what
        self._total = max(total, 1)
        self._out = out
        self._done = 0
        self._drawn = -1

    def advance(self) -> None:
        """One step more."""
        self._done += 1
        filled = min(self._done * _WIDTH // self._total, _WIDTH)
        if filled != self._drawn:
            self._drawn = filled
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._out.write(f"\r{self._what} [{bar}] {self._done}/{self._total}")
            self._out.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        self._out.write("\r" + " " * (len(self._what) + _WIDTH + 30) + "\r")
        self._out.flush()
