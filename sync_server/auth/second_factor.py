"""The routes that set up the second factor: an authenticator app (TOTP), recovery codes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from sync_server.auth import factors, totp_queries
from sync_server.auth.account_queries import Account
from sync_server.auth.codes import use_code, use_totp_code
from sync_server.auth.factors import locked_account, note, notify, renew_codes
from sync_server.auth.schemas.requests import CODE_EXAMPLE, Code
from sync_server.auth.schemas.responses import RECOVERY_CODES, TOTP_SECRET, TOTP_STATE
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge_failures
from sync_server.rate_limit.policies import SECOND_FACTOR, limited
from sync_server.security.one_time_codes import new_totp_secret, totp_uri
from sync_server.security.secret_box import encrypt
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    InvalidCode,
    RecentLoginRequired,
    SecondFactorExists,
    SecondFactorMissing,
)
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.recent_login import require_recent_login
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions


@operation(responses={200: TOTP_STATE})
@needs(SYNC, unverified=True)
async def get_totp(request: web.Request) -> web.StreamResponse:
    """State of the second factor: enabled or not, and the recovery codes that are left."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        enabled = await totp_queries.is_enabled(connection, user_id)
        left = await totp_queries.count_recovery_codes(connection, user_id)
    return json_response(request, {"enabled": enabled, "recovery_codes_left": left})


@operation(responses={200: TOTP_SECRET}, errors=(RecentLoginRequired, SecondFactorExists))
@needs(SYNC, unverified=True)
async def post_totp(request: web.Request) -> web.StreamResponse:
    """Create a secret for an authenticator app; it takes effect once a code is confirmed.

    Needs a recent log-in. A further request replaces an unconfirmed secret.
    """
    await require_recent_login(request)
    user_id, config, secret = user_of(request), request.app[CONFIG], new_totp_secret()
    encrypted = encrypt(secret.encode(), config.auth.secret_keys, user_id)
    async with transaction(request.app[POOL], config, user_id) as connection:
        account = await locked_account(connection, user_id)
        if not await totp_queries.replace_unconfirmed(connection, user_id, encrypted, utc_now()):
            raise SecondFactorExists
    return json_response(request, {"secret": secret, "uri": totp_uri(secret, account.email)})


@operation(
    responses={200: RECOVERY_CODES},
    errors=(RecentLoginRequired, SecondFactorExists, SecondFactorMissing, InvalidCode),
    body=Code,
    example=CODE_EXAMPLE,
)
@limited(SECOND_FACTOR)
@needs(SYNC, unverified=True)
async def confirm_totp(request: web.Request) -> web.StreamResponse:
    """Enable the second factor with the first code of the app; all other sessions end.

    The recovery codes are in this response only.
    """
    body, config = await read_fields(request, Code()), request.app[CONFIG]
    user_id = user_of(request)
    await require_recent_login(request)
    now, own = utc_now(), request[IDENTITY].family_id
    # Log-ins hold the account's row: none begins a session without the factor meanwhile.
    async with _attempt(request, exclusive=True) as (connection, account):
        stored = await totp_queries.lock(connection, user_id)
        if stored is None:
            raise SecondFactorMissing
        if stored.confirmed:
            raise SecondFactorExists
        if not await use_totp_code(connection, config, user_id, stored, body["code"], now):
            raise InvalidCode
        codes = await renew_codes(connection, user_id, now)
        await totp_queries.prove_session(connection, user_id, own, now)
        ended = await revoke_sessions(connection, user_id, now, but=own)
        await note(connection, request, "second_factor_enabled", now)
    await cache_revocations(request.app, user_id, [family_key(user_id, it) for it in ended])
    notify(request, "second_factor_enabled", account.email, now)
    return json_response(request, {"recovery_codes": codes})


@operation(
    responses={200: RECOVERY_CODES},
    errors=(SecondFactorMissing, InvalidCode),
    body=Code,
    example=CODE_EXAMPLE,
)
@limited(SECOND_FACTOR)
@needs(SYNC, unverified=True)
async def post_recovery_codes(request: web.Request) -> web.StreamResponse:
    """Create ten new recovery codes; earlier ones become invalid."""
    body, config = await read_fields(request, Code()), request.app[CONFIG]
    user_id, now = user_of(request), utc_now()
    async with _attempt(request) as (connection, account):
        used = await use_code(connection, config, user_id, body["code"], now, request[REQUEST_ID])
        codes = await renew_codes(connection, user_id, now)
        await note(connection, request, "recovery_codes_replaced", now)
    if used:
        notify(request, used, account.email, now)
    return json_response(request, {"recovery_codes": codes})


@operation(
    responses={204: None},
    errors=(SecondFactorMissing, InvalidCode),
    body=Code,
    example=CODE_EXAMPLE,
)
@limited(SECOND_FACTOR)
@needs(SYNC, unverified=True)
async def delete_totp(request: web.Request) -> web.StreamResponse:
    """Remove the authenticator app, given a code of it.

    Without a passkey, the account has no second factor then: recovery codes become invalid too.
    """
    body, config = await read_fields(request, Code()), request.app[CONFIG]
    user_id, now = user_of(request), utc_now()
    async with _attempt(request) as (connection, account):
        if not await totp_queries.is_enabled(connection, user_id):
            raise SecondFactorMissing
        await use_code(connection, config, user_id, body["code"], now, request[REQUEST_ID])
        await totp_queries.delete(connection, user_id)
        await factors.forget_if_last(connection, user_id)
        await note(connection, request, "second_factor_disabled", now)
    notify(request, "second_factor_disabled", account.email, now)
    return web.Response(status=204, headers=NO_STORE)


@asynccontextmanager
async def _attempt(
    request: web.Request, *, exclusive: bool = False
) -> AsyncIterator[tuple[Connection, Account]]:
    """Transaction with the locked account, for a code that is charged if it is wrong."""
    config, user_id = request.app[CONFIG], user_of(request)
    async with (
        charge_failures(request, Cost(SECOND_FACTOR, user_id)),
        transaction(request.app[POOL], config, user_id) as connection,
    ):
        yield connection, await locked_account(connection, user_id, exclusive=exclusive)
