"""Recent log-in: acts that a stolen token must not do need a session that began lately."""

import datetime

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL, transaction
from sync_server.web.errors import RecentLoginRequired
from sync_server.web.identity import IDENTITY

RECENT = datetime.timedelta(minutes=15)


async def require_recent_login(request: web.Request) -> None:
    """Raise RecentLoginRequired unless the session began within RECENT; a refresh is no log-in."""
    identity, now = request[IDENTITY], datetime.datetime.now(datetime.UTC)
    async with transaction(request.app[POOL], request.app[CONFIG], identity.user_id) as connection:
        began_at: datetime.datetime | None = await connection.fetchval(
            "SELECT created_at FROM token_families WHERE user_id = $1 AND id = $2",
            identity.user_id, identity.family_id,
        )  # fmt: skip
    if began_at is None or now - began_at > RECENT:
        raise RecentLoginRequired
