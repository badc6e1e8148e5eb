"""The routes of the user as a resource."""

from aiohttp import web

from sync_server.config import CONFIG
from sync_server.store.postgres import POOL, transaction
from sync_server.users import queries
from sync_server.users.bodies import PasswordAsked
from sync_server.web.body import read_fields
from sync_server.web.errors import AccountDeleted, InvalidCredentials
from sync_server.web.identity import SYNC, family_key, needs, remember_revoked, user_of
from sync_server.web.passwords import PASSWORDS
from sync_server.web.respond import NO_STORE, json_response


@needs(SYNC)
async def get_me(request: web.Request) -> web.StreamResponse:
    """The user's own account."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        row = await queries.read_user(connection, user_id)
    if row is None:
        raise AccountDeleted
    shown = {name: row[name] for name in ("id", "email", "role", "created_at")}
    return json_response(request, shown)


@needs(SYNC)
async def delete_me(request: web.Request) -> web.StreamResponse:
    """Delete the account and all that is in it, for ever; the password is asked."""
    body, user_id = await read_fields(request, PasswordAsked()), user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        row = await queries.read_user(connection, user_id)
    stored = row["password_hash"] if row else None
    if not await request.app[PASSWORDS].match(stored, body["password"]):
        raise InvalidCredentials("The password is wrong.")
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        families = await queries.delete_user(connection, user_id)
    keys = [family_key(user_id, family) for family in families]
    await remember_revoked(request.app, keys, b"deleted")
    return web.Response(status=204, headers=NO_STORE)
