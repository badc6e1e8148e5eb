"""Routes of an account for support: devices, rejected changes, sessions, usage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.explain.read_facts import rejected_of
from sync_server.store.postgres import POOL, Connection, bypass_row_level_security
from sync_server.support import account_queries
from sync_server.support.access import account_of, note, uuid_of
from sync_server.support.pages import next_token, page_parameters, position
from sync_server.support.schemas import REJECTED, SUPPORT_SESSIONS
from sync_server.sync.devices.document import DEVICES, device_document
from sync_server.sync.devices.queries import read_devices
from sync_server.sync.devices.sightings import SIGHTINGS
from sync_server.sync.usage import USAGE, read_usage
from sync_server.web.audit import Action
from sync_server.web.clock import utc_now
from sync_server.web.errors import InvalidCursor, NotFound, SecondFactorNotProven
from sync_server.web.identity import ADMIN, SUPPORT, needs
from sync_server.web.openapi import operation
from sync_server.web.query import read_integer, read_parameters
from sync_server.web.respond import NO_STORE, json_response
from sync_server.web.revocation import cache_revocations, family_key

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
SCOPE = "support/rejected"
PAGE = page_parameters(MAX_LIMIT, "Changes")
ERRORS = (NotFound, SecondFactorNotProven)


@operation(responses={200: DEVICES}, errors=ERRORS, name="list_support_devices")
@needs(SUPPORT)
async def list_devices(request: web.Request) -> web.StreamResponse:
    """Devices of an account, the last seen first, with what each last reported of itself."""
    user_id = account_of(request)
    await request.app[SIGHTINGS].store_user(user_id)
    async with _looking(request, user_id, "support_read_devices") as connection:
        rows = await read_devices(connection, user_id)
    return json_response(request, {"devices": [device_document(row, None) for row in rows]})


@operation(responses={200: REJECTED}, errors=(*ERRORS, InvalidCursor), query=PAGE)
@needs(SUPPORT)
async def list_rejected(request: web.Request) -> web.StreamResponse:
    """Rejected changes of an account, the latest first: codes and names of fields, no contents."""
    user_id = account_of(request)
    given = read_parameters(request.query.items(), tuple(PAGE))
    limit = read_integer("limit", given.get("limit", str(DEFAULT_LIMIT)), 1, MAX_LIMIT)
    after = position(given.get("page_token"), user_id, SCOPE)
    async with _looking(request, user_id, "support_read_rejected") as connection:
        rows = await account_queries.read_rejected(connection, user_id, after, limit + 1)
    token = next_token(rows, limit, user_id, SCOPE)
    items = [_rejected_document(row) for row in rows[:limit]]
    return json_response(request, {"items": items, "next_page_token": token})


@operation(responses={200: SUPPORT_SESSIONS}, errors=ERRORS, name="list_support_sessions")
@needs(SUPPORT)
async def list_sessions(request: web.Request) -> web.StreamResponse:
    """Live sessions of an account, the latest used first."""
    user_id = account_of(request)
    async with _looking(request, user_id, "support_read_sessions") as connection:
        rows = await account_queries.read_sessions(connection, user_id, utc_now())
    return json_response(request, {"sessions": [dict(row) for row in rows]})


@operation(
    responses={204: None}, errors=ERRORS, path={"session": {"type": "string", "format": "uuid"}},
    name="end_support_session",
)  # fmt: skip
@needs(ADMIN)
async def end_session(request: web.Request) -> web.StreamResponse:
    """End one session of an account."""
    user_id, session_id = account_of(request), uuid_of(request.match_info["session"])
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        if not await account_queries.end_session(connection, user_id, session_id, utc_now()):
            raise NotFound
        await note(connection, request, user_id, "session_ended")
    await cache_revocations(request.app, user_id, [family_key(user_id, session_id)])
    return web.Response(status=204, headers=NO_STORE)


@operation(responses={200: USAGE}, errors=ERRORS, name="get_support_usage")
@needs(SUPPORT)
async def get_usage(request: web.Request) -> web.StreamResponse:
    """Stored amounts of an account and its quotas."""
    user_id = account_of(request)
    async with _looking(request, user_id, "support_read_usage") as connection:
        usage = await read_usage(connection, request.app[CONFIG], user_id, utc_now())
    return json_response(request, usage)


@asynccontextmanager
async def _looking(
    request: web.Request, user_id: UserId, action: Action
) -> AsyncIterator[Connection]:
    """A connection that sees the account, whose audit trail has the access; raises NotFound."""
    async with bypass_row_level_security(request.app[POOL], request.app[CONFIG]) as connection:
        if not await account_queries.exists(connection, user_id):
            raise NotFound
        yield connection
        await note(connection, request, user_id, action)


def _rejected_document(row: asyncpg.Record) -> dict[str, object]:
    it = rejected_of(row)
    return {
        "collection": it.collection,
        "id": it.id,
        "device_id": it.device_id,
        "code": it.code,
        "fields": it.fields,
        "at": it.at,
    }
