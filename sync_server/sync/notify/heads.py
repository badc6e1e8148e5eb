"""The versions that a stream sends, for as long as its session lives."""

import time
from collections.abc import AsyncIterator

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, read_transaction
from sync_server.sync.notify.session_checks import SESSION_CHECKS
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS, Listener
from sync_server.web.errors import AccountDeleted, TokenExpired
from sync_server.web.identity import Identity

_READ_VERSION = "SELECT version FROM heads WHERE user_id = $1::text::uuid"


class StreamReplaced(Exception):
    """A newer stream of the user took this one's place."""


async def heads(
    app: web.Application, identity: Identity, listener: Listener, version: int
) -> AsyncIterator[int | None]:
    """Yield the version, then each new one; None when nothing came before a keep-alive.

    The end is an exception: StreamReplaced; TokenExpired, Unauthorized or AccountDeleted; or a
    failure of the database. At each keep-alive the session is checked and the version read again,
    so a lost notification costs only seconds. All idle streams of a process share one query.
    """
    keepalive, sent = app[CONFIG].serving.stream_keepalive_s, -1
    while True:
        yield version if version > sent else None
        sent = version
        left = identity.expires_at - time.time()
        if left <= 0:
            raise TokenExpired
        notified = await listener.wait(min(_until_check(keepalive), left))
        if listener.replaced:
            raise StreamReplaced
        if not notified:
            await app[SUBSCRIPTIONS].subscribe(identity.user_id)
            listener.notify(await app[SESSION_CHECKS].check(identity))
        version = max(version, listener.version)


async def read_version(app: web.Application, identity: Identity) -> int:
    """The user's version; raises AccountDeleted."""
    async with read_transaction(app[POOL], app[CONFIG], identity.user_id) as connection:
        head = await connection.fetchrow(_READ_VERSION, identity.user_id)
    if head is None:
        raise AccountDeleted
    version: int = head["version"]
    return version


def _until_check(keepalive: float) -> float:
    """Seconds until the next check: at the same moments for all streams of the process."""
    left = keepalive - time.monotonic() % keepalive
    # A timer that fired a little early has just checked.
    return left if left > keepalive / 10 else left + keepalive
