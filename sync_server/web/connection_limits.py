"""Limits of connections: their number, and timeouts of headers, of idling and of reading.

aiohttp itself waits an hour for a request's headers, and without end for a client that does not
read.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.web.connection import Connection, connection_problem
from sync_server.web.errors import HttpError, Overloaded

CHECKS_PER_TIMEOUT = 4
HEALTH = "/health/"
HEALTH_RESERVE = 16
"""Connections beyond the maximum while all others have requests, for health checks."""
HTTP_VERSIONS = (HttpVersion10, HttpVersion11)
CLOSED = Counter(
    "trackforge_connections_closed_total",
    "Connections that the server closed: headers too slow, a client that does not read, too many.",
    ("reason",),
)


class ConnectionLimiter(web.Server):
    """Server that creates connections and closes those that exceed a limit.

    Above the maximum, the connection that has been without a complete request for longest is
    closed, so that a thousand sockets with half a header each keep nobody out. When all
    connections have requests, a new one gets a 503, except from the health checks.
    """

    def __init__(self, inner: web.Server, settings: Config, **kwargs: Any) -> None:
        super().__init__(self._respond, request_factory=self._make_request, **kwargs)
        self._make = inner.request_factory
        self._handle = inner.request_handler
        self._settings = settings
        self._connection_settings = kwargs | {
            "keepalive_timeout": settings.serving.keepalive_timeout_s
        }
        for name in ("loop", "handler_cancellation"):
            self._connection_settings.pop(name, None)
        self._clock = asyncio.get_running_loop()
        self._open = 0
        # Deadlines of connections without a complete request, those longest without one first.
        self._waiting: OrderedDict[Connection, float] = OrderedDict()
        self._blocked: dict[Connection, float] = {}
        self._check_timeouts()

    def __call__(self) -> Connection:
        """New connection."""
        return Connection(self, self, loop=self._clock, **self._connection_settings)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count the connection; above the maximum, close the longest waiting one."""
        super().connection_made(handler, transport)
        assert isinstance(handler, Connection)
        self._open += 1
        self._waiting[handler] = self._clock.time() + self._settings.serving.head_timeout_s
        limit = self._settings.serving.max_connections
        if self._open - len(self._waiting) >= limit:
            limit += HEALTH_RESERVE
        if self._open > limit:
            _close(next(iter(self._waiting)), "full")

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Forget the connection."""
        super().connection_lost(handler, exc)
        assert isinstance(handler, Connection)
        self._open -= 1
        self._waiting.pop(handler, None)
        self._blocked.pop(handler, None)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        """Close every connection."""
        self._next_check.cancel()
        await super().shutdown(timeout)

    def receiving(self, connection: Connection) -> None:
        """Start the timeout of the request's headers."""
        deadline = self._waiting.get(connection)
        if deadline is not None:
            soon = self._clock.time() + self._settings.serving.head_timeout_s
            self._waiting[connection] = min(deadline, soon)

    def idle(self, connection: Connection) -> None:
        """Start the timeout of an idle connection."""
        self._waiting[connection] = self._clock.time() + self._settings.serving.keepalive_timeout_s

    def blocked(self, connection: Connection) -> None:
        """Start the timeout of a client that does not read."""
        self._blocked[connection] = self._clock.time() + self._settings.serving.send_timeout_s

    def unblocked(self, connection: Connection) -> None:
        """Stop the timeout of a client that does not read."""
        self._blocked.pop(connection, None)

    def _make_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        assert isinstance(protocol, Connection)
        self._waiting.pop(protocol, None)
        return self._make(message, payload, protocol, writer, task)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version not in HTTP_VERSIONS:  # the parser accepts any
            return connection_problem(
                request, HttpError("Only HTTP/1.0 and HTTP/1.1 are supported.")
            )
        busy = self._open - len(self._waiting)
        if busy > self._settings.serving.max_connections and not request.path.startswith(HEALTH):
            rejected = connection_problem(request, Overloaded("All connections are in use."))
            rejected.force_close()
            return rejected
        return await self._handle(request)

    def _check_timeouts(self) -> None:
        now = self._clock.time()
        for deadlines, reason in ((self._waiting, "head"), (self._blocked, "slow_reader")):
            for connection in [it for it, deadline in deadlines.items() if deadline <= now]:
                _close(connection, reason)
        timeout = min(self._settings.serving.head_timeout_s, self._settings.serving.send_timeout_s)
        self._next_check = self._clock.call_later(
            timeout / CHECKS_PER_TIMEOUT, self._check_timeouts
        )


class Runner(web.AppRunner):
    """Runner of an application behind a connection limiter."""

    async def _make_server(self) -> web.Server:
        inner = await super()._make_server()
        return ConnectionLimiter(inner, self.app[CONFIG], **self._kwargs)


def _close(connection: Connection, reason: str) -> None:
    CLOSED.labels(reason).inc()
    if connection.transport is not None:
        connection.transport.abort()
