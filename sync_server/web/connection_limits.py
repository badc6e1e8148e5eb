"""The connections: how long one may take to ask and to listen, how many there are, and an answer
to what is no HTTP.

aiohttp itself waits an hour for a request's head and for ever for a peer that does not read.
"""

import asyncio
import uuid
from collections import OrderedDict
from typing import Any

import structlog
from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.web.error_middleware import REQUEST_ID, from_http_exception, problem_response
from sync_server.web.errors import ApiError, HttpError, InternalError, Overloaded
from sync_server.web.respond import NO_STORE, SECURITY_HEADERS

LOOKS_PER_DEADLINE = 4
HEALTH = "/health/"
HEALTH_RESERVE = 16
"""Connections beyond the maximum, while all others are at work: for health checks."""
SPOKEN = (HttpVersion10, HttpVersion11)
CLOSED = Counter(
    "trackforge_connections_closed_total",
    "Connections that the server broke off: a slow head, a deaf peer, one too many.",
    ("reason",),
)
log = structlog.get_logger(__name__)


class Connection(web.RequestHandler):
    """aiohttp's connection, which reports its state to the limiter."""

    __slots__ = ("_limiter",)

    def __init__(self, limiter: "ConnectionLimiter", **settings: Any) -> None:
        super().__init__(limiter, **settings)
        self._limiter = limiter

    def data_received(self, data: bytes) -> None:
        """Bytes came; whether they complete a head shows when the request is made."""
        super().data_received(data)
        if data:
            self._limiter.start_deadline(self)

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write."""
        super().pause_writing()
        self._limiter.blocked(self)

    def resume_writing(self) -> None:
        """The peer has read on."""
        super().resume_writing()
        self._limiter.unblocked(self)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, a refusal of aiohttp's own in our words; then wait for the next head."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = _problem(request, from_http_exception(resp))
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            if self.connected:
                self._limiter.rests(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the bytes
    ) -> web.StreamResponse:
        """A problem document for what no handler has seen: bytes that are no HTTP, or our fault.

        What the bytes were is neither told nor logged: they may hold somebody's token.
        """
        if status == 400:
            answer = _problem(request, HttpError("The request is not proper HTTP."))
            log.info("not http", reason=type(exc).__name__, request_id=_id_of(request))
        elif isinstance(exc, ConnectionError):
            answer = _problem(request, HttpError("The peer has left."))
            log.info("peer left", request_id=_id_of(request))
        else:
            answer = _problem(request, InternalError())
            log.error("unexpected failure", request_id=_id_of(request), exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of another answer was sent already.")
        answer.force_close()
        return answer


class ConnectionLimiter(web.Server):
    """Makes the connections and breaks off those that hold a place for nothing.

    Where there are too many, whoever has waited longest without asking goes: half a head from each
    of a thousand sockets keeps nobody out. Where all of them are at work, a newcomer gets an
    answer only from a health check, and a 503 otherwise.
    """

    def __init__(self, inner: web.Server, settings: Config, **kwargs: Any) -> None:
        super().__init__(self._answer, request_factory=self._begin, **kwargs)
        self._make = inner.request_factory
        self._handle = inner.request_handler
        self._settings = settings
        self._connection_settings = kwargs | {"keepalive_timeout": settings.keepalive_timeout_s}
        for name in ("loop", "handler_cancellation"):
            self._connection_settings.pop(name, None)
        self._clock = asyncio.get_running_loop()
        self._open = 0
        # Those that owe us a head, in the order in which they began to, each with its deadline.
        self._resting: OrderedDict[Connection, float] = OrderedDict()
        self._blocked: dict[Connection, float] = {}
        self._look()

    def __call__(self) -> Connection:
        """A connection that is about to be made."""
        return Connection(self, loop=self._clock, **self._connection_settings)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Let it in; where there are too many, the one goes that has waited longest."""
        super().connection_made(handler, transport)
        assert isinstance(handler, Connection)
        self._open += 1
        self._resting[handler] = self._clock.time() + self._settings.head_timeout_s
        limit = self._settings.max_connections
        if self._open - len(self._resting) >= limit:
            limit += HEALTH_RESERVE
        if self._open > limit:
            _break_off(next(iter(self._resting)), "full")

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """It is gone."""
        super().connection_lost(handler, exc)
        assert isinstance(handler, Connection)
        self._open -= 1
        self._resting.pop(handler, None)
        self._blocked.pop(handler, None)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        """End every connection."""
        self._next_look.cancel()
        await super().shutdown(timeout)

    def start_deadline(self, connection: Connection) -> None:
        """A head has begun to arrive."""
        deadline = self._resting.get(connection)
        if deadline is not None:
            soon = self._clock.time() + self._settings.head_timeout_s
            self._resting[connection] = min(deadline, soon)

    def rests(self, connection: Connection) -> None:
        """A request was answered: the next one may take its time to begin."""
        self._resting[connection] = self._clock.time() + self._settings.keepalive_timeout_s

    def blocked(self, connection: Connection) -> None:
        """The peer has stopped reading."""
        self._blocked[connection] = self._clock.time() + self._settings.send_timeout_s

    def unblocked(self, connection: Connection) -> None:
        """The peer reads again."""
        self._blocked.pop(connection, None)

    def _begin(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        assert isinstance(protocol, Connection)
        self._resting.pop(protocol, None)
        return self._make(message, payload, protocol, writer, task)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version not in SPOKEN:  # the parser takes any
            return _problem(request, HttpError("HTTP/1.1 is spoken here."))
        at_work = self._open - len(self._resting)
        if at_work > self._settings.max_connections and not request.path.startswith(HEALTH):
            rejected = _problem(request, Overloaded("All connections are taken."))
            rejected.force_close()
            return rejected
        return await self._handle(request)

    def _look(self) -> None:
        now = self._clock.time()
        for waiting, reason in ((self._resting, "head"), (self._blocked, "deaf")):
            for connection in [it for it, deadline in waiting.items() if deadline <= now]:
                _break_off(connection, reason)
        often = min(self._settings.head_timeout_s, self._settings.send_timeout_s)
        self._next_look = self._clock.call_later(often / LOOKS_PER_DEADLINE, self._look)


class Runner(web.AppRunner):
    """Runs an application behind a connection limiter."""

    async def _make_server(self) -> web.Server:
        inner = await super()._make_server()
        return ConnectionLimiter(inner, self.app[CONFIG], **self._kwargs)


def _break_off(connection: Connection, reason: str) -> None:
    CLOSED.labels(reason).inc()
    if connection.transport is not None:
        connection.transport.abort()


def _id_of(request: web.BaseRequest) -> str:
    request_id: str = request.setdefault(REQUEST_ID, str(uuid.uuid4()))
    return request_id


def _problem(request: web.BaseRequest, error: ApiError) -> web.Response:
    """The problem document with the headers that it would have got on its way out."""
    problem = problem_response(error, _id_of(request))
    headers = {**problem.headers, **SECURITY_HEADERS, **NO_STORE, "X-Request-Id": _id_of(request)}
    return _RejectionResponse(body=problem.body, status=problem.status, headers=headers)


class _RejectionResponse(web.Response):
    """No application prepares it, so it takes off aiohttp's banner itself."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        del self.headers["Server"]
