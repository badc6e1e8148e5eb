"""Who is asking, and may they: bearer tokens and scopes, closed where nothing is said."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from schema.ids import UserId
from sync_server.config import CONFIG
from sync_server.security.scopes import ADMIN as ADMIN
from sync_server.security.scopes import SUPPORT as SUPPORT
from sync_server.security.scopes import SYNC as SYNC
from sync_server.security.scopes import Scope
from sync_server.security.tokens import (
    LEEWAY_S,
    BadToken,
    Claims,
    ExpiredToken,
    read_access_token,
)
from sync_server.store.postgres import POOL, transaction
from sync_server.store.redis import BREAKER, REDIS
from sync_server.web.errors import AccountDeleted, Forbidden, TokenExpired, Unauthorized
from sync_server.web.idempotency import CACHED, cache_key, is_key

CACHED_TOKENS = 10_000
_NOTHING_KNOWN: list[bytes | str | None] = [None, None, None]
FRESH_FOR_S = 60

_SCOPE = "__scope__"
_OPEN = Scope("")
_Handler = TypeVar("_Handler", bound=Handler)

IS_LIVE = """
SELECT users.id IS NOT NULL AS known,
       EXISTS (SELECT FROM token_families
               WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL)
       AND NOT EXISTS (SELECT FROM revoked_tokens WHERE user_id = $1 AND jti = $3) AS live
FROM (VALUES (1)) AS one LEFT JOIN users ON users.id = $1
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, with which token, of which session. `expires_at` is in Unix seconds."""

    user_id: UserId
    jti: str
    family_id: str
    expires_at: int
    scopes: frozenset[str]


IDENTITY: web.RequestKey[Identity] = web.RequestKey("identity", Identity)
TOKENS: web.AppKey["OrderedDict[str, Claims]"] = web.AppKey("tokens", OrderedDict)


def public(handler: _Handler) -> _Handler:
    """Mark a handler as open to anyone."""
    setattr(handler, _SCOPE, _OPEN)
    return handler


def needs(scope: Scope) -> Callable[[_Handler], _Handler]:
    """Mark a handler as open to whoever has a token with the scope."""

    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _SCOPE, scope)
        return handler

    return mark


def scope_of(handler: object) -> Scope | None:
    """What a handler needs; empty when it is public, None when nothing was said."""
    scope: Scope | None = getattr(handler, _SCOPE, None)
    return scope


def user_of(request: web.Request) -> UserId:
    """The user who asks."""
    return request[IDENTITY].user_id


def check_routes(app: web.Application) -> None:
    """Refuse an application with a handler that does not say who may call it."""
    for route in app.router.routes():
        if scope_of(route.handler) is None:
            raise RuntimeError(
                f"{route.method} {route.resource} is marked neither public nor needs."
            )


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in without a live token of the right scope, but where the route is public.

    A route that does not exist is no secret. Another page's preflight carries no token.
    """
    route = request.match_info
    if route.http_exception is None:
        scope = scope_of(route.handler)
        if scope != _OPEN:
            claims = _claims(request)
            identity = Identity(
                UserId(claims.user_id),
                claims.jti,
                claims.family_id,
                claims.expires_at,
                claims.scopes,
            )
            await _refuse_revoked(request, identity)
            if scope not in identity.scopes:
                raise Forbidden
            request[IDENTITY] = identity
    return await handler(request)


def _claims(request: web.Request) -> Claims:
    """The token's claims, decoded once and remembered: that costs more than all else here."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    cache = request.app[TOKENS]
    claims = cache.get(token)
    if claims is None:
        config = request.app[CONFIG]
        try:
            claims = read_access_token(
                token, config.secret_keys, config.token_issuer, config.token_audience
            )
        except ExpiredToken:
            raise TokenExpired from None
        except BadToken:
            raise Unauthorized from None
        cache[token] = claims
        if len(cache) > CACHED_TOKENS:
            cache.popitem(last=False)
    elif claims.expires_at + LEEWAY_S < time.time():
        raise TokenExpired
    return claims


def family_key(user_id: str, family_id: str) -> str:
    """Where Valkey keeps what is known of a family: `ok`, `revoked` or `deleted`."""
    return f"family:{{{user_id}}}:{family_id}"


def token_key(user_id: str, jti: str) -> str:
    """Where Valkey keeps that one access token was revoked."""
    return f"token:{{{user_id}}}:{jti}"


async def _refuse_revoked(request: web.Request, identity: Identity) -> None:
    """PostgreSQL knows; Valkey remembers for a minute that it said yes.

    What Valkey has lost is asked anew, so that neither a flushed nor a dead one lets anybody in.
    """
    redis, breaker = request.app[REDIS], request.app[BREAKER]
    keys = (
        family_key(identity.user_id, identity.family_id),
        token_key(identity.user_id, identity.jti),
    )
    key = request.headers.get("Idempotency-Key", "")
    answer_key = cache_key(identity.user_id, key if is_key(key) else "")
    family, token, request[CACHED] = await breaker.call(
        lambda: redis.mget([*keys, answer_key]), _NOTHING_KNOWN
    )
    if b"deleted" in (family, token):
        raise AccountDeleted
    if b"revoked" in (family, token):
        raise Unauthorized("The token has been revoked.")
    if family == token == b"ok":
        return
    user_id = identity.user_id
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        row = await connection.fetchrow(IS_LIVE, user_id, identity.family_id, identity.jti)
    assert row is not None
    if not row["known"]:
        raise AccountDeleted
    if not row["live"]:
        raise Unauthorized("The token has been revoked.")
    # NX: a revocation that came in between must not be overwritten.
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.set(key, b"ok", ex=FRESH_FOR_S, nx=True)
    await breaker.call(lambda: pipeline.execute(), [])


async def remember_revoked(app: web.Application, keys: list[str], word: bytes = b"revoked") -> None:
    """Tell every process, at once, what PostgreSQL has committed already."""
    redis, lifetime = app[REDIS], app[CONFIG].access_token_lifetime_s + LEEWAY_S
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.set(key, word, ex=lifetime)
    await app[BREAKER].call(lambda: pipeline.execute(), [])
