"""The route of registration."""

import secrets
import uuid

import structlog
from aiohttp import web

from sync_server.auth import account_queries
from sync_server.auth.schemas.requests import LOGIN_EXAMPLE, Registration
from sync_server.auth.schemas.responses import TOKENS
from sync_server.auth.sessions import begin_session, session_scopes
from sync_server.config.settings import CONFIG
from sync_server.mail.links import create_link
from sync_server.mail.mailer import MAILER
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import (
    REGISTER_ACCOUNT,
    REGISTER_IP,
    limited,
)
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, transaction
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import (
    EmailTaken,
    Overloaded,
)
from sync_server.web.identity import public
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import json_response

log = structlog.get_logger(__name__)


@operation(
    responses={201: TOKENS},
    errors=(EmailTaken, Overloaded),
    body=Registration,
    example=LOGIN_EXAMPLE,
)
@limited(REGISTER_IP, REGISTER_ACCOUNT)
@public
async def register(request: web.Request) -> web.StreamResponse:
    """Create an account and begin its first session."""
    body = await read_fields(request, Registration())
    email = normal_email(body["email"])
    await charge(request, Cost(REGISTER_IP, address_of(request)), Cost(REGISTER_ACCOUNT, email))
    hashed = await request.app[PASSWORDS].hashed(body["password"])
    user_id, epoch, now = str(uuid.uuid4()), secrets.randbits(62) + 1, utc_now()
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        await account_queries.insert_user(
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
        if request.app[CONFIG].mail.email_verification_required:
            mail = await create_link(
                connection, request.app[CONFIG], user_id, "verify_email", body["email"]
            )
    if request.app[CONFIG].mail.email_verification_required:
        request.app[MAILER].post(mail)
    return json_response(request, tokens.as_json(), status=201)
