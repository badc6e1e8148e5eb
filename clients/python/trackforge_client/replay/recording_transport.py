"""Transport that records its exchanges."""

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

from trackforge_client.device.transport import HttpTransport, Request, Response


class ExchangeSink(Protocol):
    """Receiver of exchanges; it removes secrets."""

    def exchange(
        self,
        *,
        device: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        status: int,
        response_headers: Mapping[str, str],
        response: bytes,
        started: float,
    ) -> None:
        """Records one exchange; `started` is from `time.monotonic`."""


class RecordingTransport:
    """Transport that records every request with a response; streams are not recorded."""

    def __init__(self, inner: HttpTransport, sink: ExchangeSink, device: str) -> None:
        self._inner = inner
        self._sink = sink
        self._device = device

    async def send(self, request: Request) -> Response:
        """Response of the inner transport; records the exchange."""
        started = time.monotonic()
        response = await self._inner.send(request)
        self._sink.exchange(
            device=self._device,
            method=request.method,
            path=request.path,
            headers=request.headers,
            body=request.body,
            status=response.status,
            response_headers=response.headers,
            response=response.body,
            started=started,
        )
        return response

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """Lines of the stream, unrecorded."""
        return self._inner.lines(request)

    async def close(self) -> None:
        """Closes all connections."""
        await self._inner.close()
