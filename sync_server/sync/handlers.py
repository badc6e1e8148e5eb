"""The sync routes."""

import time

from aiohttp import web

from schema.ids import UserId
from sync_server.config import CONFIG
from sync_server.store.postgres import POOL
from sync_server.sync.announce import ANNOUNCER
from sync_server.sync.check import check, describe
from sync_server.sync.envelope import decode_sync_body
from sync_server.sync.pull import VIEW_DAYS, Page, pull
from sync_server.sync.push import fingerprint, push
from sync_server.sync.query import PullQuery, pairs_of_body, read_query
from sync_server.sync.write import Answer
from sync_server.web.body import read_body
from sync_server.web.errors import IdempotencyKeyReused
from sync_server.web.idempotency import CACHED, Remembered, idempotency_key, remembered
from sync_server.web.identity import SYNC, needs, public, user_of
from sync_server.web.respond import NO_STORE, json_response

REPLAYED = NO_STORE | {"Idempotent-Replay": "true"}


@needs(SYNC)
async def post_push(request: web.Request) -> web.StreamResponse:
    """Take a batch of changes."""
    user_id, key = user_of(request), idempotency_key(request)
    body = await read_body(request, request.app[CONFIG].push_max_bytes)
    answer = await _push_once(request, user_id, key, body)
    return json_response(request, answer.text, headers=_push_headers(answer))


@needs(SYNC)
async def get_pull(request: web.Request) -> web.StreamResponse:
    """Give a page of what has changed since a cursor."""
    query = read_query(request.query.items(), request.app[CONFIG])
    page = await _pull(request, query, request.headers.get("If-None-Match", ""))
    headers = NO_STORE | {"ETag": page.etag}
    if page.text is None:
        return web.Response(status=304, headers=headers)
    return json_response(request, page.text, headers=headers)


@needs(SYNC)
async def post_sync(request: web.Request) -> web.StreamResponse:
    """Push, then pull, in one round trip."""
    user_id, key = user_of(request), idempotency_key(request)
    config = request.app[CONFIG]
    parts = decode_sync_body(await read_body(request, config.push_max_bytes))
    query = read_query(pairs_of_body(bytes(parts.pull)), config)
    answer = await _push_once(request, user_id, key, bytes(parts.push))
    page = await _pull(request, query)
    text = b'{"push":' + answer.text + b',"pull":' + (page.text or b"null") + b"}"
    return json_response(request, text, headers=_push_headers(answer))


@public
async def get_config(request: web.Request) -> web.StreamResponse:
    """Tell limits, retention and schema versions."""
    return json_response(request, describe(request.app[CONFIG]))


@needs(SYNC)
async def get_check(request: web.Request) -> web.StreamResponse:
    """Tell what a device that has everything has."""
    found = await check(request.app[POOL], request.app[CONFIG], user_of(request))
    return json_response(request, found)


async def _push_once(request: web.Request, user_id: UserId, key: str, body: bytes) -> Answer:
    earlier = remembered(request[CACHED])
    if earlier is not None:
        if earlier.fingerprint != fingerprint(body):
            raise IdempotencyKeyReused
        return Answer(earlier.fingerprint, earlier.body, earlier.version, replayed=True)
    answer = await push(
        request.app[POOL], request.app[CONFIG], user_id, key, body, time.time_ns() // 1000
    )
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
