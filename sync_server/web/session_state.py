"""State of a request's session, asked of Valkey together with the response of its key."""

from aiohttp import web

from schema.ids import UserId
from sync_server.security.tokens import Claims
from sync_server.store.breaker import BREAKER
from sync_server.store.commands import COMMANDS
from sync_server.web.idempotency import CACHED, cache_key, is_key
from sync_server.web.revocation import family_key, require_live_session, token_key

_NOTHING_KNOWN: list[bytes | str | None] = [None, None, None]


async def reject_revoked(request: web.Request, claims: Claims) -> None:
    """Raise Unauthorized for an ended session; one round trip to Valkey asks for all.

    The cached response of the request's Idempotency-Key is then in `request[CACHED]`.
    """
    user_id, jti, family_id = UserId(claims.user_id), claims.jti, claims.family_id
    commands, key = request.app[COMMANDS], request.headers.get("Idempotency-Key", "")
    keys = (
        family_key(user_id, family_id),
        token_key(user_id, jti),
        cache_key(user_id, key if is_key(key) else ""),
    )
    family, token, request[CACHED] = await request.app[BREAKER].call(
        lambda: commands.execute("MGET", *keys), _NOTHING_KNOWN
    )
    await require_live_session(request.app, user_id, family_id, jti, (family, token))
