"""Who waits for which user's version to move, in this process, and the pokes from the others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from sync_server.config.settings import CONFIG

_PREFIX = "head:"
_RETRY_S = 0.5
log = structlog.get_logger(__name__)


def channel(user_id: str) -> str:
    """The channel on which the user's pokes travel."""
    return f"{_PREFIX}{{{user_id}}}"


class Listener:
    """One stream's ear: the greatest version heard of, and an event for the next."""

    def __init__(self) -> None:
        self.version = 0
        self._moved = asyncio.Event()

    def hear(self, version: int) -> None:
        """Note that the version moved; many pokes become one."""
        if version > self.version:
            self.version = version
            self._moved.set()

    async def moves_within(self, seconds: float) -> bool:
        """Whether the version moved in the time given."""
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return False
        self._moved.clear()
        return True


class Heads:
    """The listeners of this process by user, fed by its own pushes and by one subscription."""

    def __init__(self, pubsub: PubSub) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._pubsub = pubsub
        self._any = asyncio.Event()

    @contextmanager
    def listening(self, user_id: str) -> Iterator[Listener]:
        """A listener for as long as the block runs; call `subscribe` inside."""
        listener = Listener()
        listeners = self._listeners.setdefault(user_id, set())
        listeners.add(listener)
        self._any.set()
        try:
            yield listener
        finally:
            listeners.discard(listener)
            if not listeners:
                del self._listeners[user_id]

    async def subscribe(self, user_id: str) -> None:
        """Hear the other processes' pokes for this user; without Valkey, only our own."""
        if channel(user_id).encode() in self._pubsub.channels:
            return
        try:
            await self._pubsub.subscribe(channel(user_id))
        except (RedisError, OSError) as error:
            log.warning("no pokes from other processes", reason=repr(error))

    async def unsubscribe(self, user_id: str) -> None:
        """Stop hearing them when nobody here listens any more."""
        if user_id not in self._listeners:
            try:
                await self._pubsub.unsubscribe(channel(user_id))
            except (RedisError, OSError) as error:
                log.info("could not unsubscribe", reason=repr(error))

    def moved(self, user_id: str, version: int) -> None:
        """Wake the user's listeners."""
        for listener in self._listeners.get(user_id, ()):
            listener.hear(version)

    async def run(self) -> None:
        """Pass the other processes' pokes on, for ever."""
        while True:
            await self._any.wait()
            if not self._pubsub.subscribed:
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError):
                # The next read connects again, and subscribes to all channels anew.
                await asyncio.sleep(_RETRY_S)
                continue
            if message is not None:
                user_id = message["channel"].decode().removeprefix(_PREFIX).strip("{}")
                self.moved(user_id, int(message["data"]))


HEADS: web.AppKey[Heads] = web.AppKey("heads", Heads)


async def hearing(app: web.Application) -> AsyncIterator[None]:
    """Hear pokes as long as the application runs.

    The subscription has a connection of its own that may stay silent for ever.
    """
    async with (
        Redis.from_url(app[CONFIG].redis_url, socket_connect_timeout=1) as redis,
        redis.pubsub(ignore_subscribe_messages=True) as pubsub,
    ):
        app[HEADS] = heads = Heads(pubsub)
        task = asyncio.create_task(heads.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
