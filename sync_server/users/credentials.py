"""The routes that change what somebody logs in with; all their other sessions end."""

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PASSWORD_ACCOUNT, REGISTER_IP, limited
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, Connection, transaction
from sync_server.users import queries
from sync_server.users.bodies import EmailChange, PasswordChange
from sync_server.users.handlers import profile_id, represent_account
from sync_server.users.reauthenticate import Reauthenticated, reauthenticate, wrong
from sync_server.users.responses import ME
from sync_server.web.audit import Action, audit
from sync_server.web.body import read_fields
from sync_server.web.client_address import address_of
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import EmailTaken, InvalidCredentials, Overloaded
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key


@operation(
    responses={204: None},
    errors=(InvalidCredentials, Overloaded),
    body=PasswordChange,
    example={"password": "correct horse battery staple", "new_password": "staple battery horse"},
)
@limited(PASSWORD_ACCOUNT)
@needs(SYNC)
async def put_password(request: web.Request) -> web.StreamResponse:
    """Change the password; this session goes on, all others end."""
    body, user_id = await read_fields(request, PasswordChange()), user_of(request)
    reauthenticated = await reauthenticate(request, body["password"])
    hashed = await request.app[PASSWORDS].hashed(body["new_password"])
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        # A log-in that is under way holds the hash: its session is there to be ended, or fails.
        if not await queries.change_password(connection, user_id, reauthenticated.stored, hashed):
            raise wrong()
        ended = await _end_others(connection, request, reauthenticated, "password_changed")
    await cache_revocations(request.app, user_id, ended)
    return web.Response(status=204, headers=NO_STORE)


@operation(
    responses={200: ME},
    errors=(InvalidCredentials, EmailTaken, Overloaded),
    body=EmailChange,
    example={"password": "correct horse battery staple", "email": "ann@example.org"},
)
@limited(PASSWORD_ACCOUNT, REGISTER_IP)
@needs(SYNC)
async def put_email(request: web.Request) -> web.StreamResponse:
    """Change the address; this session goes on, all others end."""
    body, user_id = await read_fields(request, EmailChange()), user_of(request)
    # Whether an address is taken may be asked here no more often than at registration.
    await charge(request, Cost(REGISTER_IP, address_of(request)))
    reauthenticated, email = await reauthenticate(request, body["password"]), body["email"]
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        if not await queries.change_email(
            connection, user_id, reauthenticated.stored, email, normal_email(email)
        ):
            raise wrong()
        ended = await _end_others(connection, request, reauthenticated, "email_changed")
        stored = await queries.read_profile(connection, user_id, profile_id(user_id))
        me = await represent_account(connection, user_id, stored)
    await cache_revocations(request.app, user_id, ended)
    return json_response(request, me)


async def _end_others(
    connection: Connection, request: web.Request, reauthenticated: Reauthenticated, action: Action
) -> list[str]:
    """End all sessions but this one, and note why; the keys to publish."""
    user_id, own = user_of(request), request[IDENTITY].family_id
    ended = await queries.end_other_sessions(connection, user_id, own, reauthenticated.now)
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
