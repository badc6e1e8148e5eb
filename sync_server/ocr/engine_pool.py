"""Process pool of the engines: warm processes outside the event loop, with a time limit."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing.connection import wait

from pebble import ProcessExpired, ProcessPool

from sync_server.config.settings import Config
from sync_server.ocr.engines.barcodes import read_barcodes
from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.engines.registry import load_engine
from sync_server.ocr.parsing.drafts import LabelDraft, MenuDraft, WorkoutDraft
from sync_server.ocr.parsing.layout.lines import Line

NICENESS = 10
"""Added to the niceness of engine processes: requests have priority."""

Draft = MenuDraft | WorkoutDraft | LabelDraft
RECEIPT_FAILURES = {"menu": "not_a_menu", "label": "not_a_label"}
"""Failure codes of receipts, by kind."""


class WrongKind(Exception):
    """The image shows something else; the text is the failure code."""


class EngineFailure(Exception):
    """The image could not be read; the text is the failure code."""


class EnginePool:
    """Pool of `ocr_processes` processes; they start with the first image or `warm`."""

    def __init__(self, config: Config) -> None:
        self._provider, self._time_limit = config.ocr.ocr_provider, config.ocr.ocr_time_limit_s
        self._count = max(1, config.ocr.ocr_processes)
        self._pool, self._restart_lock = self._new_pool(), asyncio.Lock()

    async def read(self, photo: Photo) -> Draft:
        """Draft of an image; the process is killed after the time limit or on cancellation.

        Raises EngineFailure.
        """
        async with self._restart_lock:
            if not self._pool.active:
                # A process died while idle; such a pool accepts no more tasks.
                await asyncio.to_thread(self.close)
                self._pool = self._new_pool()
        task = self._pool.schedule(
            read_image, args=[self._provider, photo], timeout=self._time_limit
        )
        try:
            draft: Draft = await asyncio.wrap_future(task)
        except PoolTimeout:
            raise EngineFailure("too_slow") from None
        except WrongKind as error:
            raise EngineFailure(str(error)) from None
        except (ProcessExpired, BrokenProcessPool) as error:
            raise EngineFailure("reader_died") from error
        return draft

    def warm(self) -> None:
        """Start the processes and load their models in the background."""
        self._pool.schedule(_warm_up)

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._count,
            initializer=_initialize,
            initargs=[self._provider],
            # No threads or sockets of the server are inherited.
            context=multiprocessing.get_context("spawn"),
        )

    def close(self) -> None:
        """Stop the processes and their tasks."""
        self._pool.stop()
        self._pool.join()


def read_image(provider: str, photo: Photo) -> Draft:
    """Draft of an image: engine, then the parser of its kind; runs in a pool process.

    Raises WrongKind for a receipt.
    """
    # Its patterns are compiled in the pool's processes only, like those of the parsers.
    from sync_server.ocr.parsing.receipts import is_receipt

    lines = load_engine(provider)(photo)
    if photo.kind in RECEIPT_FAILURES and is_receipt(lines):
        raise WrongKind(RECEIPT_FAILURES[photo.kind])
    draft = _parser(photo.kind)(lines)
    if isinstance(draft, LabelDraft):
        return replace(draft, barcodes=read_barcodes(photo.content))
    return draft


def _parser(kind: str) -> Callable[[list[Line]], Draft]:
    """The parser of a kind of image.

    Imported in the pool's processes only: the patterns of the parsers take 0.1 s to compile.
    """
    from sync_server.ocr.parsing.label.label import parse_label
    from sync_server.ocr.parsing.menu.page import parse_menu
    from sync_server.ocr.parsing.workout.sheet import parse_workout

    parsers: dict[str, Callable[[list[Line]], Draft]] = {
        "menu": parse_menu, "label": parse_label, "workout": parse_workout,
    }  # fmt: skip
    return parsers[kind]


def _initialize(provider: str) -> None:
    """Initializer of a pool process: niceness, exit with the server, load the models."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _parser("menu")
    load_engine(provider)


def _end_with_parent() -> None:
    """Exit when the server exits, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _warm_up() -> None:
    """No-op task: running it starts a process."""
