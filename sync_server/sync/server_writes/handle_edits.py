"""The response to a REST request that writes: its edits, committed once."""

import time
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.store.postgres import POOL
from sync_server.sync.idempotency import once
from sync_server.sync.operation import Operation
from sync_server.sync.server_writes.commit_edits import commit_edits
from sync_server.sync.server_writes.edits import Edit, RenderResponse
from sync_server.web.errors import TooManyChanges
from sync_server.web.idempotency import key_of
from sync_server.web.identity import IDENTITY


async def handle_edits(
    request: web.Request, edits: Sequence[Edit], render: RenderResponse, body: bytes
) -> web.StreamResponse:
    """Commit the edits and respond, or replay the key's response; `body` is as received."""
    pool, config, now_us = request.app[POOL], request.app[CONFIG], time.time_ns() // 1000
    key = key_of(request, body)
    if len(edits) > config.sync.push_max_changes:
        limit = config.sync.push_max_changes
        raise TooManyChanges(f"A request writes at most {limit} records.")
    commit = partial(commit_edits, pool, config, request[IDENTITY], edits, render, key, now_us)
    operation = Operation(len(edits), commit)
    result = await once(request, key, lambda: operation)
    return result.to_web(request)
