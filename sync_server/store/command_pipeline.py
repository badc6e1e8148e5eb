"""Pipeline of Valkey commands: those of many requests travel together over one connection."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from sync_server.store.observers import COMMANDS as OBSERVED_COMMANDS
from sync_server.store.redis import TIMEOUT_S, create_pool

Argument: TypeAlias = str | bytes | int
Command: TypeAlias = Sequence[Argument]

_INCOMPLETE = object()
# Its stub knows commands of one word only.
_pack: Callable[[Any], bytes] = hiredis.pack_command


@dataclass(slots=True, eq=False)
class _Batch:
    """Commands of one caller, and their replies so far."""

    commands: Sequence[Command]
    done: "asyncio.Future[list[Any]]"
    replies: list[Any] = field(default_factory=list)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Replies(asyncio.Protocol):
    """Protocol of a connection: writes commands, and hands the replies out in their order.

    `ready` is called when every command has its reply, `lost` when the connection is closed. The
    writer is kept only because a StreamWriter that nobody has closes its transport.
    """

    def __init__(
        self, writer: asyncio.StreamWriter, ready: Callable[[], None], lost: Callable[[], None]
    ) -> None:
        self._writer, self._transport = writer, writer.transport
        self._ready, self._lost = ready, lost
        self._reader = hiredis.Reader(replyError=_reply_error, notEnoughData=_INCOMPLETE)
        self._awaited: deque[_Batch] = deque()
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport.set_protocol(self)

    @property
    def is_busy(self) -> bool:
        """True while commands wait for their replies, or the connection is being closed."""
        return bool(self._awaited) or self._transport.is_closing()

    def send(self, batches: Sequence[_Batch]) -> None:
        """Send all commands as one message; their replies have TIMEOUT_S together."""
        self._awaited.extend(batches)
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + TIMEOUT_S
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._check)
        self._transport.write(
            b"".join([_pack(tuple(it)) for batch in batches for it in batch.commands])
        )

    def abort(self, error: Exception) -> None:
        """Close the connection; commands without a reply get the error."""
        awaited, self._awaited = self._awaited, deque()
        for batch in awaited:
            batch.fail(error)
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hand out the replies that are complete."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _INCOMPLETE:
                self._receive(reply)
        except (hiredis.HiredisError, IndexError) as error:
            self.abort(LostConnection(f"Not the reply of a command: {error!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection was closed, by us or by the other side."""
        if self._timer is not None:
            self._timer.cancel()
        self.abort(LostConnection(f"Valkey has closed the connection: {exc!r}"))
        self._lost()

    def _receive(self, reply: Any) -> None:
        if isinstance(reply, hiredis.PushNotification):
            return
        batch = self._awaited[0]
        batch.replies.append(reply)
        if len(batch.replies) < len(batch.commands):
            return
        self._awaited.popleft()
        if not batch.done.done():
            batch.done.set_result(batch.replies)
        if not self._awaited:
            self._ready()

    def _check(self) -> None:
        self._timer = None
        if not self._awaited:
            return
        loop = asyncio.get_running_loop()
        if loop.time() >= self._deadline:
            self.abort(TimeoutError("Valkey does not answer."))
        else:
            self._timer = loop.call_at(self._deadline, self._check)


class CommandPipeline:
    """A connection that sends whatever waits as one message, and reads the replies together.

    A command that arrives while a message is on its way is part of the next one. A pool's client
    takes a connection, two timers and a lock for every command instead, and redis-py's connection
    makes a task and three timers to send and to read: both cost several times the processor time.
    redis-py connects (addresses, TLS, passwords), then `_Replies` takes the transport over.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # The connection of a sentinels' pool asks the pool for the primary.
        self._pool = create_pool(url, TIMEOUT_S)
        # redis-py does not type it.
        self._make_connection: Callable[[], AbstractConnection] = self._pool.make_connection
        self._replies: _Replies | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._waiting: list[_Batch] = []
        self._is_scheduled = False

    async def execute(self, *command: Argument) -> Any:
        """The reply of a command; raises RedisError, OSError or TimeoutError."""
        (reply,) = await self.execute_all([command])
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    async def execute_all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies of commands that travel together; an error reply is one of them.

        Raises RedisError, OSError or TimeoutError; then it is unknown which commands were run.
        """
        batch = _Batch(commands, asyncio.get_running_loop().create_future())
        self._waiting.append(batch)
        self._schedule()
        if (observer := OBSERVED_COMMANDS.get()) is None:
            return await batch.done
        started = time.time_ns()
        try:
            return await batch.done
        finally:
            observer(" ".join(str(command[0]) for command in commands), started)

    async def close(self) -> None:
        """Close the connection; commands that wait are cancelled."""
        for batch in self._waiting:
            batch.done.cancel()
        self._waiting.clear()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._replies is not None:
            self._replies.abort(LostConnection("The connection is closed."))
        await self._pool.disconnect()

    def _schedule(self) -> None:
        """Send what waits after this step of the loop, which may add more commands."""
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._send_waiting)

    def _send_waiting(self) -> None:
        self._is_scheduled = False
        if self._replies is None:
            if self._waiting and self._connecting is None:
                self._connecting = asyncio.create_task(self._connect())
        elif self._waiting and not self._replies.is_busy:
            batches, self._waiting = self._waiting, []
            self._replies.send(batches)

    async def _connect(self) -> None:
        connection = self._make_connection()
        connect: Callable[[], Awaitable[None]] = connection.connect
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await connect()
            writer = connection._writer
            connection._reader = connection._writer = None  # else it closes what is ours now
            if writer is None:
                raise LostConnection("Valkey has closed the connection.")
            self._replies = _Replies(writer, self._schedule, self._lose)
        except (RedisError, OSError, TimeoutError) as error:
            batches, self._waiting = self._waiting, []
            for batch in batches:
                batch.fail(error)
        finally:
            self._connecting = None
        self._send_waiting()

    def _lose(self) -> None:
        self._replies = None
        self._send_waiting()


def _reply_error(text: str) -> ResponseError:
    return NoScriptError(text) if text.startswith("NOSCRIPT") else ResponseError(text)
