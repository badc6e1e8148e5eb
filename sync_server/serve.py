"""Running server: from the bound socket to the last open request.

The application is imported by the process that serves it: it takes a second of processor time and
100 MB, which the parent of several server processes does without.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog
from aiohttp import web

from sync_server import __version__
from sync_server.backup.daily import back_up_daily
from sync_server.boot import BootError
from sync_server.config.settings import CONFIG, Config
from sync_server.store.embedded.supervision import Program, supervise
from sync_server.web.connection_limits import Runner
from sync_server.web.health import DRAINING, STARTING

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""Longest wait of the event loop for a thread that computes: for each step of each request.

Python's default, 5 ms, is more than most requests take.
"""


async def serve(
    config: Config,
    bound: socket.socket,
    finish_start: Callable[[str], Awaitable[None]],
    programs: Sequence[Program] = (),
    *,
    retired: "asyncio.Future[signal.Signals] | None" = None,
    ready_at_once: bool = False,
) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish the open ones.

    `finish_start` is called with the server's URL once it answers; readiness is 503 until it has
    returned. After SIGTERM it is 503 for `drain_delay_s`: a load balancer stops sending requests
    before the socket closes. The private `programs` are supervised; raises EmbeddedError when one
    of them can't be started again. `retired` stops the server as a signal does; `ready_at_once` is
    for a process that joins others on their socket.
    """
    loop = asyncio.get_running_loop()
    stop_signal = retired or loop.create_future()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop_with, stop_signal, name)
    app, drain_s = _application(config), config.serving.drain_timeout_s
    if not ready_at_once:
        app[STARTING].set()
    runner = Runner(app, auto_decompress=False, access_log=None, shutdown_timeout=drain_s)
    try:
        await runner.setup()
        await _listen(runner, bound, config.serving.port)
        _warm_readers(app)
        await finish_start(url_of(bound))
        freeze_application()
        app[STARTING].clear()
        log.info("server started", release=__version__, pid=os.getpid())
        async with Background(config, programs, stop_signal):
            received = await stop_signal
        await _drain(app, received)
    finally:
        await runner.cleanup()


async def _drain(app: web.Application, received: signal.Signals) -> None:
    """Say that the server stops, and after SIGTERM wait until balancers have noticed."""
    app[DRAINING].set()
    log.info("server stops", signal=received.name, pid=os.getpid())
    if received == signal.SIGTERM:
        await asyncio.sleep(app[CONFIG].serving.drain_delay_s)


def _application(config: Config) -> web.Application:
    """Import and make the application; garbage collections meanwhile would free nothing."""
    gc.disable()
    try:
        from sync_server.app import create_app

        return create_app(config)
    finally:
        gc.freeze()
        gc.enable()


def _warm_readers(app: web.Application) -> None:
    """Start the processes that read images, if this server has any."""
    from sync_server.ocr.context import ENGINE_POOL

    if app[CONFIG].ocr.ocr_processes:
        app[ENGINE_POOL].warm()


async def _listen(runner: Runner, bound: socket.socket, port: int) -> None:
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        await web.SockSite(runner, bound).start()
    except OSError as error:
        raise BootError(f"Cannot listen on port {port}: {error.strerror}.") from None


class Background:
    """Tasks beside the server: supervision of private programs, daily backups, and others.

    When one of them fails, `stop` gets its error.
    """

    def __init__(
        self,
        config: Config,
        programs: Sequence[Program],
        stop: "asyncio.Future[signal.Signals]",
        *others: Coroutine[Any, Any, None],
    ) -> None:
        self._stop = stop
        self._work = [*others]
        if programs:
            self._work += [supervise(programs), back_up_daily(config)]
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        self._tasks = [asyncio.create_task(work) for work in self._work]
        for task in self._tasks:
            task.add_done_callback(self._end)

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and not self._stop.done() and (error := task.exception()):
            self._stop.set_exception(error)


def freeze_application() -> None:
    """Exempt all that start-up has made from garbage collection.

    A full collection walks 100,000 objects of the application, and stops every request for that.
    """
    gc.collect()
    gc.freeze()


def url_of(bound: socket.socket) -> str:
    """Local URL of the socket, with its actual port."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def stop_with(stop_signal: "asyncio.Future[signal.Signals]", name: signal.Signals) -> None:
    """Set the signal that ends the server, unless there is one already."""
    if not stop_signal.done():
        stop_signal.set_result(name)
