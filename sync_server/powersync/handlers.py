"""Routes of PowerSync's wire protocol, as its open client SDKs call them."""

import time
from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.powersync import queries
from sync_server.powersync.encoding import encoding_of
from sync_server.powersync.operations import keepalive_line, write_checkpoint
from sync_server.powersync.schemas import (
    STREAM_LINES,
    SYNC_REQUEST,
    SYNC_REQUEST_EXAMPLE,
    WRITE_CHECKPOINT,
    StreamRequest,
)
from sync_server.powersync.session import DownloadSession, Message
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.notify.open_streams import open_stream
from sync_server.sync.notify.publisher import PUBLISHER
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener
from sync_server.web.admission import ADMISSION
from sync_server.web.body import read_fields
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import AccountDeleted, ApiError
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import require_live_session


@operation(
    responses={200: STREAM_LINES},
    body=SYNC_REQUEST,
    example=SYNC_REQUEST_EXAMPLE,
)
@needs(SYNC, lasting=True)
async def post_stream(request: web.Request) -> web.StreamResponse:
    """Stream the user's records to a PowerSync client.

    One bucket holds all records; a checkpoint follows each new version. The stream ends with the
    access token, or when newer streams of the user are too many.
    """
    fields = await read_fields(request, StreamRequest())
    after = {bucket["name"]: int(bucket["after"]) for bucket in fields["buckets"]}
    identity = request[IDENTITY]
    session = DownloadSession(
        request.app[POOL], request.app[CONFIG], identity.user_id, after, fields["raw_data"]
    )
    async with open_stream(request, identity) as listener:
        return await _stream(request, session, listener)


@operation(responses={200: WRITE_CHECKPOINT})
@needs(SYNC)
async def get_write_checkpoint(request: web.Request) -> web.StreamResponse:
    """Name the checkpoint that shows all uploads answered so far.

    An upload is visible once its push is answered, so this is the newest version's.
    """
    user_id = user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        head = await queries.read_head(connection, user_id)
    if head is None:
        raise AccountDeleted
    # A rejected upload makes no version: the streams must confirm the checkpoint all the same.
    request.app[PUBLISHER].request_check(user_id)
    return json_response(request, {"data": {"write_checkpoint": write_checkpoint(head.version)}})


async def _stream(
    request: web.Request, session: DownloadSession, listener: Listener
) -> web.StreamResponse:
    encoding = encoding_of(request)
    response = web.StreamResponse(
        headers=NO_STORE | {"Content-Type": encoding.media_type, "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    keepalive = request.app[CONFIG].serving.stream_keepalive_s
    try:
        while (left := request[IDENTITY].expires_at - time.time()) > 0:
            # Also without a new version: a lost notification, or a write checkpoint to confirm.
            messages = session.catch_up()
            while message := await _next(request, messages):
                await response.write(encoding.encode(message))
            await response.write(encoding.encode(keepalive_line(int(left))))
            notified = await listener.wait(min(keepalive, left))
            if listener.replaced:
                break
            if not notified:
                await _require_live_session(request)
    except (ApiError, *DATABASE_FAILURES):
        # An answer that has begun cannot become an error: the client connects again and meets it.
        return response
    await response.write(encoding.encode(keepalive_line(0)))
    return response


async def _next(request: web.Request, messages: AsyncIterator[Message]) -> Message | None:
    """The next message, or None at the end; it is read when it is the user's turn."""
    async with request.app[ADMISSION].reads.admit(user_of(request)):
        return await anext(messages, None)


async def _require_live_session(request: web.Request) -> None:
    """Raise an ApiError when the session or the account has ended; renew the subscription."""
    identity = request[IDENTITY]
    await request.app[SUBSCRIPTIONS].subscribe(identity.user_id)
    await require_live_session(request.app, identity.user_id, identity.family_id, identity.jti)
