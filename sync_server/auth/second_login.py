"""The route that completes a log-in with a second factor."""

import datetime
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from schema.ids import UserId
from sync_server.auth import account_queries, passkey_queries
from sync_server.auth.codes import use_code
from sync_server.auth.open_session import open_session
from sync_server.auth.passkey_response import use_passkey
from sync_server.auth.schemas.requests import SECOND_LOGIN_EXAMPLE, SecondLogin
from sync_server.auth.schemas.responses import TOKENS
from sync_server.config.settings import CONFIG
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import TemplateName, notice
from sync_server.rate_limit.charge import Cost, charge_failures
from sync_server.rate_limit.policies import SECOND_FACTOR, limited
from sync_server.security.challenges import LIFETIME_S, Challenge, read_challenge, state_of
from sync_server.security.tokens import BadToken
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    AccountDisabled,
    InvalidChallenge,
    InvalidCode,
    InvalidPasskey,
    SecondFactorMissing,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.respond import json_response


@operation(
    responses={200: TOKENS},
    errors=(InvalidChallenge, InvalidCode, InvalidPasskey, AccountDisabled),
    body=SecondLogin,
    example=SECOND_LOGIN_EXAMPLE,
)
@limited(SECOND_FACTOR)
@public
async def login_second(request: web.Request) -> web.StreamResponse:
    """Complete a log-in with a code, or with the response of a passkey.

    The challenge comes from `401 second_factor_required`; it is used up by the log-in.
    """
    body, config, now = await read_fields(request, SecondLogin()), request.app[CONFIG], utc_now()
    try:
        challenge = read_challenge(body["challenge"], config.auth.secret_keys)
    except BadToken:
        raise InvalidChallenge from None
    user_id = UserId(challenge.user_id)
    async with (
        charge_failures(request, Cost(SECOND_FACTOR, user_id)),
        transaction(request.app[POOL], config, user_id) as connection,
    ):
        account = await account_queries.lock_account(connection, user_id)
        if account is None or state_of(account.password_hash) != challenge.state:
            raise InvalidChallenge
        if account.disabled:
            raise AccountDisabled
        used = await _prove(connection, request, body, challenge, now)
        opened = await open_session(
            connection, config, account, challenge.device_name, now, second_factor=True
        )
        await audit(connection, account.id, account.id, "logged_in", request[REQUEST_ID], now)
    if used:
        request.app[MAILER].post(notice(used, account.email, now))
    if opened.notice:
        request.app[MAILER].post(opened.notice)
    return json_response(request, opened.tokens.as_json())


async def _prove(
    connection: Connection,
    request: web.Request,
    body: Mapping[str, Any],
    challenge: Challenge,
    now: datetime.datetime,
) -> TemplateName | None:
    """Use up the code or the passkey's response, and the challenge.

    The template of a notice to send, if there is one. Raises InvalidCode, InvalidPasskey or
    InvalidChallenge.
    """
    config, user_id = request.app[CONFIG], UserId(challenge.user_id)
    used = None
    try:
        if body["code"] is not None:
            request_id = request[REQUEST_ID]
            used = await use_code(connection, config, user_id, body["code"], now, request_id)
        else:
            await use_passkey(
                connection, config, user_id, body["credential"], body["challenge"], now
            )
    except SecondFactorMissing:
        raise InvalidChallenge from None
    # The token expires within its lifetime from now at the latest.
    expires_at = now + datetime.timedelta(seconds=LIFETIME_S)
    if not await passkey_queries.use_challenge(connection, user_id, challenge.id, expires_at):
        raise InvalidChallenge
    return used
