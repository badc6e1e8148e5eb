"""The network as this client needs it: one request, one answer, and a stream of lines."""

import gzip
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from trackforge_client.device.errors import Offline

_COMPRESS_FROM = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `path` begins with a slash and carries the query, header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, its body whole and inflated; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoStream(Exception):
    """The server answered a request for a stream with something else."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Http(Protocol):
    """What carries requests; a test puts its own around it and loses what it likes."""

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status; raises Offline when there is none."""

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The lines of a stream; raises NoStream, or Offline when it breaks."""

    async def close(self) -> None:
        """Let go of all connections."""


class AiohttpHttp:
    """`Http` by aiohttp; bodies over 1 KiB go out compressed."""

    def __init__(self, base_url: str, *, timeout_s: float = 60.0, stall_s: float = 45.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=10.0)
        # The server sends a comment every 15 s: a stream silent for longer is dead.
        self._stream_timeout = aiohttp.ClientTimeout(sock_connect=10.0, sock_read=stall_s)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """The answer, whatever its status; redirects are not followed."""
        headers, body = dict(request.headers), request.body
        if body is not None and len(body) >= _COMPRESS_FROM and "json" in headers["content-type"]:
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, 6, mtime=0)
        try:
            async with self._open().request(
                request.method,
                self._base_url + request.path,
                headers=headers,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                return await _whole(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _offline(error) from error

    async def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The lines of a stream, as they come."""
        try:
            async with self._open().request(
                request.method,
                self._base_url + request.path,
                headers=request.headers,
                timeout=self._stream_timeout,
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise NoStream(await _whole(answer))
                async for line in answer.content:
                    yield line.decode("utf-8", "replace").rstrip("\r\n")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _offline(error) from error

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _whole(answer: aiohttp.ClientResponse) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status, headers, await answer.read())


def _offline(error: Exception) -> Offline:
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    reason = "No connection to the server" if unsent else "The connection broke off"
    return Offline(f"{reason}: {str(error) or type(error).__name__}", sent=not unsent)
