"""The routes of sessions: refresh, log out, list, end one."""

import datetime
import uuid

import structlog
from aiohttp import web

from schema.ids import UserId
from sync_server.auth import refresh_token_queries, session_queries
from sync_server.auth.lost_tokens import adopt
from sync_server.auth.schemas.requests import REFRESH_EXAMPLE, Logout, Refresh
from sync_server.auth.schemas.responses import SESSIONS, TOKENS
from sync_server.auth.sessions import Reused, rotate
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import (
    REFRESH_FAMILY,
    limited,
)
from sync_server.security.tokens import BadToken, token_hash, user_of_refresh_token
from sync_server.store.postgres import POOL, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    InvalidRefreshToken,
    NotFound,
    RefreshReused,
)
from sync_server.web.idempotency import optional_key
from sync_server.web.identity import IDENTITY, SYNC, needs, public, user_of
from sync_server.web.openapi import IDEMPOTENCY_KEY_SCHEMA, Parameter, operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, token_key

log = structlog.get_logger(__name__)


@operation(
    responses={200: TOKENS},
    errors=(InvalidRefreshToken, RefreshReused, IdempotencyKeyInvalid, IdempotencyKeyMissing),
    body=Refresh,
    example=REFRESH_EXAMPLE,
    headers={
        "Idempotency-Key": Parameter(
            IDEMPOTENCY_KEY_SCHEMA, "With one, the request can be repeated after a lost response"
        )
    },
)
@limited(REFRESH_FAMILY)
@public
async def refresh(request: web.Request) -> web.StreamResponse:
    """Exchange a refresh token for its successor and a new access token."""
    body = await read_fields(request, Refresh())
    key = optional_key(request)
    config, token = request.app[CONFIG], body["refresh_token"]
    try:
        user_id = user_of_refresh_token(token)
    except BadToken:
        raise InvalidRefreshToken from None
    async with transaction(request.app[POOL], config, user_id) as connection:
        family_id = await refresh_token_queries.find_family_of(
            connection, user_id, token_hash(token)
        ) or await adopt(connection, config, user_id, token, utc_now())
    if family_id is None:
        raise InvalidRefreshToken
    await charge(request, Cost(REFRESH_FAMILY, family_id))
    async with transaction(request.app[POOL], config, user_id) as connection:
        found = await rotate(connection, config, user_id, token, key, utc_now())
        if isinstance(found, Reused) and not found.again:
            await audit(connection, user_id, None, "refresh_reused", request[REQUEST_ID], utc_now())
    if found is None:
        raise InvalidRefreshToken
    if isinstance(found, Reused):
        await cache_revocations(
            request.app, found.user_id, [family_key(found.user_id, found.family_id)]
        )
        raise RefreshReused
    return json_response(request, found.as_json())


@operation(responses={204: None}, body=Logout, body_required=False, example={})
@needs(SYNC, revoked=True, unverified=True)
async def logout(request: web.Request) -> web.StreamResponse:
    """End the session of the access token, and that of the refresh token if it is another one.

    A repeat after a lost response is a 204 too.
    """
    body = await read_fields(request, Logout())
    identity, now = request[IDENTITY], utc_now()
    user_id, families = identity.user_id, [identity.family_id]
    expires_at = datetime.datetime.fromtimestamp(identity.expires_at, datetime.UTC)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await session_queries.revoke_access_token(connection, user_id, identity.jti, expires_at)
        hashed = _own_token_hash(user_id, body["refresh_token"])
        row = hashed and await refresh_token_queries.read_refresh_token(connection, user_id, hashed)
        if row and row["family_id"] != identity.family_id:
            families.append(row["family_id"])
        ended = [
            await session_queries.revoke_family(connection, user_id, it, now) for it in families
        ]
        if any(ended):
            await audit(connection, user_id, user_id, "logged_out", request[REQUEST_ID], now)
    revoked = [token_key(user_id, identity.jti), *(family_key(user_id, it) for it in families)]
    await cache_revocations(request.app, user_id, revoked)
    return web.Response(status=204, headers=NO_STORE)


@operation(responses={200: SESSIONS})
@needs(SYNC, unverified=True)
async def list_sessions(request: web.Request) -> web.StreamResponse:
    """The user's live sessions."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await session_queries.list_families(connection, user_id, utc_now())
    current = request[IDENTITY].family_id
    sessions = [dict(row) | {"current": row["id"] == current} for row in rows]
    return json_response(request, {"sessions": sessions})


@operation(responses={204: None}, errors=(NotFound,))
@needs(SYNC, unverified=True)
async def revoke_session(request: web.Request) -> web.StreamResponse:
    """End one of the user's sessions."""
    user_id, family_id = user_of(request), request.match_info["id"]
    try:
        family_id = str(uuid.UUID(family_id))
    except ValueError:
        raise NotFound from None
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        if not await session_queries.revoke_family(connection, user_id, family_id, utc_now()):
            raise NotFound
        await audit(connection, user_id, user_id, "session_ended", request[REQUEST_ID], utc_now())
    await cache_revocations(request.app, user_id, [family_key(user_id, family_id)])
    return web.Response(status=204, headers=NO_STORE)


def _own_token_hash(user_id: UserId, token: str | None) -> bytes | None:
    """The hash of a refresh token, when it is one of this user's own."""
    try:
        if token is None or user_of_refresh_token(token) != user_id:
            return None
    except BadToken:
        return None
    return token_hash(token)
