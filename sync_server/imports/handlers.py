"""HTTP handler of imports."""

import asyncio
import datetime
from functools import partial

from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.imports.limits import run_limited
from sync_server.imports.push_batches import PushTarget
from sync_server.imports.queries import read_response, store_response
from sync_server.imports.request import PARTS, ImportRequest, parse_import
from sync_server.imports.schemas import IMPORT, IMPORTED
from sync_server.imports.slots import IMPORT_SLOTS, IMPORT_TURNS
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL, transaction
from sync_server.sync.idempotency import once
from sync_server.sync.notify.publisher import PUBLISHER
from sync_server.sync.operation import Operation
from sync_server.sync.stored_response import StoredResponse, WriteResult, replay
from sync_server.web.errors import Overloaded, TooManyInFlight, TooManyRows
from sync_server.web.idempotency import IdempotencyKey, optional_key
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.multipart import read_form
from sync_server.web.openapi import operation

FORM_BYTES = 256 * 1024
"""Size limit of the form without its file, most of it for the mapping."""


@operation(
    responses={200: IMPORTED},
    errors=(TooManyRows, TooManyInFlight, Overloaded),
    body=IMPORT,
    idempotent="may",
)
@limited(PUSH_CHANGES)
@needs(SYNC, lasting=True)
async def post_import(request: web.Request) -> web.StreamResponse:
    """Import the log of another app, or preview the import (`dry_run`).

    Repeating an import changes nothing; a longer export of the same log adds the new records.
    """
    config, slots = request.app[CONFIG], request.app[IMPORT_SLOTS]
    text = optional_key(request)
    with slots.reserve(user_of(request)):
        form = await read_form(request, PARTS, config.imports.import_max_bytes + FORM_BYTES)
        import_request = parse_import(form, config.imports.import_max_bytes)
        fingerprint = await asyncio.to_thread(import_request.fingerprint) if text else b""
        key = IdempotencyKey(text, fingerprint) if text else None
        result = await once(request, key, partial(_operation, request, import_request, key))
    return result.to_web(request)


def _operation(
    request: web.Request, import_request: ImportRequest, key: IdempotencyKey | None
) -> Operation:
    cost = _cost(import_request, request.app[CONFIG])
    return Operation(cost, partial(_import, request, import_request, key))


async def _import(
    request: web.Request, import_request: ImportRequest, key: IdempotencyKey | None
) -> WriteResult:
    """Run the import after the user's last one, or find the response that its key already has."""
    app, user_id = request.app, user_of(request)
    session_id = request[IDENTITY].family_id
    target = PushTarget(app[POOL], app[CONFIG], app[PUBLISHER], user_id, session_id)
    limit_s = target.config.imports.import_time_limit_s
    async with app[IMPORT_TURNS].admit(user_id):
        if key is None:
            return WriteResult(
                StoredResponse(await run_limited(request, target, import_request, limit_s))
            )
        async with read_rows(target.pool, target.config, user_id) as connection:
            stored = await read_response(connection, user_id, key)
        if stored is not None:
            return replay(stored)
        response = StoredResponse(await run_limited(request, target, import_request, limit_s))
        now = datetime.datetime.now(datetime.UTC)
        async with transaction(target.pool, target.config, user_id) as connection:
            stored = await store_response(connection, user_id, key, response.compressed(), now)
    return WriteResult(StoredResponse.decompressed(stored), stored)


def _cost(import_request: ImportRequest, config: Config) -> int:
    """Rate-limit cost of an import: one change a line, at most the whole limit."""
    limit = PUSH_CHANGES.limit(config).amount
    return min(
        import_request.content.count(b"\n") + 1, config.imports.import_max_rows, max(limit, 1)
    )
