"""Channels of Valkey: a process subscribes to many over one connection, which is made again."""

import asyncio
import time
from collections.abc import AsyncIterator

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

_RETRY_S = 0.5


class Channels:
    """The subscriptions of a process, and the messages that come over them."""

    def __init__(self, pubsub: PubSub) -> None:
        self._pubsub = pubsub
        self._connecting = asyncio.Lock()
        self._failed_at = -_RETRY_S

    async def subscribe(self, name: str) -> None:
        """Subscribe, unless that is done already; raises RedisError or OSError."""
        if name.encode() not in self._pubsub.channels:
            await self._connect()
            await self._pubsub.subscribe(name)

    async def unsubscribe(self, name: str) -> None:
        """Unsubscribe; raises RedisError or OSError."""
        await self._connect()
        await self._pubsub.unsubscribe(name)

    async def messages(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """Channel and data of each message, without end; a lost connection is made again."""
        while True:
            if not self._pubsub.subscribed:
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                await self._connect()
                message = await self._pubsub.get_message(timeout=None)
            except (RedisError, OSError):
                # The next read connects again, and subscribes to all channels again.
                await asyncio.sleep(_RETRY_S)
                continue
            if message is not None and message["type"] == "message":
                yield message["channel"], message["data"]

    async def _connect(self) -> None:
        """Connect unless there is a connection; raises RedisError or OSError.

        Only one task does so at a time: each of several would get a connection of its own, of which
        one is read, and a read beside another one's handshake takes its answers.
        """
        async with self._connecting:
            if time.monotonic() < self._failed_at + _RETRY_S:
                raise RedisError("There was no connection a moment ago.")
            try:
                await self._pubsub.connect()
            except (RedisError, OSError):
                self._failed_at = time.monotonic()
                raise
