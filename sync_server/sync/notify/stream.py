"""The stream of versions as Server-Sent Events, and tickets to open it from a browser."""

from contextlib import aclosing

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.security.tokens import LEEWAY_S
from sync_server.sync.notify.heads import StreamReplaced, heads, read_head
from sync_server.sync.notify.open_streams import open_stream
from sync_server.sync.notify.subscriptions import Listener, StreamHead
from sync_server.sync.schemas.notifications import EVENTS, TICKET, TICKET_PARAMETER
from sync_server.web.error_middleware import DATABASE_FAILURES
from sync_server.web.errors import ApiError, HttpError, TicketsUnavailable
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import reject_repeated
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.tickets import TICKET_LIFETIME_S, issue_ticket

PING = b": ping\n\n"


@operation(responses={200: TICKET}, errors=(TicketsUnavailable,))
@limited(PULL_REQUESTS)
@needs(SYNC)
async def post_stream_ticket(request: web.Request) -> web.StreamResponse:
    """Issue a ticket that opens one stream.

    For `EventSource` and `WebSocket` in browsers, which cannot send a token in a header.
    """
    await charge(request, Cost(PULL_REQUESTS, user_of(request)))
    ticket = await issue_ticket(request.app, request[IDENTITY].claims)
    return json_response(
        request, {"ticket": ticket, "expires_in": TICKET_LIFETIME_S}, headers=NO_STORE
    )


@operation(responses={200: EVENTS}, query=TICKET_PARAMETER, errors=(TicketsUnavailable,))
@needs(SYNC, ticket=True, lasting=True)
async def stream(request: web.Request) -> web.StreamResponse:
    """Send `head` now and whenever the version changes, until the access token expires.

    `replaced` is the last event of a stream that a newer one of the user has ended.
    """
    reject_repeated(request.query.items(), "ticket")
    identity = request[IDENTITY]
    async with open_stream(request, identity) as listener:
        head = await read_head(request.app, identity)
        response = EventSourceResponse(
            sep="\n",
            # No stream outlives its access token: the pings are those of all streams together.
            ping_interval=request.app[CONFIG].auth.access_token_lifetime_s + LEEWAY_S,
        )
        response.headers.update(NO_STORE)  # aiohttp-sse overwrites these
        if request.transport is None:
            raise HttpError("The client has left.")
        await response.prepare(request)
        async with response:
            await _send_heads(request, response, listener, head)
        return response


async def _send_heads(
    request: web.Request, response: EventSourceResponse, listener: Listener, head: StreamHead
) -> None:
    async def ping() -> None:
        if request.transport is None:
            raise ConnectionResetError
        # What still waits to be sent is as good a sign of life.
        if not request.transport.get_write_buffer_size():
            await response.write(PING)

    try:
        async with aclosing(
            heads(request.app, request[IDENTITY], listener, head, ping)
        ) as versions:
            async for version in versions:
                await response.send(f'{{"version": {version}}}', event="head")
    except StreamReplaced:
        await response.send("{}", event="replaced")
    except (ApiError, *DATABASE_FAILURES):
        # An error cannot be sent in mid-stream: the client's next request reports it. Or the client
        # has left.
        return
