"""The auth routes."""

import datetime
import secrets
import uuid
from dataclasses import replace

import structlog
from aiohttp import web

from schema.ids import UserId
from sync_server.auth import queries
from sync_server.auth.bodies import EXAMPLE, Login, Logout, Refresh, Registration
from sync_server.auth.login_limits import login_costs, remember_caller
from sync_server.auth.open_session import open_session
from sync_server.auth.queries import Account
from sync_server.auth.responses import SESSIONS, TOKENS
from sync_server.auth.sessions import Reused, begin_session, rotate, session_scopes
from sync_server.config.settings import CONFIG
from sync_server.mail.links import create_link
from sync_server.mail.mailer import MAILER
from sync_server.rate_limit.charge import Cost, charge, charge_failures
from sync_server.rate_limit.policies import (
    LOGIN_ACCOUNT,
    LOGIN_ACCOUNT_ALL,
    LOGIN_IP,
    REFRESH_FAMILY,
    REGISTER_ACCOUNT,
    REGISTER_IP,
    limited,
)
from sync_server.security.passwords import normal_email
from sync_server.security.tokens import BadToken, token_hash, user_of_refresh_token
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.audit import audit, audit_failed_login
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDisabled,
    EmailTaken,
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    InvalidCredentials,
    InvalidRefreshToken,
    NotFound,
    Overloaded,
    RefreshReused,
    SecondFactorRequired,
)
from sync_server.web.idempotency import optional_key
from sync_server.web.identity import (
    IDENTITY,
    SYNC,
    needs,
    public,
    user_of,
)
from sync_server.web.openapi import IDEMPOTENCY_KEY_SCHEMA, Parameter, operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, token_key

log = structlog.get_logger(__name__)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@operation(
    responses={201: TOKENS}, errors=(EmailTaken, Overloaded), body=Registration, example=EXAMPLE
)
@limited(REGISTER_IP, REGISTER_ACCOUNT)
@public
async def register(request: web.Request) -> web.StreamResponse:
    """Make an account and begin its first session."""
    body = await read_fields(request, Registration())
    email = normal_email(body["email"])
    await charge(request, Cost(REGISTER_IP, address_of(request)), Cost(REGISTER_ACCOUNT, email))
    hashed = await request.app[PASSWORDS].hashed(body["password"])
    user_id, epoch, now = str(uuid.uuid4()), secrets.randbits(62) + 1, _now()
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await queries.insert_user(
            connection,
            user_id,
            body["email"],
            email,
            hashed,
            epoch,
            now,
        )
        await audit(connection, user_id, user_id, "registered", request[REQUEST_ID], now)
        scopes = session_scopes(request.app[CONFIG], "user", verified=False)
        tokens = await begin_session(
            connection, request.app[CONFIG], user_id, scopes, body["device_name"], now
        )
        if request.app[CONFIG].email_verification_required:
            mail = await create_link(
                connection, request.app[CONFIG], user_id, "verify_email", body["email"]
            )
    if request.app[CONFIG].email_verification_required:
        request.app[MAILER].post(mail)
    return json_response(request, tokens.as_json(), status=201)


@operation(
    responses={200: TOKENS},
    errors=(InvalidCredentials, AccountDisabled, SecondFactorRequired, Overloaded),
    body=Login,
    example=EXAMPLE,
)
@limited(LOGIN_IP, LOGIN_ACCOUNT, LOGIN_ACCOUNT_ALL)
@public
async def login(request: web.Request) -> web.StreamResponse:
    """Begin a session of an account; wrong in the same words and time whichever part was wrong."""
    body = await read_fields(request, Login())
    pool, config = request.app[POOL], request.app[CONFIG]
    email = normal_email(body["email"]).replace("\0", "")
    async with charge_failures(request, *await login_costs(request, email, body["refresh_token"])):
        async with bypass_row_level_security(pool, config) as connection:
            account = await queries.find_account(connection, body["email"].replace("\0", ""))
            cost = await queries.bcrypt_cost(connection)
        stored = account.password_hash if account else None
        passwords, password = request.app[PASSWORDS], body["password"]
        if not await passwords.match(stored, password, bcrypt_cost=cost) or account is None:
            _note_failure(request, account)
            raise InvalidCredentials
        if account.disabled:
            raise AccountDisabled
        account = await _renewed(request, account, password)
    async with transaction(pool, config, account.id) as connection:
        # A password that was changed while this one was checked has ended all sessions.
        if not await queries.hold_hash(connection, account):
            raise InvalidCredentials
        opened = await open_session(connection, config, account, body["device_name"], _now())
        await audit(connection, account.id, account.id, "logged_in", request[REQUEST_ID], _now())
    await remember_caller(request, email)
    if opened.notice:
        request.app[MAILER].post(opened.notice)
    return json_response(request, opened.tokens.as_json())


def _note_failure(request: web.Request, account: Account | None) -> None:
    """Note a failed log-in, after the response: it takes the same time for an unknown account."""
    log.info("log-in failed", request_id=request[REQUEST_ID])
    if account is not None:
        request.app[MAILER].start(_audit_failure(request, account.id))


async def _audit_failure(request: web.Request, user_id: UserId) -> None:
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await audit_failed_login(connection, user_id, request[REQUEST_ID], _now())


async def _renewed(request: web.Request, account: Account, password: str) -> Account:
    """The account with a hash of the present settings; stored even if a second factor follows."""
    renewed = await request.app[PASSWORDS].renewed(account.password_hash, password)
    if renewed is None:
        return account
    async with transaction(request.app[POOL], request.app[CONFIG], account.id) as connection:
        await queries.renew_hash(connection, account, renewed)
    return replace(account, password_hash=renewed)


@operation(
    responses={200: TOKENS},
    errors=(InvalidRefreshToken, RefreshReused, IdempotencyKeyInvalid, IdempotencyKeyMissing),
    body=Refresh,
    example={"refresh_token": "AZLwxG8OfE6aUwpPTx8rEQ.an-example-that-nobody-was-given"},
    headers={
        "Idempotency-Key": Parameter(
            IDEMPOTENCY_KEY_SCHEMA, "With one, a lost answer may be asked for again"
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
        family_id = await queries.find_family_of(connection, user_id, token_hash(token))
    if family_id is None:
        raise InvalidRefreshToken
    await charge(request, Cost(REFRESH_FAMILY, family_id))
    async with transaction(request.app[POOL], config, user_id) as connection:
        found = await rotate(connection, config, user_id, token, key, _now())
        if isinstance(found, Reused) and not found.again:
            await audit(connection, user_id, None, "refresh_reused", request[REQUEST_ID], _now())
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
    identity, now = request[IDENTITY], _now()
    user_id, families = identity.user_id, [identity.family_id]
    expires_at = datetime.datetime.fromtimestamp(identity.expires_at, datetime.UTC)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await queries.revoke_access_token(connection, user_id, identity.jti, expires_at)
        hashed = _own_token_hash(user_id, body["refresh_token"])
        row = hashed and await queries.read_refresh_token(connection, user_id, hashed)
        if row and row["family_id"] != identity.family_id:
            families.append(row["family_id"])
        ended = [await queries.revoke_family(connection, user_id, it, now) for it in families]
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
        rows = await queries.list_families(connection, user_id, _now())
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
        if not await queries.revoke_family(connection, user_id, family_id, _now()):
            raise NotFound
        await audit(connection, user_id, user_id, "session_ended", request[REQUEST_ID], _now())
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
