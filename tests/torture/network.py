"""The network between devices and servers: a proxy that loses, cuts, delays, repeats, reorders.

It notes every exchange. The oracle judges by these notes, so that it treats all clients alike.
"""

import asyncio
import random
import re
import ssl
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.torture.wire import Exchange, parse_answer, parse_head

HEAD_END = b"\r\n\r\n"
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """The place of a server: host, port and, for https, TLS. `authority` is its Host header."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    authority: str = ""

    @classmethod
    def of(cls, base_url: str) -> "Target":
        """The server at a URL without a path; raises ValueError."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"{base_url} is not a URL such as https://sync.example.com")
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls, parts.netloc)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection; raises OSError."""
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls)

    def addressed(self, head: bytes) -> bytes:
        """The head of a request with the server's own Host header."""
        if not self.authority:
            return head
        return re.sub(rb"(?im)^host:[^\r]*", b"Host: " + self.authority.encode(), head, count=1)


@dataclass(frozen=True, slots=True)
class Fate:
    """Fate of one exchange.

    `deliveries` is how often the server gets the request (0: it is lost), `keep` how many bytes
    of the answer come through (None: all), `delay_s` how long the request takes, `late_s` when a
    further copy of it arrives (None: there is none), `reply_delay_s` how long the answer takes.
    """

    name: str = ""
    deliveries: int = 1
    keep: int | None = None
    delay_s: float = 0.0
    reply_delay_s: float = 0.0
    late_s: float | None = None


FINE = Fate()

FATES: list[Callable[[random.Random], Fate]] = [
    lambda _: Fate("request lost", deliveries=0, keep=0),
    lambda _: Fate("request cut", deliveries=-1, keep=0),
    lambda _: Fate("answer lost", keep=0),
    lambda chance: Fate("answer cut", keep=chance.randrange(1, 3000)),
    lambda chance: Fate("request delayed", delay_s=chance.uniform(0.01, 0.6)),
    lambda chance: Fate("answer delayed", reply_delay_s=chance.uniform(0.01, 0.6)),
    lambda chance: Fate("duplicated", deliveries=chance.randrange(2, 4)),
    lambda chance: Fate("repeated late", late_s=chance.uniform(0.05, 1.5)),
    lambda chance: Fate("answer lost, repeated late", keep=0, late_s=chance.uniform(0.05, 1.5)),
]
"""Fates of an exchange; a new line here is a new fault of the network."""


class Network:
    """A proxy in front of several servers; `badness` is the share of exchanges that suffer."""

    def __init__(self, targets: Sequence[Target], chance: random.Random) -> None:
        self._targets, self._chance = targets, chance
        self._tasks: set[asyncio.Task[None]] = set()
        self.badness = 0.0
        self.is_cut = False
        self.exchanges: list[Exchange] = []
        self.fates: Counter[str] = Counter()
        self.started = time.monotonic()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 24)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
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
        await asyncio.sleep(0)  # Transports close in the next turn of the loop.

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._run(self._carry(reader, writer))

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _fate(self, line: str) -> Fate:
        """A fate by chance; log-ins are spared: their loss would only make the round empty."""
        if self.is_cut:
            return Fate("no network", deliveries=0, keep=0)
        if "/auth/" in line or self._chance.random() >= self.badness:
            return FINE
        fate = self._chance.choice(FATES)(self._chance)
        self.fates[fate.name] += 1
        return fate

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One exchange; the connection ends with it, so that the next one has its own fate."""
        try:
            head = await reader.readuntil(HEAD_END)
            line, headers = parse_head(head)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            fate = self._fate(line)
            if "upgrade" in headers or "text/event-stream" in headers.get("accept", ""):
                await self._tunnel(head + body, reader, writer, fate)
                return
            await self._exchange(line, headers, head, body, writer, fate)
            if fate.keep is not None:
                writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _exchange(
        self,
        line: str,
        headers: dict[str, str],
        head: bytes,
        body: bytes,
        writer: asyncio.StreamWriter,
        fate: Fate,
    ) -> None:
        method, path, _ = line.split()
        note = Exchange(0, self.now(), method, path, headers, body, 0, fate.name)
        request = head.removesuffix(HEAD_END) + b"\r\nConnection: close" + HEAD_END + body
        if fate.late_s is not None and note.key:
            self._run(self._repeat(note, request, fate.late_s))
        await asyncio.sleep(fate.delay_s)
        if fate.deliveries < 0:
            await self._cut_request(request, len(head))
        for delivery in range(fate.deliveries if note.key else min(fate.deliveries, 1)):
            raw = await self._deliver(note, request)
            if delivery == 0:
                await asyncio.sleep(fate.reply_delay_s)
                writer.write(raw[: fate.keep])
        await writer.drain()

    async def _deliver(self, note: Exchange, request: bytes) -> bytes:
        """The raw answer of one server, by chance; a whole answer is noted."""
        target, reader, writer = await self._connect()
        copy = replace(note, number=len(self.exchanges), at=self.now(), server=target)
        self.exchanges.append(copy)
        try:
            writer.write(self._targets[target].addressed(request))
            raw = await asyncio.wait_for(reader.read(-1), PATIENCE_S)
        finally:
            writer.transport.abort()
        if answer := parse_answer(raw):
            copy.status, copy.answer_headers, copy.received = answer
            copy.answered = self.now()
        return raw

    async def _connect(self) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to a server, by chance, and its number."""
        target = self._chance.randrange(len(self._targets))
        return target, *await self._targets[target].connect()

    async def _repeat(self, note: Exchange, request: bytes, delay_s: float) -> None:
        """A copy of the request arrives late, perhaps after newer ones and at another server."""
        await asyncio.sleep(delay_s)
        try:
            await self._deliver(replace(note, fate="late copy"), request)
        except (OSError, TimeoutError):
            return

    async def _cut_request(self, request: bytes, head_size: int) -> None:
        """A server gets a part of the request, then its connection breaks."""
        target = self._chance.choice(self._targets)
        part = self._chance.randrange(1, max(len(request) - 1, head_size))
        _, writer = await target.connect()
        writer.write(target.addressed(request)[:part])
        await writer.drain()
        writer.transport.abort()

    async def _tunnel(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fate: Fate
    ) -> None:
        """A stream: bytes in both directions until one side ends; a bad one ends after a while."""
        if fate.deliveries <= 0:
            return
        target, server_reader, server_writer = await self._connect()
        server_writer.write(self._targets[target].addressed(first))
        copies = [
            asyncio.create_task(_copy(reader, server_writer)),
            asyncio.create_task(_copy(server_reader, writer)),
        ]
        try:
            timeout = None if fate is FINE else self._chance.uniform(0, 1)
            await asyncio.wait(copies, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for copy in copies:
                copy.cancel()
            server_writer.transport.abort()
            writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        return
