"""The stream: Server-Sent Events that say that a user's version moved, and nothing else."""

import asyncio
import time
import weakref

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, read_transaction
from sync_server.sync.notify.subscriptions import HEADS, Listener
from sync_server.sync.push import sql as statements
from sync_server.sync.schemas.responses import EVENTS
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import AccountDeleted, ApiError
from sync_server.web.identity import IDENTITY, SYNC, needs
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE
from sync_server.web.revocation import require_live_session


class Streams(weakref.WeakSet["asyncio.Task[object]"]):
    """The tasks of the streams that are open."""


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


@operation(responses={200: EVENTS})
@needs(SYNC)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send `head` now and whenever the version moves, until the access token ends.

    Subscribe, then read, then send: a push in between is heard twice rather than missed. At each
    keep-alive the head is read anew, so that a lost poke costs seconds, not an update.
    """
    heads, identity = request.app[HEADS], request[IDENTITY]
    if task := asyncio.current_task():
        request.app[STREAMS].add(task)
    with heads.listening(identity.user_id) as listener:
        try:
            await heads.subscribe(identity.user_id)
            version = await _head(request)
            response = EventSourceResponse(
                sep="\n",
                ping_interval=request.app[CONFIG].stream_keepalive_s,
            )
            response.headers.update(NO_STORE)  # aiohttp-sse says less, whatever it is given
            await response.prepare(request)
            async with response:
                await _tell(request, response, listener, version)
            return response
        finally:
            await heads.unsubscribe(identity.user_id)


async def _tell(
    request: web.Request, response: EventSourceResponse, listener: Listener, version: int
) -> None:
    keepalive = request.app[CONFIG].stream_keepalive_s
    expires_at = request[IDENTITY].expires_at
    told = -1
    while response.is_connected():
        if version > told:
            told = version
            await response.send(f'{{"version": {version}}}', event="head")
        left = expires_at - time.time()
        if left <= 0:
            return
        moved = await listener.moves_within(min(keepalive, left))
        if not moved and not await _still_welcome(request, listener):
            return
        version = max(version, listener.version)


async def _still_welcome(request: web.Request, listener: Listener) -> bool:
    """Hear the head anew; false when the session has ended or nobody can tell.

    An error cannot be answered in mid-stream: the client's next request meets it.
    """
    identity = request[IDENTITY]
    await request.app[HEADS].subscribe(identity.user_id)
    try:
        await require_live_session(request.app, identity.user_id, identity.family_id, identity.jti)
        listener.hear(await _head(request))
    except (ApiError, *DATABASE_FAILURES):
        return False
    return True


async def _head(request: web.Request) -> int:
    user_id = request[IDENTITY].user_id
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        head = await connection.fetchrow(statements.READ_HEAD, user_id)
    if head is None:
        raise AccountDeleted
    version: int = head["version"]
    return version


async def end_streams(app: web.Application) -> None:
    """At shutdown: streams never end by themselves."""
    streams = app[STREAMS]
    for task in list(streams):
        task.cancel()
