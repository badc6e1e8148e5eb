"""Pipeline of Valkey commands: those of many requests travel together over one connection."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from aiohttp import web
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from sync_server.store.observers import COMMANDS as OBSERVED_COMMANDS
from sync_server.store.redis import TIMEOUT_S

Argument: TypeAlias = str | bytes | int
Command: TypeAlias = Sequence[Argument]
_Batch: TypeAlias = "list[tuple[Sequence[Command], asyncio.Future[list[Any]]]]"


class CommandPipeline:
    """A connection that sends whatever waits as one message, and reads the replies together.

    A command that arrives while a message is on its way is part of the next one. A pool's client
    takes a connection, two timers and a lock for every command instead, which costs five times the
    processor time.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        pool = ConnectionPool.from_url(url, socket_connect_timeout=TIMEOUT_S)
        # redis-py does not type these two.
        make_connection: Callable[[], AbstractConnection] = pool.make_connection
        self._connection = make_connection()
        self._connect: Callable[[], Awaitable[None]] = self._connection.connect
        self._waiting: _Batch = []
        self._task: asyncio.Task[None] | None = None

    async def execute(self, *command: Argument) -> Any:
        """The reply of a command; raises RedisError, OSError or TimeoutError."""
        (reply,) = await self.execute_all([command])
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    async def execute_all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies of commands that travel together; an error reply is one of them.

        Raises RedisError, OSError or TimeoutError; then nobody knows which commands were run.
        """
        replies: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, replies))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        if (observer := OBSERVED_COMMANDS.get()) is None:
            return await replies
        started = time.time_ns()
        try:
            return await replies
        finally:
            observer(" ".join(str(command[0]) for command in commands), started)

    async def close(self) -> None:
        """Close the connection; commands that wait are cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._connection.disconnect()

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await self._send(batch)
                    for commands, replies in batch:
                        received = [await self._read() for _ in commands]
                        if not replies.done():
                            replies.set_result(received)
            except (RedisError, OSError, TimeoutError) as error:
                await self._connection.disconnect(nowait=True)
                for _, replies in batch:
                    if not replies.done():
                        replies.set_exception(error)
            except BaseException:
                for _, replies in (*batch, *self._waiting):
                    replies.cancel()
                raise

    async def _send(self, batch: _Batch) -> None:
        connection = self._connection
        if connection.is_connected and await connection.can_read():
            # Nobody has asked for anything: the other side has closed the connection.
            await connection.disconnect(nowait=True)
        if not connection.is_connected:
            await self._connect()
        packed = connection.pack_commands(
            [command for commands, _ in batch for command in commands]
        )
        await connection.send_packed_command(packed, check_health=False)

    async def _read(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as error:
            return error


COMMANDS: web.AppKey[CommandPipeline] = web.AppKey("commands", CommandPipeline)
