"""The route that completes a log-in with a second factor."""

from aiohttp import web

from schema.ids import UserId
from sync_server.auth import account_queries
from sync_server.auth.codes import use_code
from sync_server.auth.open_session import open_session
from sync_server.auth.schemas.requests import SECOND_LOGIN_EXAMPLE, SecondLogin
from sync_server.auth.schemas.responses import TOKENS
from sync_server.config.settings import CONFIG
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import notice
from sync_server.rate_limit.charge import Cost, charge_failures
from sync_server.rate_limit.policies import SECOND_FACTOR, limited
from sync_server.security.challenges import read_challenge, state_of
from sync_server.security.tokens import BadToken
from sync_server.store.postgres import POOL, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDisabled,
    InvalidChallenge,
    InvalidCode,
    SecondFactorMissing,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response


@operation(
    responses={200: TOKENS},
    errors=(InvalidChallenge, InvalidCode, AccountDisabled),
    body=SecondLogin,
    example=SECOND_LOGIN_EXAMPLE,
)
@limited(SECOND_FACTOR)
@public
async def login_second(request: web.Request) -> web.StreamResponse:
    """Complete a log-in with a code; the challenge comes from `401 second_factor_required`."""
    body, config, now = await read_fields(request, SecondLogin()), request.app[CONFIG], utc_now()
    try:
        challenge = read_challenge(body["challenge"], config.secret_keys)
    except BadToken:
        raise InvalidChallenge from None
    user_id, request_id = UserId(challenge.user_id), request[REQUEST_ID]
    async with (
        charge_failures(request, Cost(SECOND_FACTOR, user_id)),
        transaction(request.app[POOL], config, user_id) as connection,
    ):
        account = await account_queries.lock_account(connection, user_id)
        if account is None or state_of(account.password_hash) != challenge.state:
            raise InvalidChallenge
        if account.disabled:
            raise AccountDisabled
        try:
            used = await use_code(connection, config, user_id, body["code"], now, request_id)
        except SecondFactorMissing:
            raise InvalidChallenge from None
        opened = await open_session(
            connection, config, account, challenge.device_name, now, second_factor=True
        )
        await audit(connection, account.id, account.id, "logged_in", request[REQUEST_ID], now)
    if used:
        request.app[MAILER].post(notice(used, account.email, now))
    if opened.notice:
        request.app[MAILER].post(opened.notice)
    return json_response(request, opened.tokens.as_json())
