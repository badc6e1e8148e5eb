"""HTTP transport: requests with one response, and streams of lines."""

import gzip
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from trackforge_client.device.errors import Offline

_COMPRESS_FROM = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """HTTP request; `path` includes the query, header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """HTTP response with its decompressed body; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class StreamRejected(Exception):
    """Response to a stream request that is not a stream."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class HttpTransport(Protocol):
    """Interface of a transport; tests replace it to lose responses."""

    async def send(self, request: Request) -> Response:
        """Response of any status; raises Offline without one."""

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """Lines of a stream; raises StreamRejected, or Offline when it breaks."""

    async def close(self) -> None:
        """Closes all connections."""


class AiohttpTransport:
    """Transport by aiohttp; JSON bodies from 1 KiB are compressed."""

    def __init__(self, base_url: str, *, timeout_s: float = 60.0, stall_s: float = 45.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=10.0)
        # The server sends a comment every 15 s: a longer silence means a broken stream.
        self._stream_timeout = aiohttp.ClientTimeout(sock_connect=10.0, sock_read=stall_s)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """Response of any status; redirects are not followed."""
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
            ) as response:
                return await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _offline(error) from error

    async def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """Lines of a stream as they arrive."""
        try:
            async with self._open().request(
                request.method,
                self._base_url + request.path,
                headers=request.headers,
                timeout=self._stream_timeout,
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise StreamRejected(await _read(response))
                async for line in response.content:
                    yield line.decode("utf-8", "replace").rstrip("\r\n")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _offline(error) from error

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _read(response: aiohttp.ClientResponse) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status, headers, await response.read())


def _offline(error: Exception) -> Offline:
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    reason = "No connection to the server" if unsent else "The connection broke off"
    return Offline(f"{reason}: {str(error) or type(error).__name__}", sent=not unsent)
