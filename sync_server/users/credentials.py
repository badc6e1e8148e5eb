"""The routes that change the password and the e-mail address; all other sessions end."""

from typing import get_args

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.mail.links import Purpose, create_link, delete_links
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import notice
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PASSWORD_ACCOUNT, REGISTER_IP, limited
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import (
    POOL,
    Connection,
    bypass_row_level_security,
    transaction,
)
from sync_server.users import account_queries, queries
from sync_server.users.handlers import profile_id, represent_account
from sync_server.users.reauthenticate import Reauthenticated, reauthenticate, wrong
from sync_server.users.schemas import ME, EmailChange, PasswordChange
from sync_server.web.audit import Action, audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.credentials import check_similarity
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import EmailTaken, InvalidCredentials, Overloaded
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions


@operation(
    responses={204: None},
    errors=(InvalidCredentials, Overloaded),
    body=PasswordChange,
    example={"password": "correct horse battery staple", "new_password": "staple battery horse"},
)
@limited(PASSWORD_ACCOUNT)
@needs(SYNC, unverified=True)
async def put_password(request: web.Request) -> web.StreamResponse:
    """Change the password; this session goes on, all others end."""
    body, user_id = await read_fields(request, PasswordChange()), user_of(request)
    reauthenticated = await reauthenticate(request, body["password"])
    check_similarity("new_password", body["new_password"], reauthenticated.email)
    hashed = await request.app[PASSWORDS].hashed(body["new_password"])
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        # A log-in that is under way holds the hash: its session is there to be ended, or fails.
        if not await queries.change_password(connection, user_id, reauthenticated.stored, hashed):
            raise wrong()
        await delete_links(connection, user_id, "reset_password", "change_email")
        account = await queries.read_user(connection, user_id)
        ended = await _end_others(connection, request, reauthenticated, "password_changed")
    await cache_revocations(request.app, user_id, ended)
    if account is not None:
        notification = notice("password_changed", account["email"], reauthenticated.now)
        request.app[MAILER].post(notification)
    return web.Response(status=204, headers=NO_STORE)


@operation(
    responses={200: ME, 202: ME},
    errors=(InvalidCredentials, EmailTaken, Overloaded),
    body=EmailChange,
    example={"password": "correct horse battery staple", "email": "ann@example.org"},
)
@limited(PASSWORD_ACCOUNT, REGISTER_IP)
@needs(SYNC, unverified=True)
async def put_email(request: web.Request) -> web.StreamResponse:
    """Change the address; this session goes on, all others end.

    The new address gets a link that verifies it, the old one a notice. With
    EMAIL_VERIFICATION_REQUIRED the response is 202, and the address changes when the link is
    opened.
    """
    body, user_id = await read_fields(request, EmailChange()), user_of(request)
    # Whether an address is taken may be asked here no more often than at registration.
    await charge(request, Cost(REGISTER_IP, address_of(request)))
    reauthenticated, email = await reauthenticate(request, body["password"]), body["email"]
    config, own = request.app[CONFIG], request[IDENTITY].family_id
    if config.mail.email_verification_required:
        async with bypass_row_level_security(request.app[POOL], config) as connection:
            if await account_queries.is_taken(connection, user_id, normal_email(email)):
                raise EmailTaken
    old_email, ended = "", list[str]()
    async with transaction(request.app[POOL], config, user_id) as connection:
        if not await queries.lock_hash(connection, user_id, reauthenticated.stored):
            raise wrong()
        if config.mail.email_verification_required:
            mail = await create_link(connection, config, user_id, "change_email", email, own)
        else:
            old_email = await account_queries.replace_email(
                connection, user_id, email, normal_email(email)
            )
            await delete_links(connection, user_id, *get_args(Purpose))
            ended = await _end_others(connection, request, reauthenticated, "email_changed")
            mail = await create_link(connection, config, user_id, "verify_email", email)
        stored = await queries.read_profile(connection, user_id, profile_id(user_id))
        me = await represent_account(connection, user_id, stored)
    await cache_revocations(request.app, user_id, ended)
    request.app[MAILER].post(mail)
    if old_email:
        request.app[MAILER].post(notice("email_changed", old_email, reauthenticated.now))
    return json_response(request, me, status=200 if old_email else 202)


async def _end_others(
    connection: Connection, request: web.Request, reauthenticated: Reauthenticated, action: Action
) -> list[str]:
    """End all sessions but this one, and note why; the keys to publish."""
    user_id, own = user_of(request), request[IDENTITY].family_id
    ended = await revoke_sessions(connection, user_id, reauthenticated.now, but=own)
    await audit(
        connection,
        user_id,
        user_id,
        action,
        request[REQUEST_ID],
        reauthenticated.now,
        ended=len(ended),
    )
    return [family_key(user_id, family) for family in ended]
