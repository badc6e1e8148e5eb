"""The sync routes."""

import time

from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge, refund
from sync_server.rate_limit.policies import PULL_REQUESTS, PUSH_CHANGES, limited
from sync_server.store.postgres import POOL
from sync_server.sync.notify.publisher import ANNOUNCER
from sync_server.sync.pull.digest import check, describe
from sync_server.sync.pull.page import VIEW_DAYS, Page, check_cursor, pull
from sync_server.sync.pull.query import PullQuery, pairs_of_body, read_query, refuse_old_schema
from sync_server.sync.push.commit import Answer
from sync_server.sync.push.pipeline import fingerprint, read_push, take
from sync_server.sync.push.request import decode_sync_body
from sync_server.sync.schemas.requests import (
    PULL_PARAMETERS,
    PUSH,
    PUSH_EXAMPLE,
    SYNC_BODY,
    SYNC_EXAMPLE,
)
from sync_server.sync.schemas.responses import (
    CHECK,
    PULL_ERRORS,
    PULLED,
    PUSH_ANSWER,
    PUSH_ERRORS,
    SYNC_ANSWER,
    SYNC_CONFIG,
)
from sync_server.web.body import read_body
from sync_server.web.errors import IdempotencyKeyReused, InvalidParameter
from sync_server.web.idempotency import CACHED, Remembered, idempotency_key, remembered
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.openapi import IF_NONE_MATCH, NOT_MODIFIED, operation
from sync_server.web.respond import NO_STORE, json_response

REPLAYED = NO_STORE | {"Idempotent-Replay": "true"}


@operation(
    responses={200: PUSH_ANSWER},
    errors=PUSH_ERRORS,
    body=PUSH,
    example=PUSH_EXAMPLE,
    idempotent="must",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def post_push(request: web.Request) -> web.StreamResponse:
    """Take a batch of changes."""
    user_id, key = user_of(request), idempotency_key(request)
    body = await read_body(request, request.app[CONFIG].push_max_bytes)
    answer = await _push_once(request, user_id, key, body)
    return json_response(request, answer.text, headers=_push_headers(answer))


@operation(
    responses={200: PULLED, 304: NOT_MODIFIED},
    errors=PULL_ERRORS,
    query=PULL_PARAMETERS,
    headers=IF_NONE_MATCH,
)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_pull(request: web.Request) -> web.StreamResponse:
    """Give a page of what has changed since a cursor."""
    query = read_query(request.query.items(), request.app[CONFIG])
    refuse_old_schema(query)
    await charge(request, Cost(PULL_REQUESTS, user_of(request)))
    page = await _pull(request, query, request.headers.get("If-None-Match", ""))
    headers = NO_STORE | {"ETag": page.etag}
    if page.text is None:
        return web.Response(status=304, headers=headers)
    return json_response(request, page.text, headers=headers)


@operation(
    responses={200: SYNC_ANSWER},
    errors=(*PUSH_ERRORS, *PULL_ERRORS, InvalidParameter),
    body=SYNC_BODY,
    example=SYNC_EXAMPLE,
    idempotent="must",
)
@limited(PUSH_CHANGES, PULL_REQUESTS)
@needs(SYNC)
async def post_sync(request: web.Request) -> web.StreamResponse:
    """Push, then pull, in one round trip."""
    user_id, key = user_of(request), idempotency_key(request)
    config = request.app[CONFIG]
    parts = decode_sync_body(await read_body(request, config.push_max_bytes))
    query = read_query(pairs_of_body(bytes(parts.pull)), config)
    check_cursor(query, user_id)
    one_pull = Cost(PULL_REQUESTS, user_id)
    answer = await _push_once(request, user_id, key, bytes(parts.push), one_pull)
    # From here on the push is taken, whatever becomes of the pull: no edit is stranded.
    refuse_old_schema(query)
    page = await _pull(request, query)
    text = b'{"push":' + answer.text + b',"pull":' + (page.text or b"null") + b"}"
    return json_response(request, text, headers=_push_headers(answer))


@operation(responses={200: SYNC_CONFIG})
@public
async def get_config(request: web.Request) -> web.StreamResponse:
    """Tell limits, retention and schema versions."""
    return json_response(request, describe(request.app[CONFIG]))


@operation(responses={200: CHECK})
@needs(SYNC)
async def get_check(request: web.Request) -> web.StreamResponse:
    """Tell what a device that has everything has."""
    found = await check(request.app[POOL], request.app[CONFIG], user_of(request))
    return json_response(request, found)


async def _push_once(
    request: web.Request, user_id: UserId, key: str, body: bytes, *more: Cost
) -> Answer:
    """The push's answer; a repeat costs nothing of the changes' limit."""
    earlier = remembered(request[CACHED])
    if earlier is not None:
        if earlier.fingerprint != fingerprint(body):
            raise IdempotencyKeyReused
        await charge(request, *more)
        return Answer(earlier.fingerprint, earlier.body, earlier.version, replayed=True)
    config = request.app[CONFIG]
    push = read_push(user_id, key, body, config, time.time_ns() // 1000)
    changes = max(len(push.envelope.changes), 1)
    await charge(request, Cost(PUSH_CHANGES, user_id, changes), *more)
    answer = await take(request.app[POOL], config, push, body)
    if answer.replayed:
        await refund(request)
    request.app[ANNOUNCER].announce(
        user_id,
        key,
        Remembered(answer.fingerprint, answer.version, answer.body),
        moved=answer.changed,
    )
    return answer


async def _pull(request: web.Request, query: PullQuery, if_none_match: str = "") -> Page:
    return await pull(
        request.app[POOL],
        request.app[CONFIG],
        user_of(request),
        query,
        request.app[VIEW_DAYS],
        time.time_ns() // 1000,
        if_none_match,
    )


def _push_headers(answer: Answer) -> dict[str, str]:
    return REPLAYED if answer.replayed else NO_STORE
