"""The stream of versions over a WebSocket, for clients without streaming HTTP."""

import asyncio
import time
from contextlib import aclosing

import orjson
from aiohttp import WSMsgType, web

from sync_server.config.settings import CONFIG
from sync_server.sync.notify.heads import StreamReplaced, heads, read_head
from sync_server.sync.notify.open_streams import open_stream
from sync_server.sync.notify.subscriptions import Listener
from sync_server.sync.schemas.notifications import SOCKET, TICKET_PARAMETER
from sync_server.web.access_tokens import claims_of_token
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import (
    AccountDeleted,
    ApiError,
    Forbidden,
    HttpError,
    TicketsUnavailable,
    TokenExpired,
)
from sync_server.web.identity import SYNC, Identity, live_identity, public, require_scope
from sync_server.web.observability import LONG_LIVED
from sync_server.web.openapi import operation
from sync_server.web.query import reject_repeated
from sync_server.web.tickets import redeem_ticket

MAX_MESSAGE_BYTES = 8192
CLOSE_TIMEOUT_S = 2.0

SHUTTING_DOWN, TRY_LATER = 1001, 1013
MALFORMED, UNAUTHORIZED, FORBIDDEN, TOO_LATE, REPLACED, DELETED = 4400, 4401, 4403, 4408, 4409, 4410
"""Close codes; the last two digits are those of the HTTP status with the same meaning."""


class CloseSocket(Exception):
    """The socket must be closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@operation(responses={101: SOCKET}, query=TICKET_PARAMETER, errors=(HttpError,))
@public
async def socket(request: web.Request) -> web.StreamResponse:
    """Send the events of the stream over a WebSocket.

    The first message of the client is `{"access_token": "…"}`, unless the URL has a `ticket`.
    """
    reject_repeated(request.query.items(), "ticket")
    keepalive = request.app[CONFIG].serving.stream_keepalive_s
    response = web.WebSocketResponse(
        heartbeat=keepalive, timeout=CLOSE_TIMEOUT_S, compress=False, max_msg_size=MAX_MESSAGE_BYTES
    )
    if not response.can_prepare(request).ok:
        raise HttpError("This route accepts WebSocket connections only.")
    request[LONG_LIVED] = True
    await response.prepare(request)
    code = SHUTTING_DOWN
    try:
        identity = await _identify(request, response)
        async with open_stream(request, identity) as listener:
            code = await _serve(request, response, identity, listener)
    except CloseSocket as close:
        code = close.code
    except (ApiError, *DATABASE_FAILURES) as error:
        code = _close_code(error)
    finally:
        await response.close(code=code)
    return response


async def _identify(request: web.Request, response: web.WebSocketResponse) -> Identity:
    """The identity of the URL's ticket or of the first message's token.

    Raises CloseSocket, or an ApiError when it is not accepted.
    """
    if ticket := request.query.get("ticket"):
        claims = await redeem_ticket(request.app, ticket)
    else:
        claims = claims_of_token(request.app, await _first_token(request, response))
        if claims.expires_at < time.time():
            raise TokenExpired
    identity = await live_identity(request.app, claims)
    require_scope(identity, SYNC)
    return identity


async def _first_token(request: web.Request, response: web.WebSocketResponse) -> str:
    try:
        async with asyncio.timeout(request.app[CONFIG].serving.head_timeout_s):
            message = await response.receive()
    except TimeoutError:
        raise CloseSocket(TOO_LATE) from None
    try:
        if message.type != WSMsgType.TEXT:
            raise ValueError
        token = orjson.loads(message.data)["access_token"]
        if not isinstance(token, str):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise CloseSocket(MALFORMED) from None
    return token


async def _serve(
    request: web.Request, response: web.WebSocketResponse, identity: Identity, listener: Listener
) -> int:
    """Send events until the stream ends or the client leaves; the close code."""
    sender = asyncio.create_task(_send_heads(request.app, response, identity, listener))
    reader = asyncio.create_task(_read_to_end(response))
    try:
        await asyncio.wait({sender, reader}, return_when=asyncio.FIRST_COMPLETED)
        return sender.result() if sender.done() else 1000
    finally:
        for task in (sender, reader):
            task.cancel()
        await asyncio.gather(sender, reader, return_exceptions=True)


async def _send_heads(
    app: web.Application, response: web.WebSocketResponse, identity: Identity, listener: Listener
) -> int:
    """Send events until the stream ends; the close code."""
    try:
        head = await read_head(app, identity)
        async with aclosing(heads(app, identity, listener, head)) as versions:
            async for version in versions:
                await response.send_str(f'{{"event": "head", "version": {version}}}')
    except StreamReplaced:
        await response.send_str('{"event": "replaced"}')
        return REPLACED
    except (ApiError, *DATABASE_FAILURES) as error:
        return _close_code(error)
    raise AssertionError("unreachable")


async def _read_to_end(response: web.WebSocketResponse) -> None:
    """Read until the client closes; pings are answered meanwhile, messages are ignored."""
    async for _ in response:
        pass


def _close_code(error: Exception) -> int:
    match error:
        case AccountDeleted():
            return DELETED
        case Forbidden():
            return FORBIDDEN
        case TicketsUnavailable():
            return TRY_LATER
        case ApiError():
            return UNAUTHORIZED
        case _:
            return TRY_LATER
