"""The route of signing in with an ID token of an OpenID Connect provider."""

import secrets
import uuid

from aiohttp import web

from schema.ids import UserId
from sync_server.auth import account_queries, identity_queries
from sync_server.auth.oidc_keys import OIDC_KEYS
from sync_server.auth.open_session import OpenedSession, open_session
from sync_server.auth.schemas.requests import ID_TOKEN_EXAMPLE, OidcLogin
from sync_server.auth.schemas.responses import TOKENS
from sync_server.config.oidc_providers import OidcProvider
from sync_server.config.settings import CONFIG
from sync_server.mail.mailer import MAILER
from sync_server.rate_limit.charge import Cost, charge, charge_failures
from sync_server.rate_limit.policies import LOGIN_IP, REGISTER_IP, limited
from sync_server.security.id_tokens import IdTokenClaims
from sync_server.security.passwords import email_problem, normal_email
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDisabled,
    EmailNotVouched,
    EmailTaken,
    InvalidIdToken,
    InvalidRequest,
    Overloaded,
    ProviderUnavailable,
    SecondFactorRequired,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import json_response

LOGIN_ERRORS = (
    InvalidIdToken, AccountDisabled, SecondFactorRequired, EmailTaken, EmailNotVouched,
    ProviderUnavailable, Overloaded,
)  # fmt: skip
"""Errors of a log-in with an identity of a provider, by ID token or by code."""


@operation(
    responses={200: TOKENS},
    errors=LOGIN_ERRORS,
    body=OidcLogin,
    example=ID_TOKEN_EXAMPLE | {"device_name": "Ann's phone"},
)
@limited(LOGIN_IP, REGISTER_IP)
@public
async def login_oidc(request: web.Request) -> web.StreamResponse:
    """Begin a session with an ID token of a provider; an unknown identity gets a new account.

    If an account has its address already: `409 email_taken`. Its owner logs in and links the
    identity.
    """
    body = await read_fields(request, OidcLogin())
    provider, identity = await identity_of(request, body)
    return await open_for_identity(request, provider, identity, body["device_name"])


async def open_for_identity(
    request: web.Request, provider: OidcProvider, identity: IdTokenClaims, device: str | None
) -> web.StreamResponse:
    """Tokens of a session of the identity's account, or of a new account."""
    user_id = await find_owner(request, identity)
    if user_id is None:
        opened = await _register(request, provider, identity, device)
    else:
        opened = await _enter(request, user_id, device)
    if opened.notice:
        request.app[MAILER].post(opened.notice)
    return json_response(request, opened.tokens.as_json())


async def identity_of(
    request: web.Request, body: dict[str, str]
) -> tuple[OidcProvider, IdTokenClaims]:
    """Provider and claims of a body's ID token; only invalid tokens are charged."""
    provider = provider_of(request, body["provider"])
    async with charge_failures(request, Cost(LOGIN_IP, address_of(request))):
        token, nonce = body["id_token"], body["nonce"]
        return provider, await request.app[OIDC_KEYS].claims(provider, token, nonce)


def provider_of(request: web.Request, name: str) -> OidcProvider:
    """Provider of a name; raises InvalidRequest."""
    for provider in request.app[CONFIG].auth.oidc_providers:
        if provider.name == name:
            return provider
    raise InvalidRequest(errors={"provider": ["Is not one of this server's providers."]})


async def find_owner(request: web.Request, identity: IdTokenClaims) -> UserId | None:
    """User of an identity, None if it is not linked."""
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        return await identity_queries.find_user(connection, identity)


async def _enter(request: web.Request, user_id: UserId, device: str | None) -> OpenedSession:
    """Begin a session of the identity's account."""
    config = request.app[CONFIG]
    async with transaction(request.app[POOL], config, user_id) as connection:
        account = await account_queries.lock_account(connection, user_id)
        if account is None:
            raise InvalidIdToken  # Deleted at this moment.
        if account.disabled:
            raise AccountDisabled
        opened = await open_session(connection, config, account, device, utc_now())
        await audit(connection, user_id, user_id, "logged_in", request[REQUEST_ID], utc_now())
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
    user_id, epoch, now = UserId(str(uuid.uuid4())), secrets.randbits(62) + 1, utc_now()
    try:
        async with transaction(request.app[POOL], config, user_id) as connection:
            await account_queries.insert_user(
                connection, user_id, email, normal_email(email), hashed, epoch, now
            )
            if not await identity_queries.insert(connection, user_id, provider.name, identity, now):
                raise EmailTaken
            await identity_queries.mark_verified(connection, user_id, now)
            await audit(connection, user_id, user_id, "registered", request[REQUEST_ID], now)
            await audit(connection, user_id, user_id, "identity_linked", request[REQUEST_ID], now)
            account = await account_queries.lock_account(connection, user_id)
            assert account is not None
            opened = await open_session(connection, config, account, device, now)
            return OpenedSession(opened.tokens, None)
    except EmailTaken:
        # A request with the same token may have made the account meanwhile.
        if (owner := await find_owner(request, identity)) is not None:
            return await _enter(request, owner, device)
        raise EmailTaken("Log in to the account of this address, then link the identity.") from None
