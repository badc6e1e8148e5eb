"""The open streams of a user: at most 10 over all processes; a new one ends the oldest.

All streams together never take more than a share of a process's connections, so that there are
always some for other requests.
Valkey has a sorted set of a user's streams by the time when they were opened. Without Valkey the
limit holds within each process.
"""

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from redis.asyncio import Redis

from sync_server.config.settings import CONFIG
from sync_server.security.tokens import LEEWAY_S
from sync_server.store.breaker import BREAKER
from sync_server.store.commands import COMMANDS
from sync_server.store.redis import REDIS, channel
from sync_server.sync.notify.stream_openings import STREAM_OPENINGS
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener, replaced_message
from sync_server.web.errors import Overloaded
from sync_server.web.identity import Identity
from sync_server.web.observability import LONG_LIVED

MAX_STREAMS = 10
CONNECTION_SHARE = 0.8
"""Share of a process's connections that streams can take; above it, a new stream is a 503."""


class Streams(weakref.WeakSet["asyncio.Task[object]"]):
    """The tasks of the open streams."""


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


@asynccontextmanager
async def open_stream(request: web.Request, identity: Identity) -> AsyncIterator[Listener]:
    """The listener of a new stream; the user's oldest one ends if there are too many.

    Raises Overloaded when streams have their share of the connections, TooManyInFlight when the
    user opens them again and again.
    """
    app, user_id = request.app, identity.user_id
    task = asyncio.current_task()
    assert task is not None
    if len(app[STREAMS]) >= max(1, int(app[CONFIG].serving.max_connections * CONNECTION_SHARE)):
        raise Overloaded("There are too many streams.", headers={"Retry-After": "10"})
    await app[STREAM_OPENINGS].wait(user_id)
    request[LONG_LIVED] = True
    app[STREAMS].add(task)
    subscriptions, redis = app[SUBSCRIPTIONS], app[REDIS]
    lifetime = app[CONFIG].auth.access_token_lifetime_s + LEEWAY_S
    with subscriptions.listening(user_id, identity.family_id) as listener:
        try:
            # Subscribed before the version is read: no version can be missed in between.
            await subscriptions.subscribe(user_id)
            subscriptions.replace_oldest(user_id, MAX_STREAMS)
            await app[BREAKER].call(lambda: _register(app, user_id, listener.id, lifetime), None)
            yield listener
        finally:
            app[STREAMS].discard(task)
            await subscriptions.unsubscribe(user_id)
            await app[BREAKER].call(lambda: redis.zrem(_key(user_id), listener.id), 0)


async def sessions_with_streams(app: web.Application, user_ids: Sequence[str]) -> set[str]:
    """Ids of the users' sessions with an open stream; without Valkey, those of this process."""
    found = [id for user_id in user_ids for id in app[SUBSCRIPTIONS].ids(user_id)]
    oldest = time.time() - app[CONFIG].auth.access_token_lifetime_s - LEEWAY_S
    elsewhere: list[str] = await app[BREAKER].call(
        lambda: _stream_ids(app[REDIS], user_ids, oldest), []
    )
    return {id.partition("/")[0] for id in (*found, *elsewhere)}


async def end_streams(app: web.Application) -> None:
    """Cancel the open streams at shutdown: they do not end by themselves."""
    streams = app[STREAMS]
    for task in list(streams):
        task.cancel()


async def _register(app: web.Application, user_id: str, stream_id: str, lifetime: int) -> None:
    """Add the stream; end the oldest of those that are too many.

    No stream outlives its access token: older entries are of processes that died.
    """
    key, now = _key(user_id), time.time()
    pipeline = app[REDIS].pipeline(transaction=False)
    pipeline.zremrangebyscore(key, "-inf", now - lifetime)
    pipeline.zadd(key, {stream_id: now})
    pipeline.expire(key, lifetime)
    pipeline.zrange(key, 0, -(MAX_STREAMS + 1))
    *_, oldest = await pipeline.execute()
    if oldest:
        messages = [replaced_message(old.decode()) for old in oldest]
        await app[COMMANDS].execute_all(
            [("ZREM", key, *oldest), *(("PUBLISH", channel(user_id), it) for it in messages)]
        )


async def _stream_ids(redis: Redis, user_ids: Sequence[str], oldest: float) -> list[str]:
    pipeline = redis.pipeline(transaction=False)
    for user_id in user_ids:
        pipeline.zrangebyscore(_key(user_id), oldest, "+inf")
    return [id.decode() for ids in await pipeline.execute() for id in ids]


def _key(user_id: str) -> str:
    return f"streams:{{{user_id}}}"
