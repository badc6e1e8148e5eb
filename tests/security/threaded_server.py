"""A server in a thread of this process, whose application and settings a test can look at."""

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
class Attacked:
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
    """The loop of another thread."""

    loop: asyncio.AbstractEventLoop

    def run(self, what: Coroutine[Any, Any, Result]) -> Result:
        """Wait here for what is done there."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result()

    @contextmanager
    def attacked(self, config: Config) -> Iterator[Attacked]:
        """A server with these settings as long as the block lasts."""
        app = create_app(config)
        server = LoopbackServer(app)
        self.run(server.start_server(auto_decompress=False))
        try:
            yield Attacked(app, config, Server(server.base_url))
        finally:
            self.run(server.close())
