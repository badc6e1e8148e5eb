"""Several server processes on one socket, and the parent that keeps them running."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from prometheus_client import multiprocess

from sync_server.boot import BootError
from sync_server.config.settings import Config
from sync_server.serve import Background, stop_with, url_of
from sync_server.store.embedded.supervision import Program
from sync_server.worker_process import BEGIN, RETIRE, WorkerProcess

METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
POLL_S = 0.2
SHORT_LIFE_S = 5.0
MAX_SHORT_LIVES = 5
MARGIN_S = 5.0
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
log = structlog.get_logger(__name__)


def available_cores() -> int:
    """Cores that this process may use: of its affinity, within the quota of its container."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = CPU_QUOTA.read_text().split()
        limit = int(quota) // int(period)
    except (OSError, ValueError):
        return cores or 1
    return max(1, min(cores or 1, limit))


async def serve_with_workers(
    config: Config,
    bound: socket.socket,
    finish_start: Callable[[str], Awaitable[None]],
    programs: Sequence[Program] = (),
) -> None:
    """Serve with `config.serving.workers` processes until SIGINT or SIGTERM.

    One that ends is started again; SIGHUP replaces them one after another. Raises BootError when
    they cannot be started, EmbeddedError when a private program cannot.
    """
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[signal.Signals] = loop.create_future()
    roll = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop_with, stop, name)
    loop.add_signal_handler(signal.SIGHUP, roll.set)
    with _metrics_directory():
        crew = Crew(config, bound)
        try:
            await crew.start()
            await finish_start(url_of(bound))
            crew.begin()
            async with Background(config, programs, stop, crew.keep_running(roll)):
                await stop
        finally:
            await crew.stop()


class Crew:
    """The server processes of a parent."""

    def __init__(self, config: Config, bound: socket.socket) -> None:
        self._config, self._bound = config, bound
        self._workers: list[WorkerProcess] = []
        self._started: list[WorkerProcess] = []
        self._short_lives = 0

    async def start(self) -> None:
        """Start all processes and wait until they listen; raises BootError."""
        self._workers = [
            self._new(number, joins=False) for number in range(self._config.serving.workers)
        ]
        for worker in self._workers:
            if not await worker.until_listening():
                raise BootError("A server process could not start; the log says why.")

    def begin(self) -> None:
        """Let all processes be ready."""
        for worker in self._workers:
            worker.send(BEGIN)

    async def keep_running(self, roll: asyncio.Event) -> None:
        """Replace whatever ends, and all of them when `roll` is set; raises BootError."""
        while True:
            await asyncio.sleep(POLL_S)
            for number, worker in enumerate(self._workers):
                if not worker.process.is_alive():
                    await self._replace_dead(number)
            if roll.is_set():
                roll.clear()
                await self._roll()

    async def stop(self) -> None:
        """End all processes: they finish their open requests first."""
        alive = [worker for worker in self._started if worker.process.is_alive()]
        for worker in alive:
            worker.process.terminate()
        patience = (
            self._config.serving.drain_delay_s + self._config.serving.drain_timeout_s + MARGIN_S
        )
        await asyncio.gather(*(worker.until_ended(patience) for worker in alive))

    def _new(self, number: int, *, joins: bool = True) -> WorkerProcess:
        # Images are read beside one of the processes only: each reader takes some 400 MB.
        config = self._config if number == 0 else self._config.changed(ocr_processes=0)
        self._started = [worker for worker in self._started if worker.process.is_alive()]
        self._started.append(WorkerProcess(config, self._bound, joins=joins))
        return self._started[-1]

    async def _replace_dead(self, number: int) -> None:
        dead = self._workers[number]
        status = dead.process.exitcode
        is_short = time.monotonic() - dead.started < SHORT_LIFE_S
        self._short_lives = self._short_lives + 1 if is_short else 0
        log.error("a server process ended", pid=dead.process.pid, status=status)
        multiprocess.mark_process_dead(dead.process.pid)
        if self._short_lives >= MAX_SHORT_LIVES:
            raise BootError(
                f"Server processes ended {MAX_SHORT_LIVES} times soon after their start,"
                f" the last time with status {status}."
            )
        self._workers[number] = fresh = self._new(number)
        if await fresh.until_listening():
            log.warning("a server process was started again", pid=fresh.process.pid)

    async def _roll(self) -> None:
        """Replace the processes one by one: the new one listens before the old one stops."""
        for number, old in enumerate(self._workers):
            fresh = self._new(number)
            if not await fresh.until_listening():
                log.error("a new server process could not start; the old ones go on")
                return
            self._workers[number] = fresh
            old.send(RETIRE)
            await old.until_ended(self._config.serving.drain_timeout_s + MARGIN_S)
            log.info("a server process was replaced", pid=fresh.process.pid)


@contextmanager
def _metrics_directory() -> Iterator[None]:
    """Directory in which all processes count, so that each of them can show the sums."""
    directory = tempfile.mkdtemp(prefix="tf-metrics-")
    os.environ[METRICS_DIRECTORY] = directory
    try:
        yield
    finally:
        del os.environ[METRICS_DIRECTORY]
        shutil.rmtree(directory, ignore_errors=True)
