"""The processes that read images: warm, apart from the event loop, each image within its time."""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import TimeoutError as ReadingTimeout
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait

from pebble import ProcessExpired, ProcessPool

from sync_server.config.settings import Config
from sync_server.ocr.engines.interface import Photo, engine
from sync_server.ocr.parsing.drafts import Menu, Workout
from sync_server.ocr.parsing.menu.menu import read_menu
from sync_server.ocr.parsing.workout.workout import read_workout

POLITENESS = 10
"""Added to the niceness of a reader: whoever answers requests goes first."""

Draft = Menu | Workout


class ReadingFailed(Exception):
    """The image could not be read; the text is a word for it."""


class Readers:
    """As many processes as the settings say; they start with the first image or `warm`."""

    def __init__(self, config: Config) -> None:
        self._provider, self._time_limit = config.ocr_provider, config.ocr_time_limit_s
        self._count = max(1, config.ocr_processes)
        self._pool, self._mending = self._started(), asyncio.Lock()

    async def read(self, photo: Photo) -> Draft:
        """What an image says; a reader that takes too long, or whose caller leaves, is ended.

        Raises ReadingFailed.
        """
        async with self._mending:
            if not self._pool.active:
                # A reader died while it had nothing to read; such a pool takes nothing more.
                await asyncio.to_thread(self.close)
                self._pool = self._started()
        task = self._pool.schedule(
            read_draft, args=[self._provider, photo], timeout=self._time_limit
        )
        try:
            draft: Draft = await asyncio.wrap_future(task)
        except ReadingTimeout:
            raise ReadingFailed("too_slow") from None
        except (ProcessExpired, BrokenProcessPool) as error:
            raise ReadingFailed("reader_died") from error
        return draft

    def warm(self) -> None:
        """Start the processes and load their models, without waiting for them."""
        self._pool.schedule(_ready)

    def _started(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._count,
            initializer=_begin,
            initargs=[self._provider],
            # Neither threads nor sockets of the server are copied into a reader.
            context=multiprocessing.get_context("spawn"),
        )

    def close(self) -> None:
        """End the processes and what they are reading."""
        self._pool.stop()
        self._pool.join()


def read_draft(provider: str, photo: Photo) -> Draft:
    """What an engine reads in an image, put in order."""
    lines = engine(provider)(photo)
    return read_menu(lines) if photo.kind == "menu" else read_workout(lines)


def _begin(provider: str) -> None:
    """In a new reader: let the server go first, end with it, and load the models."""
    os.nice(POLITENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    engine(provider)


def _end_with_parent() -> None:
    """A server that is killed cannot tell its readers to end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _ready() -> None:
    """Nothing: to have done it, a reader must have begun."""
