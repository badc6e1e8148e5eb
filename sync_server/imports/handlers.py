"""HTTP handler of imports."""

import datetime

from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.imports.pipeline import run_import
from sync_server.imports.push_batches import PushTarget
from sync_server.imports.queries import Kept, keep_answer, read_answer
from sync_server.imports.request import PARTS, ImportRequest, parse_import
from sync_server.imports.schemas import IMPORT, IMPORTED
from sync_server.imports.slots import IMPORT_SLOTS
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.store.postgres import POOL, read_transaction, transaction
from sync_server.sync.notify.publisher import ANNOUNCER
from sync_server.web.errors import IdempotencyKeyReused, Overloaded, TooManyRows
from sync_server.web.idempotency import idempotency_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.multipart import read_form
from sync_server.web.openapi import operation
from sync_server.web.respond import NO_STORE, json_response

FORM_BYTES = 4096
"""Size limit of the form without its file."""


@operation(
    responses={200: IMPORTED},
    errors=(TooManyRows, Overloaded),
    body=IMPORT,
    idempotent="may",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def post_import(request: web.Request) -> web.StreamResponse:
    """Import the log of another app, or preview the import (`dry_run`).

    Repeating an import changes nothing; a longer export of the same log adds the new records.
    """
    config, slots, user_id = request.app[CONFIG], request.app[IMPORT_SLOTS], user_of(request)
    key = idempotency_key(request) if "Idempotency-Key" in request.headers else None
    with slots.reserve(user_id):
        form = await read_form(request, PARTS, config.import_max_bytes + FORM_BYTES)
        import_request = parse_import(form, config.import_max_bytes)
        await charge(request, Cost(PUSH_CHANGES, user_id, _cost(import_request, config)))
        async with slots.processing:
            if key is None:
                return json_response(request, await _run(request, import_request))
            return await _once(request, import_request, key)


async def _run(request: web.Request, import_request: ImportRequest) -> bytes:
    app = request.app
    target = PushTarget(app[POOL], app[CONFIG], app[ANNOUNCER], user_of(request))
    return await run_import(target, import_request)


async def _once(request: web.Request, import_request: ImportRequest, key: str) -> web.Response:
    """The answer that this key had before, else a new one that is kept under it."""
    pool, config, user_id = request.app[POOL], request.app[CONFIG], user_of(request)
    async with read_transaction(pool, config, user_id) as connection:
        kept = await read_answer(connection, user_id, key)
    replayed = kept is not None
    if kept is None:
        fresh = Kept(import_request.fingerprint, await _run(request, import_request))
        now = datetime.datetime.now(datetime.UTC)
        async with transaction(pool, config, user_id) as connection:
            kept = await keep_answer(connection, user_id, key, fresh, now)
    if kept.fingerprint != import_request.fingerprint:
        raise IdempotencyKeyReused
    headers = NO_STORE | {"Idempotent-Replay": "true"} if replayed else NO_STORE
    return json_response(request, kept.text, headers=headers)


def _cost(import_request: ImportRequest, config: Config) -> int:
    """Rate-limit cost of an import: one change a line, at most the whole limit."""
    limit = PUSH_CHANGES.limit(config).amount
    return min(import_request.content.count(b"\n") + 1, config.import_max_rows, max(limit, 1))
