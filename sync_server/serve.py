"""The running server: from the bound socket to the last request in flight."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from sync_server.app import create_app
from sync_server.boot import BootError
from sync_server.config.settings import Config
from sync_server.ocr.worker import ENGINE_POOL
from sync_server.web.connection_limits import Runner
from sync_server.web.health import DRAINING


async def serve(
    config: Config, bound: socket.socket, when_ready: Callable[[str], Awaitable[None]]
) -> None:
    """Answer requests until SIGINT or SIGTERM, then let those in flight finish.

    `when_ready` is told the server's URL once it answers. After SIGTERM readiness says 503 for
    `drain_delay_s`, so that a load balancer stops sending before the door closes.
    """
    stopping: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, _stop, stopping, name)
    app = create_app(config)
    runner = Runner(
        app, auto_decompress=False, access_log=None, shutdown_timeout=config.drain_timeout_s
    )
    try:
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
        except OSError as error:
            raise BootError(f"Cannot listen on port {config.port}: {error.strerror}.") from None
        app[ENGINE_POOL].warm()
        await when_ready(url_of(bound))
        received = await stopping
        app[DRAINING].set()
        if received == signal.SIGTERM:
            await asyncio.sleep(config.drain_delay_s)
    finally:
        await runner.cleanup()


def url_of(bound: socket.socket) -> str:
    """The URL under which this machine reaches the socket, with the port that it was given."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop(stopping: asyncio.Future[signal.Signals], name: signal.Signals) -> None:
    if not stopping.done():
        stopping.set_result(name)
