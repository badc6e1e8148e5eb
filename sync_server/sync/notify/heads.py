"""The versions that a stream sends, for as long as its session lives."""

import time
from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.notify.session_checks import SESSION_CHECKS, StreamHead
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener
from sync_server.web.admission import ADMISSION
from sync_server.web.errors import AccountDeleted, TokenExpired
from sync_server.web.identity import Identity

_READ_HEAD = "SELECT version, epoch FROM heads WHERE user_id = $1::text::uuid"


class StreamReplaced(Exception):
    """A newer stream of the user took this one's place."""


async def heads(
    app: web.Application, identity: Identity, listener: Listener, head: StreamHead
) -> AsyncIterator[int | None]:
    """Yield the version, then each other one; None when nothing came before a keep-alive.

    The end is an exception: StreamReplaced; TokenExpired, Unauthorized or AccountDeleted; or a
    failure of the database. At each keep-alive the session is checked and the version read again,
    so a lost notification costs only seconds. All idle streams of a process share one query.
    The version of a restored history may be lower than the one that was sent before.
    """
    keepalive, sent = app[CONFIG].serving.stream_keepalive_s, -1
    version, epoch = head
    while True:
        yield version if version != sent else None
        sent = version
        left = identity.expires_at - time.time()
        if left <= 0:
            raise TokenExpired
        notified = await listener.wait(min(_until_check(keepalive), left))
        if listener.replaced:
            raise StreamReplaced
        if not notified:
            await app[SUBSCRIPTIONS].subscribe(identity.user_id)
            head = await app[SESSION_CHECKS].check(identity)
            if head.epoch != epoch:
                version, epoch = head
                listener.begin_again(version)
            listener.notify(head.version)
        version = max(version, listener.version)


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


def _until_check(keepalive: float) -> float:
    """Seconds until the next check: at the same moments for all streams of the process."""
    left = keepalive - time.monotonic() % keepalive
    # A timer that fired a little early has just checked.
    return left if left > keepalive / 10 else left + keepalive
