"""After a commit: the answer is cached and the user's streams are poked, in every process.

Nothing here is needed for correctness: what Valkey loses costs latency, never data.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import web
from redis.asyncio import Redis

from sync_server.store.redis import BREAKER, REDIS, Breaker
from sync_server.sync.notify.subscriptions import HEADS, Heads, channel
from sync_server.web.idempotency import CACHED_FOR_S, Remembered, cache_key


class Announcer:
    """Sends what many pushes have to tell in one round trip, behind their answers' back."""

    LIMIT = 10_000

    def __init__(self, redis: Redis, breaker: Breaker, heads: Heads) -> None:
        self._redis = redis
        self._breaker = breaker
        self._heads = heads
        self._answers: dict[str, bytes] = {}
        self._versions: dict[str, int] = {}
        self._wake = asyncio.Event()

    def announce(self, user_id: str, key: str, answer: Remembered, moved: bool) -> None:
        """Tell of a committed push; `moved` says whether the user's version did."""
        if moved:
            self.announce_version(user_id, answer.version)
        if len(self._answers) < self.LIMIT:
            self._answers[cache_key(user_id, key)] = answer.packed()
        self._wake.set()

    def announce_version(self, user_id: str, version: int) -> None:
        """Tell of a committed write that nobody can repeat: the user's version moved."""
        self._heads.moved(user_id, version)
        self._versions[user_id] = version
        self._wake.set()

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            answers, self._answers = self._answers, {}
            versions, self._versions = self._versions, {}
            await self._breaker.call(partial(self._send, answers, versions), None)

    async def _send(self, answers: dict[str, bytes], versions: dict[str, int]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for key, packed in answers.items():
            pipeline.set(key, packed, ex=CACHED_FOR_S)
        for user_id, version in versions.items():
            pipeline.publish(channel(user_id), version)
        await pipeline.execute()


ANNOUNCER: web.AppKey[Announcer] = web.AppKey("announcer", Announcer)


async def announcing(app: web.Application) -> AsyncIterator[None]:
    """Run the announcer as long as the application runs."""
    app[ANNOUNCER] = announcer = Announcer(app[REDIS], app[BREAKER], app[HEADS])
    task = asyncio.create_task(announcer.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
