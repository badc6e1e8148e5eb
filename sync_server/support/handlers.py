"""Support routes; each access is recorded before the response."""

import uuid

import orjson
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.explain.answer import answer
from sync_server.explain.question import QUESTION, read_question
from sync_server.explain.schemas import EXPLANATION
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import POOL, Connection, bypass_row_level_security
from sync_server.support import queries
from sync_server.support.schemas import ACCOUNT, ACTS, SYNC_HEALTH
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.web.audit import Action, audit
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import InvalidParameter, NotFound, SecondFactorNotProven
from sync_server.web.identity import ADMIN, SUPPORT, needs, user_of
from sync_server.web.openapi import Parameter, operation
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key, revoke_sessions

AUDIT_LIMIT = 500


@operation(
    responses={200: ACCOUNT},
    errors=(NotFound, SecondFactorNotProven),
    query={"email": Parameter({"type": "string"}, "The account's e-mail", required=True)},
)
@needs(SUPPORT)
async def find_user(request: web.Request) -> web.StreamResponse:
    """Find an account by its e-mail."""
    emails = request.query.getall("email", [])
    if len(emails) != 1 or len(request.query) != 1 or "\0" in emails[0]:
        raise InvalidParameter("The parameter is email, given once.")
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        account = await queries.find(connection, normal_email(emails[0]))
        if account is None:
            raise NotFound
        await _note(connection, request, account["id"], "support_looked_up")
    return json_response(request, dict(account))


@operation(responses={200: SYNC_HEALTH}, errors=(NotFound, SecondFactorNotProven))
@needs(SUPPORT)
async def get_sync_health(request: web.Request) -> web.StreamResponse:
    """State of an account's sync: versions, devices, counts; no contents."""
    user_id = _id(request)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        health = await queries.sync_health(connection, user_id, utc_now())
        if health is None:
            raise NotFound
        await _note(connection, request, user_id, "support_read_sync")
    return json_response(request, health)


@operation(
    responses={200: EXPLANATION}, errors=(NotFound, SecondFactorNotProven), query=QUESTION,
    name="get_support_explanation",
)  # fmt: skip
@needs(SUPPORT)
async def get_explanation(request: web.Request) -> web.StreamResponse:
    """Explain why a record of an account is not there; no contents."""
    user_id, question, app = _id(request), read_question(request.query.items()), request.app
    await app[SIGHTINGS].store_user(user_id)
    async with bypass_row_level_security(app[POOL], app[CONFIG]) as connection:
        document = await answer(app, connection, user_id, question)
        if document is None:
            raise NotFound
        await _note(connection, request, user_id, "support_explained")
    return json_response(request, document)


@operation(responses={204: None}, errors=(NotFound, SecondFactorNotProven))
@needs(ADMIN)
async def end_sessions(request: web.Request) -> web.StreamResponse:
    """End all sessions of an account, for a stolen phone."""
    user_id = _id(request)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        if await queries.sync_health(connection, user_id, utc_now()) is None:
            raise NotFound
        ended = await revoke_sessions(connection, user_id, utc_now())
        await _note(connection, request, user_id, "sessions_ended", count=len(ended))
    await cache_revocations(request.app, user_id, [family_key(user_id, family) for family in ended])
    return web.Response(status=204, headers=NO_STORE)


@operation(responses={200: ACTS}, errors=(NotFound, SecondFactorNotProven))
@needs(ADMIN)
async def get_audit(request: web.Request) -> web.StreamResponse:
    """Audit trail of an account: the latest 500 acts and their actors; also after its deletion."""
    user_id = _id(request)
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        rows = await queries.read_audit(connection, user_id, AUDIT_LIMIT)
        await _note(connection, request, user_id, "support_read_audit")
    acts = [dict(row) | {"details": orjson.loads(row["details"])} for row in rows]
    return json_response(request, {"acts": acts})


def _id(request: web.Request) -> UserId:
    try:
        return UserId(str(uuid.UUID(request.match_info["id"])))
    except ValueError:
        raise NotFound from None


async def _note(
    connection: Connection,
    request: web.Request,
    user_id: str,
    action: Action,
    **details: int,
) -> None:
    actor_id, request_id = user_of(request), request[REQUEST_ID]
    await audit(connection, user_id, actor_id, action, request_id, utc_now(), **details)
