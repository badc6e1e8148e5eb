"""Progress bar on standard error: rich's if installed, else a text bar."""

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
def progress_bar(title: str, total: int, out: TextIO | None = None) -> Iterator[Advance]:
    """Yields a function to call after each of `total` steps; no output without a terminal."""
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
            task = bar.add_task(title, total=total)
            yield lambda: bar.advance(task)
    else:
        text_bar = TextBar(title, total, out)
        yield text_bar.advance
        text_bar.clear()


class TextBar:
    """Bar of number signs, redrawn in place when it grows."""

    def __init__(self, title: str, total: int, out: TextIO) -> None:
        self._title = title
        self._total = max(total, 1)
        self._out = out
        self._done = 0
        self._drawn = -1

    def advance(self) -> None:
        """Counts one step."""
        self._done += 1
        filled = min(self._done * _WIDTH // self._total, _WIDTH)
        if filled != self._drawn:
            self._drawn = filled
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._out.write(f"\r{self._title} [{bar}] {self._done}/{self._total}")
            self._out.flush()

    def clear(self) -> None:
        """Clears the line."""
        self._out.write("\r" + " " * (len(self._title) + _WIDTH + 30) + "\r")
        self._out.flush()
