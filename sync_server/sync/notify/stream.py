"""The stream: Server-Sent Events with the user's version, whenever it changes."""

import asyncio
import time
import weakref

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, read_transaction
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener
from sync_server.sync.schemas.responses import EVENTS
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import AccountDeleted, ApiError
from sync_server.web.identity import IDENTITY, SYNC, needs
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE
from sync_server.web.revocation import require_live_session

_READ_VERSION = "SELECT version FROM heads WHERE user_id = $1::text::uuid"


class Streams(weakref.WeakSet["asyncio.Task[object]"]):
    """The tasks of the open streams."""


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


@operation(responses={200: EVENTS})
@needs(SYNC)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send `head` now and whenever the version changes, until the access token expires.

    Subscribe, then read, then send: a push in between is notified twice rather than missed. At
    each keep-alive the version is read again, so a lost notification costs only seconds.
    """
    subscriptions, identity = request.app[SUBSCRIPTIONS], request[IDENTITY]
    if task := asyncio.current_task():
        request.app[STREAMS].add(task)
    with subscriptions.listening(identity.user_id) as listener:
        try:
            await subscriptions.subscribe(identity.user_id)
            version = await _read_version(request)
            response = EventSourceResponse(
                sep="\n",
                ping_interval=request.app[CONFIG].stream_keepalive_s,
            )
            response.headers.update(NO_STORE)  # aiohttp-sse overwrites these
            await response.prepare(request)
            async with response:
                await _send_versions(request, response, listener, version)
            return response
        finally:
            await subscriptions.unsubscribe(identity.user_id)


async def _send_versions(
    request: web.Request, response: EventSourceResponse, listener: Listener, version: int
) -> None:
    keepalive = request.app[CONFIG].stream_keepalive_s
    expires_at = request[IDENTITY].expires_at
    sent = -1
    while response.is_connected():
        if version > sent:
            sent = version
            await response.send(f'{{"version": {version}}}', event="head")
        left = expires_at - time.time()
        if left <= 0:
            return
        notified = await listener.wait(min(keepalive, left))
        if not notified and not await _refresh(request, listener):
            return
        version = max(version, listener.version)


async def _refresh(request: web.Request, listener: Listener) -> bool:
    """Read the version again; False if the session has ended or the database is away.

    An error cannot be sent in mid-stream: the client's next request reports it.
    """
    identity = request[IDENTITY]
    await request.app[SUBSCRIPTIONS].subscribe(identity.user_id)
    try:
        await require_live_session(request.app, identity.user_id, identity.family_id, identity.jti)
        listener.notify(await _read_version(request))
    except (ApiError, *DATABASE_FAILURES):
        return False
    return True


async def _read_version(request: web.Request) -> int:
    user_id = request[IDENTITY].user_id
    async with read_transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        head = await connection.fetchrow(_READ_VERSION, user_id)
    if head is None:
        raise AccountDeleted
    version: int = head["version"]
    return version


async def end_streams(app: web.Application) -> None:
    """Cancel the open streams at shutdown: they do not end by themselves."""
    streams = app[STREAMS]
    for task in list(streams):
        task.cancel()
