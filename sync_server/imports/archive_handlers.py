"""HTTP handlers of phones' health exports: gigabytes, streamed to a file and read in pieces."""

import tempfile
from functools import partial
from pathlib import Path

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.imports.formats import apple_health, health_connect
from sync_server.imports.limits import run_limited
from sync_server.imports.push_batches import PushTarget
from sync_server.imports.request import FLAGS, ArchiveRequest
from sync_server.imports.schemas import ARCHIVE, ARCHIVE_PARAMETERS, DATABASE, IMPORTED
from sync_server.imports.slots import ARCHIVE_SLOTS, IMPORT_TURNS
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.store.postgres import POOL
from sync_server.sync.idempotency import once
from sync_server.sync.notify.publisher import PUBLISHER
from sync_server.sync.operation import Operation
from sync_server.sync.stored_response import StoredResponse, WriteResult
from sync_server.web.errors import (
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    Overloaded,
    RequestTimeout,
    TooManyInFlight,
    TooManyRows,
    UnsupportedEncoding,
)
from sync_server.web.identity import IDENTITY, SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import read_choice, read_parameters
from sync_server.web.saved_body import save_body

BYTES_PER_CHANGE = 100_000
"""Size of an export for each change that it is charged as: most of it is never stored."""


ERRORS = (
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    Overloaded,
    RequestTimeout,
    TooManyInFlight,
    TooManyRows,
    UnsupportedEncoding,
)


@operation(responses={200: IMPORTED}, errors=ERRORS, body=ARCHIVE, query=ARCHIVE_PARAMETERS)
@limited(PUSH_CHANGES)
@needs(SYNC, lasting=True)
async def post_apple_health(request: web.Request) -> web.StreamResponse:
    """Import an Apple Health export: weight, body fat, resting heart rate, sleep, steps, workouts.

    The body is `export.zip` or `export.xml` itself. Repeating an import changes nothing; a later
    export adds the new days.
    """
    return await _receive(request, apple_health.NAME)


@operation(responses={200: IMPORTED}, errors=ERRORS, body=DATABASE, query=ARCHIVE_PARAMETERS)
@limited(PUSH_CHANGES)
@needs(SYNC, lasting=True)
async def post_health_connect(request: web.Request) -> web.StreamResponse:
    """Import a Health Connect export: weight, body fat, resting heart rate, sleep, steps, workouts.

    The body is `Health Connect.zip` or the database in it. Repeating an import changes nothing; a
    later export adds the new days.
    """
    return await _receive(request, health_connect.NAME)


async def _receive(request: web.Request, format: str) -> web.StreamResponse:
    config = request.app[CONFIG]
    given = read_parameters(request.query.items(), ("dry_run",))
    dry_run = FLAGS[read_choice(given, "dry_run", ("false", "true"))]
    with (
        request.app[ARCHIVE_SLOTS].reserve(user_of(request)),
        tempfile.NamedTemporaryFile(prefix="trackforge-health-") as file,
    ):
        limit_s = config.imports.import_archive_time_limit_s
        size = await save_body(request, file, config.imports.import_archive_max_bytes, limit_s)
        file.flush()
        cost = min(1 + size // BYTES_PER_CHANGE, max(PUSH_CHANGES.limit(config).amount, 1))
        archive = ArchiveRequest(Path(file.name), dry_run, format)
        result = await once(
            request, None, lambda: Operation(cost, partial(_import, request, archive))
        )
    return result.to_web(request)


async def _import(request: web.Request, archive: ArchiveRequest) -> WriteResult:
    """Run the import after the user's last one."""
    app, user_id = request.app, user_of(request)
    session_id = request[IDENTITY].family_id
    target = PushTarget(app[POOL], app[CONFIG], app[PUBLISHER], user_id, session_id)
    limit_s = target.config.imports.import_archive_time_limit_s
    async with app[IMPORT_TURNS].admit(user_id):
        return WriteResult(StoredResponse(await run_limited(request, target, archive, limit_s)))
