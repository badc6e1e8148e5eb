"""HTTP/1.1 connection that sends any bytes, kept alive between requests."""

import asyncio
import contextlib
from dataclasses import dataclass

import orjson

PATIENCE_S = 60
ENDLESS = ("text/event-stream", "application/x-ndjson")


class Broken(Exception):
    """The connection ended before a whole response was received."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in lower case and the body; none of a stream."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """JSON of the body; None if it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class RawConnection:
    """One connection, opened again when the server has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, head: bytes, body: bytes) -> Answer:
        """Answer to a request; raises Broken or TimeoutError."""
        is_reused = self._streams is not None
        try:
            return await self._exchange(head + body)
        except (Broken, ConnectionError, asyncio.IncompleteReadError) as error:
            self.close()
            if not is_reused:
                raise Broken(str(error)) from error
        # The server may have closed an idle connection.
        try:
            return await self._exchange(head + body)
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Broken(str(error)) from error

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def end(self) -> None:
        """Close the connection and wait until it is."""
        if self._streams is not None:
            writer = self._streams[1]
            self.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _exchange(self, request: bytes) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._streams is None:
                    self._streams = await asyncio.open_connection(*self._address, limit=1 << 24)
                reader, writer = self._streams
                writer.write(request)
                answer = await self._read(reader)
        except BaseException:
            # An answer that comes later is not that of the next request.
            self.close()
            raise
        is_closing = answer.headers.get("connection", "").lower() == "close"
        if is_closing or answer.headers.get("content-type", "").startswith(ENDLESS):
            self.close()
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        head = await reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").rstrip().split("\r\n")
        status = int(status_line.split(" ")[1])
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if status == 100:
            return await self._read(reader)
        if headers.get("content-type", "").startswith(ENDLESS):
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, await self._chunks(reader))
        length = int(headers.get("content-length", "0"))
        return Answer(status, headers, await reader.readexactly(length))

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        parts = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return b"".join(parts)
