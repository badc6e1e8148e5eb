"""Running server: from the bound socket to the last open request."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from sync_server.app import create_app
from sync_server.backup.daily import back_up_daily
from sync_server.boot import BootError
from sync_server.config.settings import Config
from sync_server.ocr.worker import ENGINE_POOL
from sync_server.store.embedded.supervision import Program, supervise
from sync_server.web.connection_limits import Runner
from sync_server.web.health import DRAINING, STARTING


async def serve(
    config: Config,
    bound: socket.socket,
    finish_start: Callable[[str], Awaitable[None]],
    programs: Sequence[Program] = (),
) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish the open ones.

    `finish_start` is called with the server's URL once it answers; readiness is 503 until it has
    returned. After SIGTERM readiness is 503 for `drain_delay_s`, so that a load balancer stops
    sending requests before the socket closes. Meanwhile the private `programs` are supervised;
    raises EmbeddedError when one of them can't be started again.
    """
    stop_signal: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, _stop, stop_signal, name)
    app = create_app(config)
    app[STARTING].set()
    runner = Runner(
        app, auto_decompress=False, access_log=None, shutdown_timeout=config.drain_timeout_s
    )
    try:
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
        except OSError as error:
            raise BootError(f"Cannot listen on port {config.port}: {error.strerror}.") from None
        if config.ocr_processes:
            app[ENGINE_POOL].warm()
        await finish_start(url_of(bound))
        app[STARTING].clear()
        received = await _supervised(config, stop_signal, programs)
        app[DRAINING].set()
        if received == signal.SIGTERM:
            await asyncio.sleep(config.drain_delay_s)
    finally:
        await runner.cleanup()


async def _supervised(
    config: Config, stop_signal: "asyncio.Future[signal.Signals]", programs: Sequence[Program]
) -> signal.Signals:
    """The signal; raises EmbeddedError when a program ends that can't be started again."""
    supervision = asyncio.create_task(supervise(programs))

    def end(ended: "asyncio.Task[None]") -> None:
        if not ended.cancelled() and not stop_signal.done() and (error := ended.exception()):
            stop_signal.set_exception(error)

    supervision.add_done_callback(end)
    tasks = [supervision]
    if programs:
        tasks.append(asyncio.create_task(back_up_daily(config)))
    try:
        return await stop_signal
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def url_of(bound: socket.socket) -> str:
    """Local URL of the socket, with its actual port."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop(stop_signal: asyncio.Future[signal.Signals], name: signal.Signals) -> None:
    if not stop_signal.done():
        stop_signal.set_result(name)
