"""Server in a thread of this process, with its application and settings."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from sync_server.app import create_app
from sync_server.config.settings import Config
from tests.contract.http_client import Server
from tests.infrastructure.server import Server as LoopbackServer

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ThreadedServer:
    """A running server."""

    app: web.Application
    config: Config
    api: Server

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of its socket."""
        host, _, port = self.api.base_url.rpartition("/")[2].partition(":")
        return host, int(port)


@dataclass(frozen=True, slots=True)
class Loop:
    """Event loop of another thread."""

    loop: asyncio.AbstractEventLoop

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Result of the coroutine, which runs in that thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    @contextmanager
    def serving(self, config: Config) -> Iterator[ThreadedServer]:
        """Server with these settings, until the block ends."""
        app = create_app(config)
        server = LoopbackServer(app)
        self.run(server.start_server(auto_decompress=False))
        try:
            yield ThreadedServer(app, config, Server(server.base_url))
        finally:
            self.run(server.close())
