"""The routes of links in mails: a forgotten password, and the verification of an address."""

from aiohttp import web
from marshmallow import Schema, fields, validate

from sync_server.config.settings import CONFIG
from sync_server.mail.links import (
    Purpose,
    create_link,
    delete_links,
    find_link,
    user_of_link,
)
from sync_server.mail.mailer import MAILER
from sync_server.mail.messages import notice
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import (
    RESET_ACCOUNT,
    RESET_IP,
    VERIFICATION_ACCOUNT,
    limited,
)
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, bypass_row_level_security, transaction
from sync_server.users import account_queries, queries
from sync_server.web.audit import audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.clock import utc_now
from sync_server.web.credentials import check_similarity, new_password
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import AccountDeleted, EmailTaken, InvalidLink, Overloaded
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions

# Links that a used one makes void.
STALE: dict[Purpose, tuple[Purpose, ...]] = {
    "verify_email": ("verify_email",),
    "change_email": ("verify_email", "change_email", "reset_password"),
    "reset_password": ("change_email", "reset_password"),
}
EXAMPLE = {"token": "AZLwxG8OfE6aUwpPTx8rEQ.an-example-that-nobody-was-given"}


class ForgottenPassword(Schema):
    """Address of an account."""

    email = fields.String(required=True, validate=validate.Length(max=320))


class LinkToken(Schema):
    """Token of a link in a mail."""

    token = fields.String(required=True, validate=validate.Length(max=512))


class PasswordReset(LinkToken):
    """Token of a link, and the new password."""

    password = new_password()


@operation(
    responses={202: None}, body=ForgottenPassword, example={"email": "ann@example.com"}, tag="auth"
)
@limited(RESET_IP, RESET_ACCOUNT)
@public
async def forgot_password(request: web.Request) -> web.StreamResponse:
    """Send a link for a new password, if the account exists; the response is always the same.

    Everything else happens after the response, so its time does not depend on the account either.
    """
    body = await read_fields(request, ForgottenPassword())
    email = normal_email(body["email"]).replace("\0", "")
    await charge(request, Cost(RESET_IP, address_of(request)), Cost(RESET_ACCOUNT, email))
    request.app[MAILER].start(_send_reset(request.app, email))
    return web.Response(status=202, headers=NO_STORE)


async def _send_reset(app: web.Application, email: str) -> None:
    pool, config = app[POOL], app[CONFIG]
    async with bypass_row_level_security(pool, config) as connection:
        account = await account_queries.find_account(connection, email)
    if account is None or account.disabled:
        return
    async with transaction(pool, config, account.id) as connection:
        mail = await create_link(connection, config, account.id, "reset_password", account.email)
    await app[MAILER].deliver(mail)


@operation(
    responses={204: None},
    errors=(InvalidLink, Overloaded),
    body=PasswordReset,
    example=EXAMPLE | {"password": "staple battery horse"},
    tag="auth",
)
@public
async def reset_password(request: web.Request) -> web.StreamResponse:
    """Set a new password with the token of a mail; all sessions end.

    The address counts as verified from now on, since its mail was read.
    """
    body = await read_fields(request, PasswordReset())
    token, config, now = body["token"], request.app[CONFIG], utc_now()
    user_id = user_of_link(token)
    # Checked before the costly hash, used up in the transaction that sets the password.
    async with transaction(request.app[POOL], config, user_id) as connection:
        link = await find_link(connection, token, ["reset_password"], now, use=False)
    check_similarity("password", body["password"], link.email)
    hashed = await request.app[PASSWORDS].hashed(body["password"])
    async with transaction(request.app[POOL], config, user_id) as connection:
        link = await find_link(connection, token, ["reset_password"], now, use=True)
        if not await account_queries.reset_password(connection, user_id, link.email, hashed, now):
            raise InvalidLink
        await delete_links(connection, user_id, *STALE["reset_password"])
        ended = await revoke_sessions(connection, user_id, now)
        await audit(
            connection, user_id, None, "password_reset", request[REQUEST_ID], now, ended=len(ended)
        )
    await cache_revocations(request.app, user_id, [family_key(user_id, it) for it in ended])
    request.app[MAILER].post(notice("password_changed", link.email, now))
    return web.Response(status=204, headers=NO_STORE)


@operation(responses={202: None}, tag="auth")
@limited(VERIFICATION_ACCOUNT)
@needs(SYNC, unverified=True)
async def request_verification(request: web.Request) -> web.StreamResponse:
    """Send a link that verifies the account's address; nothing is sent to a verified one."""
    user_id, config = user_of(request), request.app[CONFIG]
    await charge(request, Cost(VERIFICATION_ACCOUNT, user_id))
    async with transaction(request.app[POOL], config, user_id) as connection:
        account = await queries.read_user(connection, user_id)
        if account is None:
            raise AccountDeleted
        if account["email_verified_at"] is not None:
            return web.Response(status=202, headers=NO_STORE)
        mail = await create_link(connection, config, user_id, "verify_email", account["email"])
    request.app[MAILER].post(mail)
    return web.Response(status=202, headers=NO_STORE)


@operation(
    responses={204: None},
    errors=(InvalidLink, EmailTaken),
    body=LinkToken,
    example=EXAMPLE,
    tag="auth",
)
@public
async def verify_email(request: web.Request) -> web.StreamResponse:
    """Verify an address with the token of a mail, or complete a change of address.

    A completed change ends all sessions but the one that asked for it.
    """
    body = await read_fields(request, LinkToken())
    token, config, now = body["token"], request.app[CONFIG], utc_now()
    user_id = user_of_link(token)
    old_email, ended = "", list[str]()
    async with transaction(request.app[POOL], config, user_id) as connection:
        link = await find_link(connection, token, ["verify_email", "change_email"], now, use=True)
        request_id = request[REQUEST_ID]
        if link.purpose == "change_email":
            old_email = await account_queries.replace_email(
                connection, user_id, link.email, normal_email(link.email)
            )
            ended = await revoke_sessions(connection, user_id, now, but=link.family_id)
            await audit(
                connection, user_id, user_id, "email_changed", request_id, now, ended=len(ended)
            )
        if not await account_queries.verify_email(connection, user_id, link.email, now):
            raise InvalidLink
        await delete_links(connection, user_id, *STALE[link.purpose])
        await audit(connection, user_id, user_id, "email_verified", request_id, now)
    await cache_revocations(request.app, user_id, [family_key(user_id, it) for it in ended])
    if old_email:
        request.app[MAILER].post(notice("email_changed", old_email, now))
    return web.Response(status=204, headers=NO_STORE)
