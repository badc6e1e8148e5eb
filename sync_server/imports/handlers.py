"""The route of imports."""

import datetime

from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.imports.pipeline import run_import
from sync_server.imports.push_batches import Target
from sync_server.imports.queries import Kept, keep_answer, read_answer
from sync_server.imports.request import PARTS, Asked, asked_for
from sync_server.imports.schemas import IMPORT, IMPORTED
from sync_server.imports.slots import PLACES
from sync_server.rate_limit.charge import Spend, spend
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.store.postgres import POOL, reading, transaction
from sync_server.sync.notify.publisher import ANNOUNCER
from sync_server.web.errors import IdempotencyKeyReused, Overloaded, TooManyRows
from sync_server.web.idempotency import idempotency_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.multipart import read_form
from sync_server.web.openapi import documented
from sync_server.web.respond import NO_STORE, json_response

FORM_BYTES = 4096
"""Room for all of a form but its file."""


@documented(
    answers={200: IMPORTED},
    errors=(TooManyRows, Overloaded),
    body=IMPORT,
    idempotent="may",
)
@limited(PUSH_CHANGES)
@needs(SYNC)
async def post_import(request: web.Request) -> web.StreamResponse:
    """Import the log of another app, or see what that would do.

    Repeating an import changes nothing; a longer export of the same log adds what is new.
    """
    config, places, user_id = request.app[CONFIG], request.app[PLACES], user_of(request)
    key = idempotency_key(request) if "Idempotency-Key" in request.headers else None
    with places.place(user_id):
        form = await read_form(request, PARTS, config.import_max_bytes + FORM_BYTES)
        asked = asked_for(form, config.import_max_bytes)
        await spend(request, Spend(PUSH_CHANGES, user_id, _weight(asked, config)))
        async with places.turn:
            if key is None:
                return json_response(request, await _run(request, asked))
            return await _once(request, asked, key)


async def _run(request: web.Request, asked: Asked) -> bytes:
    app = request.app
    target = Target(app[POOL], app[CONFIG], app[ANNOUNCER], user_of(request))
    return await run_import(target, asked)


async def _once(request: web.Request, asked: Asked, key: str) -> web.Response:
    """The answer that this key had before, else a new one that is kept under it."""
    pool, config, user_id = request.app[POOL], request.app[CONFIG], user_of(request)
    async with reading(pool, config, user_id) as connection:
        kept = await read_answer(connection, user_id, key)
    replayed = kept is not None
    if kept is None:
        fresh = Kept(asked.fingerprint, await _run(request, asked))
        now = datetime.datetime.now(datetime.UTC)
        async with transaction(pool, config, user_id) as connection:
            kept = await keep_answer(connection, user_id, key, fresh, now)
    if kept.fingerprint != asked.fingerprint:
        raise IdempotencyKeyReused
    headers = NO_STORE | {"Idempotent-Replay": "true"} if replayed else NO_STORE
    return json_response(request, kept.text, headers=headers)


def _weight(asked: Asked, config: Config) -> int:
    """What an import costs: a change a line. The greatest file still fits into the limit, once."""
    most = PUSH_CHANGES.limit(config).amount
    return min(asked.content.count(b"\n") + 1, config.import_max_rows, max(most, 1))
