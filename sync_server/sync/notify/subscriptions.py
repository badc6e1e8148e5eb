"""Subscriptions to users' versions: the streams of this process, and Valkey's channels."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from sync_server.config.settings import CONFIG
from sync_server.store.redis import CHECK, channel, create_pool, user_of_channel
from sync_server.sync.notify.channels import Channels

_REPLACED = b"replaced:"
log = structlog.get_logger(__name__)


def replaced_message(stream_id: str) -> bytes:
    """Notification that the stream must end, because a newer one took its place."""
    return _REPLACED + stream_id.encode()


class StreamHead(NamedTuple):
    """A user's version, and the epoch of the history that it counts in."""

    version: int
    epoch: int


class Listener:
    """Listener of one stream: the greatest version notified, and an event for the next.

    Its id begins with that of its session. `error` is why the stream must end.
    """

    def __init__(self, session_id: str) -> None:
        self.id = f"{session_id}/{uuid.uuid4()}"
        self.version = 0
        self.replaced = False
        self.error: Exception | None = None
        self._epoch: int | None = None
        self._notified = asyncio.Event()
        self._must_check = False

    def notify(self, version: int) -> None:
        """Set the version; several notifications become one."""
        if version > self.version:
            self.version = version
            self._notified.set()

    def see(self, head: StreamHead) -> None:
        """Take the head that was read; the version of a restored history may be a lower one."""
        if head.epoch == self._epoch:
            self.notify(head.version)
            return
        if self._epoch is not None or head.version > self.version:
            self.version = head.version
            self._notified.set()
        self._epoch = head.epoch

    def fail(self, error: Exception) -> None:
        """Make the stream end with an error."""
        self.error = error
        self._notified.set()

    def request_check(self) -> None:
        """Make the stream check its session, and read the version, now."""
        self._must_check = True
        self._notified.set()

    def replace(self) -> None:
        """Make the stream end: a newer one took its place."""
        self.replaced = True
        self._notified.set()

    async def wait(self, seconds: float) -> bool:
        """True if a new version came within the seconds; False after them, or to check.

        When it returns, `replaced` or `error` may be set.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._notified.wait()
        except TimeoutError:
            return False
        self._notified.clear()
        must_check, self._must_check = self._must_check, False
        return not must_check


class VersionSubscriptions:
    """The listeners of this process by user, notified by its own writes and by Valkey."""

    def __init__(self, channels: Channels) -> None:
        # Of each user the listeners by id, the oldest first.
        self._listeners: dict[str, dict[str, Listener]] = {}
        self._channels = channels
        self._active = asyncio.Event()

    @contextmanager
    def listening(self, user_id: str, session_id: str) -> Iterator[Listener]:
        """A listener for as long as the block runs; call `subscribe` inside."""
        listener = Listener(session_id)
        listeners = self._listeners.setdefault(user_id, {})
        listeners[listener.id] = listener
        self._active.set()
        try:
            yield listener
        finally:
            listeners.pop(listener.id, None)
            if not listeners:
                del self._listeners[user_id]

    async def subscribe(self, user_id: str) -> None:
        """Subscribe to the notifications of other processes; without Valkey, own ones remain."""
        try:
            await self._channels.subscribe(channel(user_id))
        except (RedisError, OSError) as error:
            log.warning("no notifications from other processes", reason=repr(error))

    async def unsubscribe(self, user_id: str) -> None:
        """Unsubscribe once the user has no listener left in this process."""
        if user_id not in self._listeners:
            try:
                await self._channels.unsubscribe(channel(user_id))
            except (RedisError, OSError) as error:
                log.info("could not unsubscribe", reason=repr(error))

    def notify(self, user_id: str, version: int) -> None:
        """Notify the user's listeners."""
        for listener in self._listeners.get(user_id, {}).values():
            listener.notify(version)

    def request_check(self, user_id: str) -> None:
        """Make the user's streams check their sessions."""
        for listener in self._listeners.get(user_id, {}).values():
            listener.request_check()

    def ids(self, user_id: str) -> list[str]:
        """The ids of the user's listeners in this process."""
        return list(self._listeners.get(user_id, {}))

    def replace_oldest(self, user_id: str, maximum: int) -> None:
        """End the user's oldest streams in this process until no more than `maximum` are left."""
        for listener in list(self._listeners.get(user_id, {}).values())[:-maximum]:
            listener.replace()

    def _receive(self, user_id: str, data: bytes) -> None:
        """Deliver a notification of another process; one of a newer release is ignored."""
        if data == CHECK:
            self.request_check(user_id)
        elif data.startswith(_REPLACED):
            listeners = self._listeners.get(user_id, {})
            if listener := listeners.get(data.removeprefix(_REPLACED).decode()):
                listener.replace()
        elif data.isdigit():
            self.notify(user_id, int(data))

    async def run(self) -> None:
        """Deliver the notifications of other processes until cancelled."""
        await self._active.wait()
        async for name, data in self._channels.messages():
            self._receive(user_of_channel(name), data)


SUBSCRIPTIONS: web.AppKey[VersionSubscriptions] = web.AppKey("subscriptions", VersionSubscriptions)


async def subscriptions_context(app: web.Application) -> AsyncIterator[None]:
    """Receive notifications while the application runs.

    The subscription has a connection of its own, without a read timeout.
    """
    async with (
        Redis.from_pool(create_pool(app[CONFIG].stores.redis_url, 1)) as redis,
        redis.pubsub(ignore_subscribe_messages=True) as pubsub,
    ):
        app[SUBSCRIPTIONS] = subscriptions = VersionSubscriptions(Channels(pubsub))
        task = asyncio.create_task(subscriptions.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
