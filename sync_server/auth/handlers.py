"""The auth routes."""

import datetime
import secrets
import uuid

from aiohttp import web

from schema.ids import UserId
from sync_server.auth import queries
from sync_server.auth.bodies import Login, Logout, Refresh, Registration
from sync_server.auth.sessions import Reused, begin_session, rotate
from sync_server.config import CONFIG
from sync_server.security.passwords import normal_email
from sync_server.security.tokens import BadToken, token_hash, user_of_refresh_token
from sync_server.store.postgres import POOL, everyone, transaction
from sync_server.web.body import read_fields
from sync_server.web.errors import (
    InvalidCredentials,
    InvalidRefreshToken,
    NotFound,
    RefreshReused,
)
from sync_server.web.idempotency import idempotency_key
from sync_server.web.identity import (
    IDENTITY,
    SYNC,
    family_key,
    needs,
    public,
    remember_revoked,
    token_key,
    user_of,
)
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE, json_response


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@public
async def register(request: web.Request) -> web.StreamResponse:
    """Make an account and begin its first session."""
    body = await read_fields(request, Registration())
    hashed = await request.app[PASSWORDS].hashed(body["password"])
    user_id, epoch, now = str(uuid.uuid4()), secrets.randbits(62) + 1, _now()
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await queries.insert_user(
            connection,
            user_id,
            body["email"].strip(),
            normal_email(body["email"]),
            hashed,
            epoch,
            now,
        )
        tokens = await begin_session(
            connection, request.app[CONFIG], user_id, "user", body["device_name"], now
        )
    return json_response(request, tokens.as_json(), status=201)


@public
async def login(request: web.Request) -> web.StreamResponse:
    """Begin a session of an account; wrong in the same words and time whichever part was wrong."""
    body = await read_fields(request, Login())
    pool, config = request.app[POOL], request.app[CONFIG]
    async with everyone(pool, config) as connection:
        account = await queries.find_account(
            connection, normal_email(body["email"]).replace("\0", "")
        )
    stored = account.password_hash if account else None
    if not await request.app[PASSWORDS].match(stored, body["password"]) or account is None:
        raise InvalidCredentials
    async with transaction(pool, config, account.id) as connection:
        tokens = await begin_session(
            connection, config, account.id, account.role, body["device_name"], _now()
        )
    return json_response(request, tokens.as_json())


@public
async def refresh(request: web.Request) -> web.StreamResponse:
    """Exchange a refresh token for its successor and a new access token."""
    body = await read_fields(request, Refresh())
    key = idempotency_key(request) if "Idempotency-Key" in request.headers else None
    config, token = request.app[CONFIG], body["refresh_token"]
    try:
        user_id = user_of_refresh_token(token)
    except BadToken:
        raise InvalidRefreshToken from None
    async with transaction(request.app[POOL], config, user_id) as connection:
        found = await rotate(connection, config, user_id, token, key, _now())
    if found is None:
        raise InvalidRefreshToken
    if isinstance(found, Reused):
        await remember_revoked(request.app, [family_key(found.user_id, found.family_id)])
        raise RefreshReused
    return json_response(request, found.as_json())


@needs(SYNC)
async def logout(request: web.Request) -> web.StreamResponse:
    """Refuse this access token from now on, and end the family of the refresh token."""
    body = await read_fields(request, Logout())
    identity, now = request[IDENTITY], _now()
    revoked = [token_key(identity.user_id, identity.jti)]
    expires_at = datetime.datetime.fromtimestamp(identity.expires_at, datetime.UTC)
    user_id = identity.user_id
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await queries.revoke_access_token(connection, identity.user_id, identity.jti, expires_at)
        hashed = _own_token_hash(identity.user_id, body["refresh_token"])
        row = hashed and await queries.read_refresh_token(connection, identity.user_id, hashed)
        if row:
            await queries.revoke_family(connection, identity.user_id, row["family_id"], now)
            revoked.append(family_key(identity.user_id, row["family_id"]))
    await remember_revoked(request.app, revoked)
    return web.Response(status=204, headers=NO_STORE)


@needs(SYNC)
async def list_sessions(request: web.Request) -> web.StreamResponse:
    """The user's live sessions."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await queries.list_families(connection, user_id, _now())
    current = request[IDENTITY].family_id
    sessions = [dict(row) | {"current": row["id"] == current} for row in rows]
    return json_response(request, {"sessions": sessions})


@needs(SYNC)
async def revoke_session(request: web.Request) -> web.StreamResponse:
    """End one of the user's sessions."""
    user_id, family_id = user_of(request), request.match_info["id"]
    try:
        family_id = str(uuid.UUID(family_id))
    except ValueError:
        raise NotFound from None
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        if not await queries.revoke_family(connection, user_id, family_id, _now()):
            raise NotFound
    await remember_revoked(request.app, [family_key(user_id, family_id)])
    return web.Response(status=204, headers=NO_STORE)


def _own_token_hash(user_id: UserId, token: str | None) -> bytes | None:
    """The hash of a refresh token, when it is one of this user's own."""
    try:
        if token is None or user_of_refresh_token(token) != user_id:
            return None
    except BadToken:
        return None
    return token_hash(token)
