"""TCP proxy between a server and its Valkey, which a test can disconnect and reconnect."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


class FlakyValkey:
    """`async with FlakyValkey(redis_url) as valkey`: `valkey.url` leads to the same Valkey."""

    def __init__(self, redis_url: str) -> None:
        self._target = urlsplit(redis_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._disconnected = False
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        number = parse_qs(self._target.query).get("db", [self._target.path.strip("/")])[0]
        self.url = f"redis://127.0.0.1:{port}/{number if number.isdigit() else 0}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self.disconnect()

    async def disconnect(self) -> None:
        """Break every connection and reject new ones."""
        self._disconnected = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reconnect(self) -> None:
        """Accept new connections again."""
        self._disconnected = False

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far = None
        try:
            if not self._disconnected:
                near, far = await self._connect()
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pipe(reader, far))
                    both.create_task(_pipe(near, writer))
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            self._tasks.discard(task)
            for end in filter(None, (writer, far)):
                end.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.scheme == "unix":
            return await asyncio.open_unix_connection(self._target.path)
        assert self._target.hostname is not None
        return await asyncio.open_connection(self._target.hostname, self._target.port or 6379)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
