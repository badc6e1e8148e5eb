"""A cable between a server and its Valkey that a test can pull out and put back."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Cable:
    """`async with Cable(redis_url) as cable`: `cable.url` is the same Valkey through the cable."""

    def __init__(self, redis_url: str) -> None:
        self._target = urlsplit(redis_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._out = False
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
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
        await self.pull()

    async def pull(self) -> None:
        """Break every connection, and every new one."""
        self._out = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def plug(self) -> None:
        """Let new connections through again."""
        self._out = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far = None
        try:
            if not self._out:
                near_out, far = await self._connect()
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pipe(reader, far))
                    both.create_task(_pipe(near_out, writer))
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
