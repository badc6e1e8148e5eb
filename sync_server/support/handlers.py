"""Support routes; each access is recorded before the response."""

import orjson
from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.explain.answer import answer
from sync_server.explain.question import QUESTION, read_question
from sync_server.explain.schemas import EXPLANATION
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, bypass_row_level_security
from sync_server.support import queries
from sync_server.support.access import account_of, note, uuid_of
from sync_server.support.pages import next_token, page_parameters, position
from sync_server.support.schemas import ACCOUNT, ACTS, SYNC_HEALTH
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.web.clock import utc_now
from sync_server.web.errors import InvalidCursor, InvalidParameter, NotFound, SecondFactorNotProven
from sync_server.web.identity import ADMIN, SUPPORT, needs
from sync_server.web.openapi import Parameter, operation
from sync_server.web.query import read_integer, read_parameters
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions

AUDIT_LIMIT = 500
AUDIT_SCOPE = "support/audit"
AUDIT_PAGE = page_parameters(AUDIT_LIMIT, "Acts")


@operation(
    responses={200: ACCOUNT},
    errors=(NotFound, SecondFactorNotProven),
    query={
        "email": Parameter({"type": "string"}, "The account's e-mail"),
        "id": Parameter({"type": "string", "format": "uuid"}, "The account's id"),
    },
)
@needs(SUPPORT)
async def find_user(request: web.Request) -> web.StreamResponse:
    """Find an account by its e-mail or its id."""
    given = read_parameters(request.query.items(), ("email", "id"))
    if len(given) != 1 or "\0" in given.get("email", ""):
        raise InvalidParameter("One parameter: email or id.")
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        if "id" in given:
            account = await queries.find_by_id(connection, uuid_of(given["id"]))
        else:
            account = await queries.find(connection, normal_email(given["email"]))
        if account is None:
            raise NotFound
        await note(connection, request, account["id"], "support_looked_up")
    return json_response(request, dict(account))


@operation(responses={200: SYNC_HEALTH}, errors=(NotFound, SecondFactorNotProven))
@needs(SUPPORT)
async def get_sync_health(request: web.Request) -> web.StreamResponse:
    """State of an account's sync: versions, devices, counts; no contents."""
    user_id = account_of(request)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        health = await queries.sync_health(connection, user_id, utc_now())
        if health is None:
            raise NotFound
        await note(connection, request, user_id, "support_read_sync")
    return json_response(request, health)


@operation(
    responses={200: EXPLANATION}, errors=(NotFound, SecondFactorNotProven), query=QUESTION,
    name="get_support_explanation",
)  # fmt: skip
@needs(SUPPORT)
async def get_explanation(request: web.Request) -> web.StreamResponse:
    """Explain why a record of an account is not there; no contents."""
    user_id, question, app = account_of(request), read_question(request.query.items()), request.app
    await app[SIGHTINGS].store_user(user_id)
    async with bypass_row_level_security(app[POOL], app[CONFIG]) as connection:
        document = await answer(app, connection, user_id, question)
        if document is None:
            raise NotFound
        await note(connection, request, user_id, "support_explained")
    return json_response(request, document)


@operation(responses={204: None}, errors=(NotFound, SecondFactorNotProven))
@needs(ADMIN)
async def end_sessions(request: web.Request) -> web.StreamResponse:
    """End all sessions of an account, for a stolen phone."""
    user_id = account_of(request)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        if await queries.sync_health(connection, user_id, utc_now()) is None:
            raise NotFound
        ended = await revoke_sessions(connection, user_id, utc_now())
        await note(connection, request, user_id, "sessions_ended", count=len(ended))
    await cache_revocations(request.app, user_id, [family_key(user_id, family) for family in ended])
    return web.Response(status=204, headers=NO_STORE)


@operation(
    responses={200: ACTS}, errors=(NotFound, SecondFactorNotProven, InvalidCursor),
    query=AUDIT_PAGE,
)  # fmt: skip
@needs(ADMIN)
async def get_audit(request: web.Request) -> web.StreamResponse:
    """Audit trail of an account: acts and their actors, the latest first; also after its deletion.

    A page has 500 acts unless `limit` says less.
    """
    user_id = account_of(request)
    given = read_parameters(request.query.items(), tuple(AUDIT_PAGE))
    limit = read_integer("limit", given.get("limit", str(AUDIT_LIMIT)), 1, AUDIT_LIMIT)
    after = position(given.get("page_token"), user_id, AUDIT_SCOPE)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        rows = await queries.read_audit(connection, user_id, after, limit + 1)
        await note(connection, request, user_id, "support_read_audit")
    acts = [dict(row) | {"details": orjson.loads(row["details"])} for row in rows[:limit]]
    token = next_token(rows, limit, user_id, AUDIT_SCOPE)
    return json_response(request, {"acts": acts, "next_page_token": token})
