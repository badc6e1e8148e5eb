"""The route of log-ins with a password."""

from dataclasses import replace

import structlog
from aiohttp import web

from schema.ids import UserId
from sync_server.auth import account_queries
from sync_server.auth.account_queries import Account
from sync_server.auth.login_limits import login_costs, remember_caller
from sync_server.auth.open_session import open_session
from sync_server.auth.schemas.requests import LOGIN_EXAMPLE, Login
from sync_server.auth.schemas.responses import TOKENS
from sync_server.config.settings import CONFIG
from sync_server.mail.mailer import MAILER
from sync_server.rate_limit.charge import charge_failures
from sync_server.rate_limit.policies import (
    LOGIN_ACCOUNT,
    LOGIN_ACCOUNT_ALL,
    LOGIN_IP,
    limited,
)
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.web.audit import audit, audit_failed_login
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDisabled,
    InvalidCredentials,
    Overloaded,
    SecondFactorRequired,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import json_response

log = structlog.get_logger(__name__)


@operation(
    responses={200: TOKENS},
    errors=(InvalidCredentials, AccountDisabled, SecondFactorRequired, Overloaded),
    body=Login,
    example=LOGIN_EXAMPLE,
)
@limited(LOGIN_IP, LOGIN_ACCOUNT, LOGIN_ACCOUNT_ALL)
@public
async def login(request: web.Request) -> web.StreamResponse:
    """Log in with e-mail and password.

    An unknown e-mail and a wrong password get the same error, in the same time.
    """
    async with request.app[PASSWORDS].turns.admit(address_of(request)):
        return await _login(request)


async def _login(request: web.Request) -> web.StreamResponse:
    body = await read_fields(request, Login())
    pool, config = request.app[POOL], request.app[CONFIG]
    email = normal_email(body["email"]).replace("\0", "")
    async with charge_failures(request, *await login_costs(request, email, body["refresh_token"])):
        async with bypass_row_level_security(pool, config) as connection:
            account = await account_queries.find_account(
                connection, body["email"].replace("\0", "")
            )
            cost = await account_queries.bcrypt_cost(connection)
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
        if not await account_queries.hold_hash(connection, account):
            raise InvalidCredentials
        opened = await open_session(connection, config, account, body["device_name"], utc_now())
        await audit(connection, account.id, account.id, "logged_in", request[REQUEST_ID], utc_now())
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
        await audit_failed_login(connection, user_id, request[REQUEST_ID], utc_now())


async def _renewed(request: web.Request, account: Account, password: str) -> Account:
    """The account with a hash of the present settings; stored even if a second factor follows."""
    renewed = await request.app[PASSWORDS].renewed(account.password_hash, password)
    if renewed is None:
        return account
    async with transaction(request.app[POOL], request.app[CONFIG], account.id) as connection:
        await account_queries.renew_hash(connection, account, renewed)
    return replace(account, password_hash=renewed)
