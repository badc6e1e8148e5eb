"""The routes of the user as a resource."""

from collections.abc import Sequence

import orjson
from aiohttp import web

from schema import COLLECTIONS
from schema.ids import UserId, derived_id
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.policies import PASSWORD_ACCOUNT, PUSH_CHANGES, limited
from sync_server.store.breaker import BREAKER
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL, transaction
from sync_server.store.redis import REDIS
from sync_server.sync.schemas.records import PATCH_DATA
from sync_server.sync.server_writes.edits import Edit, EditResult
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.users import queries
from sync_server.users.reauthenticate import reauthenticate, wrong
from sync_server.users.schemas import ME, PROFILE_FIELDS, UNITS, Reauthentication
from sync_server.web.audit import audit
from sync_server.web.body import decode_json, read_body, read_fields
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import AccountDeleted, InvalidCredentials, InvalidRecord, Overloaded
from sync_server.web.idempotency import cache_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key
from sync_server.web.uploads import delete_pending_files

PROFILE = COLLECTIONS["profile"].name


@operation(responses={200: ME})
@needs(SYNC, unverified=True)
async def get_me(request: web.Request) -> web.StreamResponse:
    """The user's own account and profile."""
    user_id = user_of(request)
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        stored = await queries.read_profile(connection, user_id, profile_id(user_id))
        me = await represent_account(connection, user_id, stored)
    return json_response(request, me)


@operation(
    responses={200: ME},
    errors=(InvalidRecord,),
    body=PATCH_DATA[PROFILE],
    example={"weight_unit": "lb", "height_cm": 180},
    idempotent="may",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def patch_me(request: web.Request) -> web.StreamResponse:
    """Change fields of the profile, which is also a synced record."""
    body, user_id = await read_body(request), user_of(request)
    decode_json(body)

    async def render(connection: Reads, edited: Sequence[EditResult]) -> StoredResponse:
        (profile,) = edited
        me = await represent_account(connection, user_id, profile.record.data)
        return StoredResponse(orjson.dumps(me, option=orjson.OPT_UTC_Z), 200)

    edit = Edit("patch", PROFILE, profile_id(user_id), body)
    return await handle_edits(request, [edit], render, body)


@operation(
    responses={204: None},
    errors=(InvalidCredentials, Overloaded),
    body=Reauthentication,
    example={"password": "correct horse battery staple"},
)
@limited(PASSWORD_ACCOUNT)
@needs(SYNC, unverified=True)
async def delete_me(request: web.Request) -> web.StreamResponse:
    """Delete the account and all of its data permanently; requires the password."""
    body, user_id = await read_fields(request, Reauthentication()), user_of(request)
    reauthenticated = await reauthenticate(request, body["password"])
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        deleted = await queries.delete_user(connection, user_id, reauthenticated.stored)
        if deleted is None:
            raise wrong()
        request_id = request[REQUEST_ID]
        await audit(
            connection, user_id, user_id, "account_deleted", request_id, reauthenticated.now
        )
    families, keys = deleted
    await cache_revocations(
        request.app, user_id, [family_key(user_id, it) for it in families], b"deleted"
    )
    await _forget_answers(request.app, user_id, keys)
    await delete_pending_files(request.app)
    return web.Response(status=204, headers=NO_STORE)


def profile_id(user_id: UserId) -> str:
    """The id of the user's only profile."""
    return derived_id(PROFILE, user_id, ())


async def represent_account(
    connection: Reads, user_id: UserId, stored: bytes | str | None
) -> object:
    """The account, and the profile's fields beside it; raises AccountDeleted."""
    row = await queries.read_user(connection, user_id)
    if row is None:
        raise AccountDeleted
    account = {name: row[name] for name in ("id", "email", "role", "created_at")}
    account["email_verified"] = row["email_verified_at"] is not None
    fields = orjson.loads(stored) if stored else {}
    return account | {name: fields.get(name, UNITS.get(name)) for name in PROFILE_FIELDS}


async def _forget_answers(app: web.Application, user_id: UserId, keys: list[str]) -> None:
    """Answers that repeats would get hold what was synced. What Valkey misses expires there."""
    if keys:
        names = [cache_key(user_id, key) for key in keys]
        await app[BREAKER].call(lambda: app[REDIS].delete(*names), 0)
