"""The routes of signing in with an OpenID Connect provider, and of linking its identities."""

import datetime
import secrets
import uuid

from aiohttp import web
from marshmallow import Schema, fields, validate

from schema.ids import UserId
from sync_server.auth import identity_queries, queries
from sync_server.auth.bodies import DeviceName
from sync_server.auth.oidc_keys import OIDC_KEYS
from sync_server.auth.open_session import OpenedSession, open_session
from sync_server.auth.responses import IDENTITIES, TOKENS
from sync_server.config.oidc_providers import OidcProvider
from sync_server.config.settings import CONFIG
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import notice
from sync_server.rate_limit.charge import Cost, charge, charge_failures
from sync_server.rate_limit.policies import LOGIN_IP, REGISTER_IP, limited
from sync_server.security.id_tokens import IdTokenClaims
from sync_server.security.passwords import email_problem, normal_email
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDeleted,
    AccountDisabled,
    EmailNotVouched,
    EmailTaken,
    IdentityTaken,
    InvalidIdToken,
    InvalidRequest,
    NotFound,
    Overloaded,
    ProviderUnavailable,
    RecentLoginRequired,
    SecondFactorRequired,
)
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.recent_login import require_recent_login
from sync_server.web.respond import NO_STORE, json_response

EXAMPLE = {
    "provider": "google",
    "id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.an-example.of-nobody",
    "nonce": "6b1f0c8e-2f3f-4a57-9d0b-0f6a4d5f7c11",
}


class IdToken(Schema):
    """ID token of a provider, and the nonce that the app had asked it for."""

    provider = fields.String(required=True, validate=validate.Length(max=32))
    id_token = fields.String(required=True, validate=validate.Length(max=16_384))
    nonce = fields.String(required=True, validate=validate.Length(min=1, max=255))


class OidcLogin(IdToken, DeviceName):
    """ID token, and the device that logs in."""


@operation(
    responses={200: TOKENS},
    errors=(
        InvalidIdToken, AccountDisabled, SecondFactorRequired, EmailTaken, EmailNotVouched,
        ProviderUnavailable, Overloaded,
    ),
    body=OidcLogin,
    example=EXAMPLE | {"device_name": "Ann's phone"},
)  # fmt: skip
@limited(LOGIN_IP, REGISTER_IP)
@public
async def login_oidc(request: web.Request) -> web.StreamResponse:
    """Begin a session with an ID token of a provider; an unknown identity gets a new account.

    If an account has its address already: `409 email_taken`. Its owner logs in and links the
    identity.
    """
    body = await read_fields(request, OidcLogin())
    provider, identity = await _identity(request, body)
    return await open_for_identity(request, provider, identity, body["device_name"])


async def open_for_identity(
    request: web.Request, provider: OidcProvider, identity: IdTokenClaims, device: str | None
) -> web.StreamResponse:
    """Tokens of a session of the identity's account, or of a new account."""
    user_id = await _find(request, identity)
    if user_id is None:
        opened = await _register(request, provider, identity, device)
    else:
        opened = await _enter(request, user_id, device)
    if opened.notice:
        request.app[MAILER].post(opened.notice)
    return json_response(request, opened.tokens.as_json())


@operation(responses={200: IDENTITIES})
@needs(SYNC, unverified=True)
async def list_identities(request: web.Request) -> web.StreamResponse:
    """The user's identities at providers."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await identity_queries.list_all(connection, user_id)
    return json_response(request, {"identities": [dict(row) for row in rows]})


@operation(
    responses={204: None},
    errors=(InvalidIdToken, IdentityTaken, RecentLoginRequired, ProviderUnavailable),
    body=IdToken,
    example=EXAMPLE,
)
@limited(LOGIN_IP)
@needs(SYNC, unverified=True)
async def link_identity(request: web.Request) -> web.StreamResponse:
    """Link an identity to the account, which needs a recent log-in; linking it again is a 204."""
    await require_recent_login(request)
    provider, identity = await _identity(request, await read_fields(request, IdToken()))
    user_id, now = user_of(request), _now()
    owner = await _find(request, identity)
    if owner == user_id:
        return web.Response(status=204, headers=NO_STORE)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        account = await queries.lock_account(connection, user_id)
        if account is None:
            raise AccountDeleted
        if not await identity_queries.insert(connection, user_id, provider.name, identity, now):
            raise IdentityTaken
        await audit(connection, user_id, user_id, "identity_linked", request[REQUEST_ID], now)
    request.app[MAILER].post(notice("identity_linked", account.email, now, provider.name))
    return web.Response(status=204, headers=NO_STORE)


@operation(
    responses={204: None},
    errors=(NotFound, RecentLoginRequired),
    path={"provider": {"type": "string"}},
)
@needs(SYNC, unverified=True)
async def unlink_identity(request: web.Request) -> web.StreamResponse:
    """Unlink the identity of a provider, which needs a recent log-in.

    An account that never had a password gets one by `/auth/password/forgot`.
    """
    await require_recent_login(request)
    user_id, name, now = user_of(request), request.match_info["provider"], _now()
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        account = await queries.lock_account(connection, user_id)
        if account is None:
            raise AccountDeleted
        if "\0" in name or not await identity_queries.delete(connection, user_id, name):
            raise NotFound
        await audit(connection, user_id, user_id, "identity_unlinked", request[REQUEST_ID], now)
    request.app[MAILER].post(notice("identity_unlinked", account.email, now, name))
    return web.Response(status=204, headers=NO_STORE)


async def _identity(
    request: web.Request, body: dict[str, str]
) -> tuple[OidcProvider, IdTokenClaims]:
    """Provider and claims of a body's ID token; only invalid tokens are charged."""
    provider = provider_of(request, body["provider"])
    async with charge_failures(request, Cost(LOGIN_IP, address_of(request))):
        token, nonce = body["id_token"], body["nonce"]
        return provider, await request.app[OIDC_KEYS].claims(provider, token, nonce)


def provider_of(request: web.Request, name: str) -> OidcProvider:
    """Provider of a name; raises InvalidRequest."""
    for provider in request.app[CONFIG].oidc_providers:
        if provider.name == name:
            return provider
    raise InvalidRequest(errors={"provider": ["Is not one of this server's providers."]})


async def _find(request: web.Request, identity: IdTokenClaims) -> UserId | None:
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        return await identity_queries.find_user(connection, identity)


async def _enter(request: web.Request, user_id: UserId, device: str | None) -> OpenedSession:
    """Begin a session of the identity's account."""
    config = request.app[CONFIG]
    async with transaction(request.app[POOL], config, user_id) as connection:
        account = await queries.lock_account(connection, user_id)
        if account is None:
            raise InvalidIdToken  # Deleted at this moment.
        if account.disabled:
            raise AccountDisabled
        opened = await open_session(connection, config, account, device, _now())
        await audit(connection, user_id, user_id, "logged_in", request[REQUEST_ID], _now())
        return opened


async def _register(
    request: web.Request, provider: OidcProvider, identity: IdTokenClaims, device: str | None
) -> OpenedSession:
    """Make an account of the identity, with a password that nobody knows."""
    if not identity.email or email_problem(identity.email):
        raise EmailNotVouched
    config, email = request.app[CONFIG], identity.email.strip()
    await charge(request, Cost(REGISTER_IP, address_of(request)))
    hashed = await request.app[PASSWORDS].hashed(secrets.token_urlsafe())
    user_id, epoch, now = UserId(str(uuid.uuid4())), secrets.randbits(62) + 1, _now()
    try:
        async with transaction(request.app[POOL], config, user_id) as connection:
            await queries.insert_user(
                connection, user_id, email, normal_email(email), hashed, epoch, now
            )
            if not await identity_queries.insert(connection, user_id, provider.name, identity, now):
                raise EmailTaken
            await identity_queries.mark_verified(connection, user_id, now)
            await audit(connection, user_id, user_id, "registered", request[REQUEST_ID], now)
            await audit(connection, user_id, user_id, "identity_linked", request[REQUEST_ID], now)
            account = await queries.lock_account(connection, user_id)
            assert account is not None
            opened = await open_session(connection, config, account, device, now)
            return OpenedSession(opened.tokens, None)
    except EmailTaken:
        # A request with the same token may have made the account meanwhile.
        if (owner := await _find(request, identity)) is not None:
            return await _enter(request, owner, device)
        raise EmailTaken("Log in to the account of this address, then link the identity.") from None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
