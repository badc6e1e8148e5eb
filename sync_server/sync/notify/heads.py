"""The versions that a stream sends, for as long as its session lives."""

import time
from collections.abc import AsyncGenerator

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.notify.keepalive import KEEPALIVES, Beat, no_beat
from sync_server.sync.notify.session_checks import SESSION_CHECKS
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener, StreamHead
from sync_server.web.admission import ADMISSION
from sync_server.web.errors import AccountDeleted, TokenExpired
from sync_server.web.identity import Identity

_READ_HEAD = "SELECT version, epoch FROM heads WHERE user_id = $1::text::uuid"


class StreamReplaced(Exception):
    """A newer stream of the user took this one's place."""


async def heads(
    app: web.Application,
    identity: Identity,
    listener: Listener,
    head: StreamHead,
    beat: Beat = no_beat,
) -> AsyncGenerator[int]:
    """Yield the version, then each other one; `beat` is called at each keep-alive.

    The end is an exception: StreamReplaced; TokenExpired, Unauthorized or AccountDeleted; a failure
    of the database, or of `beat`. At each keep-alive the session is checked and the version read
    again, so a lost notification costs only seconds.
    The version of a restored history may be lower than the one that was sent before.
    """
    sent = -1
    listener.see(head)
    with app[KEEPALIVES].joined(identity, listener, beat):
        while True:
            if listener.version != sent:
                sent = listener.version
                yield sent
            left = identity.expires_at - time.time()
            if left <= 0:
                raise TokenExpired
            notified = await listener.wait(left)
            if listener.replaced:
                raise StreamReplaced
            if listener.error:
                raise listener.error
            if not notified and identity.expires_at > time.time():
                await app[SUBSCRIPTIONS].subscribe(identity.user_id)
                listener.see(await app[SESSION_CHECKS].check(identity))


async def read_head(app: web.Application, identity: Identity) -> StreamHead:
    """The user's head, read when it is the user's turn; raises AccountDeleted."""
    async with (
        app[ADMISSION].reads.admit(identity.user_id),
        read_rows(app[POOL], app[CONFIG], identity.user_id) as connection,
    ):
        row = await connection.fetchrow(_READ_HEAD, identity.user_id)
    if row is None:
        raise AccountDeleted
    return StreamHead(row["version"], row["epoch"])
