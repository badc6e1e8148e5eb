"""The response to a REST request that writes: its edits, committed once."""

import time
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL
from sync_server.sync.idempotency import Operation, once
from sync_server.sync.server_writes.commit_edits import commit_edits
from sync_server.sync.server_writes.edits import Edit, RenderResponse
from sync_server.web.errors import TooManyChanges
from sync_server.web.idempotency import IdempotencyKey, key_of
from sync_server.web.identity import IDENTITY


async def handle_edits(
    request: web.Request, edits: Sequence[Edit], render: RenderResponse, body: bytes
) -> web.StreamResponse:
    """Commit the edits and respond, or replay the key's response; `body` is as received."""
    key = key_of(request, body)
    result = await once(request, key, partial(_operation, request, key, edits, render))
    return result.to_web(request)


def _operation(
    request: web.Request,
    key: IdempotencyKey | None,
    edits: Sequence[Edit],
    render: RenderResponse,
) -> Operation:
    pool, config, now_us = request.app[POOL], request.app[CONFIG], time.time_ns() // 1000
    if len(edits) > config.sync.push_max_changes:
        raise TooManyChanges(f"A request writes at most {config.sync.push_max_changes} records.")
    commit = partial(commit_edits, pool, config, request[IDENTITY], edits, render, key, now_us)
    return Operation(len(edits), commit)
