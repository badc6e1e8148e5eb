"""The sync routes."""

import asyncio
import time
from functools import partial

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, PUSH_CHANGES, limited
from sync_server.store.postgres import POOL
from sync_server.store.replica import REPLICA, Replica
from sync_server.sync.budget import Budget
from sync_server.sync.client_config import client_config
from sync_server.sync.devices.report import REPORT
from sync_server.sync.devices.visit import Visit
from sync_server.sync.idempotency import once
from sync_server.sync.pull.digest import read_digests
from sync_server.sync.pull.page import PageRequest, PullPage, check_cursor, pull
from sync_server.sync.pull.page_days import VIEW_DAYS
from sync_server.sync.pull.query import (
    PullQuery,
    pairs_of_body,
    read_query,
    reject_old_schema,
)
from sync_server.sync.push.large_body import PushBody, read_push_body, read_sync_body
from sync_server.sync.push.pipeline import prepare_push
from sync_server.sync.push.sent_at import SENT_AT, sent_at_of
from sync_server.sync.schemas.client_config import SYNC_CONFIG
from sync_server.sync.schemas.examples import PUSH_EXAMPLE, SYNC_EXAMPLE
from sync_server.sync.schemas.requests import (
    PULL_PARAMETERS,
    PUSH,
    SYNC_BODY,
)
from sync_server.sync.schemas.responses import (
    CHECK,
    PULL_ERRORS,
    PULLED,
    PUSH_ERRORS,
    PUSHED,
    SYNCED,
)
from sync_server.sync.stored_response import WriteResult
from sync_server.web.errors import InvalidParameter, InvalidRequest
from sync_server.web.identity import IDENTITY, SYNC, needs, public, user_of
from sync_server.web.openapi import IF_NONE_MATCH, NOT_MODIFIED, operation
from sync_server.web.respond import NO_STORE, json_response, text_response


@operation(
    responses={200: PUSHED},
    errors=PUSH_ERRORS,
    body=PUSH,
    example=PUSH_EXAMPLE,
    headers=SENT_AT | REPORT,
    idempotent="must",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def post_push(request: web.Request) -> web.StreamResponse:
    """Push a batch of changes."""
    body = await read_push_body(request)
    with Visit(request, "push") as visit:
        result = await _push_once(request, body, visit)
    return result.to_web(request)


@operation(
    responses={200: PULLED, 304: NOT_MODIFIED},
    errors=(*PULL_ERRORS, InvalidRequest),
    query=PULL_PARAMETERS,
    headers=IF_NONE_MATCH | REPORT,
)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_pull(request: web.Request) -> web.StreamResponse:
    """Pull a page of the records that changed since a cursor."""
    query = read_query(request.query.items(), request.app[CONFIG])
    with Visit(request, "pull") as visit:
        visit.pulled(query.device_id, query.collections)
        reject_old_schema(query)
        await charge(request, Cost(PULL_REQUESTS, user_of(request), query.cost))
        if_none_match = request.headers.get("If-None-Match", "")
        page = await _pull(request, query, if_none_match, request.app.get(REPLICA))
        visit.delivered(page.delivered)
    headers = NO_STORE | {"ETag": page.etag}
    if page.text is None:
        return web.Response(status=304, headers=headers)
    return await text_response(request, page.text, headers)


@operation(
    responses={200: SYNCED},
    errors=(*PUSH_ERRORS, *PULL_ERRORS, InvalidParameter),
    body=SYNC_BODY,
    example=SYNC_EXAMPLE,
    headers=SENT_AT | REPORT,
    idempotent="must",
)
@limited(PUSH_CHANGES, PULL_REQUESTS)
@needs(SYNC)
async def post_sync(request: web.Request) -> web.StreamResponse:
    """Push, then pull, in one round trip."""
    user_id = user_of(request)
    parts, push = await read_sync_body(request)
    budget = Budget.of(parts)
    query = read_query(pairs_of_body(bytes(parts.pull)), request.app[CONFIG])
    check_cursor(query, user_id)
    with Visit(request, "sync") as visit:
        visit.pulled(query.device_id, query.collections)
        result = await _push_once(request, push, visit, Cost(PULL_REQUESTS, user_id, query.cost))
        # The push is committed from here on, even if the pull fails: no edit is stranded.
        reject_old_schema(query)
        page = await _pull_within(request, budget, query, len(result.response.body))
        visit.delivered(page.delivered if page else None)
    pulled = (page.text if page else None) or b"null"
    text = b'{"push":' + result.response.body + b',"pull":' + pulled + b"}"
    return await text_response(request, text, result.headers)


@operation(responses={200: SYNC_CONFIG})
@public
async def get_config(request: web.Request) -> web.StreamResponse:
    """Read the limits, the retention and the schema versions."""
    return json_response(request, client_config(request.app[CONFIG]))


@operation(responses={200: CHECK})
@needs(SYNC)
async def get_check(request: web.Request) -> web.StreamResponse:
    """Read the digests of all live records, to compare a device with."""
    digests = await read_digests(request.app[POOL], request.app[CONFIG], user_of(request))
    return json_response(request, digests)


async def _push_once(
    request: web.Request, body: PushBody, visit: Visit, *extra_costs: Cost
) -> WriteResult:
    prepare = partial(
        prepare_push,
        request.app[POOL],
        request.app[CONFIG],
        request[IDENTITY],
        body.key,
        body.text,
        time.time_ns() // 1000,
        sent_at_of(request),
        visit.sends,
    )
    result = await once(request, body.key, prepare, *extra_costs)
    if not result.replayed:
        visit.pushed(result.response.body)
    return result


async def _pull_within(
    request: web.Request, budget: Budget, query: PullQuery, used_bytes: int
) -> PullPage | None:
    """The page, None where the budget leaves no time or no room for one."""
    fitting = budget.pull(query, used_bytes)
    if fitting is None:
        return None
    try:
        async with asyncio.timeout(budget.left_s) as limit:
            # From the primary: the push was written there a moment ago.
            return await _pull(request, fitting)
    except TimeoutError:
        if not limit.expired():
            raise
        return None


async def _pull(
    request: web.Request,
    query: PullQuery,
    if_none_match: str = "",
    replica: Replica | None = None,
) -> PullPage:
    view_days, now_us = request.app[VIEW_DAYS], time.time_ns() // 1000
    page_request = PageRequest(user_of(request), query, view_days, now_us, if_none_match)
    return await pull(request.app[POOL], request.app[CONFIG], page_request, replica)
