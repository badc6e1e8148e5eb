"""A bad network on loopback: an HTTP proxy that loses, cuts, delays or repeats what it carries."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """Fault of one exchange; without arguments, none.

    `deliveries` is how often the server gets the request (0: it is lost on its way), `keep` how
    many bytes of the answer come through before the line breaks (None: all), `delay_s` how long
    the request takes to arrive.
    """

    deliveries: int = 1
    keep: int | None = None
    delay_s: float = 0.0


FINE = Fault()
REQUEST_LOST = Fault(deliveries=0, keep=0)
ANSWER_LOST = Fault(keep=0)
REPEATED = Fault(deliveries=2)

Choose = Callable[[str], Awaitable[Fault]]
"""Given a request line such as `POST /api/v1/sync/push HTTP/1.1`, what happens to it."""


def first(part: str, *faults: Fault) -> Choose:
    """Let the first requests with `part` in their line meet these faults, one after another."""
    waiting = list(faults)

    async def choose(line: str) -> Fault:
        return waiting.pop(0) if waiting and part in line else FINE

    return choose


async def fine(_: str) -> Fault:
    """A good network."""
    return FINE


class Proxy:
    """`async with Proxy(url) as proxy`: `proxy.base_url` is the same server behind bad luck."""

    def __init__(self, target: str, choose: Choose = fine) -> None:
        self._target = urlsplit(target)
        self._tasks: set[asyncio.Task[None]] = set()
        self.choose = choose
        self.lines: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One exchange; the connection ends with it, so that the next one meets its own fate."""
        try:
            head = await reader.readuntil(HEAD_END)
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            line = head.split(b"\r\n", 1)[0].decode()
            self.lines.append(line)
            fault = await self.choose(line)
            await asyncio.sleep(fault.delay_s)
            request = head.removesuffix(HEAD_END) + b"\r\nConnection: close" + HEAD_END + body
            for delivery in range(1, fault.deliveries + 1):
                await self._deliver(
                    request, writer if delivery == fault.deliveries else None, fault
                )
            if fault.keep is not None:
                writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _deliver(
        self, request: bytes, back: asyncio.StreamWriter | None, fault: Fault
    ) -> None:
        """Send the request; wait for the whole answer, and pass on what the fault leaves of it."""
        reader, writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        try:
            writer.write(request)
            left = fault.keep
            while part := await reader.read(65536):
                part = part if left is None else part[:left]
                left = None if left is None else left - len(part)
                if back is not None and part:
                    back.write(part)
                    await back.drain()
        finally:
            writer.close()
