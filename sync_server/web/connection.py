"""A client's connection, which reports its state and answers what no handler sees."""

import uuid
from typing import Any, Protocol

import structlog
from aiohttp import web

from sync_server.web.error_middleware import REQUEST_ID, from_http_exception, problem_response
from sync_server.web.errors import ApiError, HttpError, InternalError
from sync_server.web.respond import NO_STORE, SECURITY_HEADERS

log = structlog.get_logger(__name__)


class ConnectionObserver(Protocol):
    """Observer of the states of connections."""

    def receiving(self, connection: "Connection") -> None:
        """Bytes of a request arrived."""

    def blocked(self, connection: "Connection") -> None:
        """The client has stopped reading."""

    def unblocked(self, connection: "Connection") -> None:
        """The client reads again."""

    def idle(self, connection: "Connection") -> None:
        """A response was sent; the next request may begin."""


class Connection(web.RequestHandler):
    """Connection of aiohttp that reports its state to an observer."""

    __slots__ = ("_observer",)

    def __init__(self, server: web.Server, observer: ConnectionObserver, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._observer = observer

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; aiohttp makes a request once the headers are complete."""
        super().data_received(data)
        if data:
            self._observer.receiving(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._observer.blocked(self)

    def resume_writing(self) -> None:
        """The client has read on."""
        super().resume_writing()
        self._observer.unblocked(self)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the response; an error of aiohttp's own becomes a problem document."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = connection_problem(request, from_http_exception(resp))
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            if self.connected:
                self._observer.idle(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the bytes
    ) -> web.StreamResponse:
        """Problem document for bytes that are not HTTP and for failures outside of handlers.

        The bytes are in neither the response nor the log: they may hold a token.
        """
        if status == 400:
            response = connection_problem(request, HttpError("The request is not proper HTTP."))
            log.info("not http", reason=type(exc).__name__, request_id=_id_of(request))
        elif isinstance(exc, ConnectionError):
            response = connection_problem(request, HttpError("The client has left."))
            log.info("client left", request_id=_id_of(request))
        else:
            response = connection_problem(request, InternalError())
            log.error("unexpected failure", request_id=_id_of(request), exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of another response was sent already.")
        response.force_close()
        return response


def connection_problem(request: web.BaseRequest, error: ApiError) -> web.Response:
    """Problem document with the headers that the application's middlewares would have added."""
    problem = problem_response(error, _id_of(request))
    headers = {**problem.headers, **SECURITY_HEADERS, **NO_STORE, "X-Request-Id": _id_of(request)}
    return _UnroutedResponse(body=problem.body, status=problem.status, headers=headers)


def _id_of(request: web.BaseRequest) -> str:
    request_id: str = request.setdefault(REQUEST_ID, str(uuid.uuid4()))
    return request_id


class _UnroutedResponse(web.Response):
    """Response without an application: it removes aiohttp's Server header itself."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        del self.headers["Server"]
