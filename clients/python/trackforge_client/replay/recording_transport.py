"""A transport that writes down what passes through it."""

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

from trackforge_client.device.transport import Http, Request, Response


class Tape(Protocol):
    """Where exchanges go; it leaves secrets out."""

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
        """Write one exchange down; `started` is a reading of `time.monotonic`."""


class Taped:
    """Any `Http`, with every answered request recorded; streams are not."""

    def __init__(self, inner: Http, tape: Tape, device: str) -> None:
        self._inner = inner
        self._tape = tape
        self._device = device

    async def send(self, request: Request) -> Response:
        """Send, and write down what came back."""
        started = time.monotonic()
        response = await self._inner.send(request)
        self._tape.exchange(
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
        """The stream as it is."""
        return self._inner.lines(request)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._inner.close()
