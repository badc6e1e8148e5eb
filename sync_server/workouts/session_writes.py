"""Handlers that write workout sessions together with their sets."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.rest.body import require_id
from sync_server.rest.resource import Resource, with_extras
from sync_server.rest.schemas import schemas_of, written
from sync_server.store.fenced_reads import Reads, read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.server_writes.edits import Edit, EditResult
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.body import read_body
from sync_server.web.errors import (
    IncompleteGroup,
    InvalidRecord,
    NotFound,
    PreconditionFailed,
    RecordExists,
    RecordTooLarge,
    TooManyChanges,
)
from sync_server.web.idempotency import required_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.preconditions import IF_MATCH, preconditions_of
from sync_server.workouts import schemas as bodies
from sync_server.workouts.bodies import changed_sets, new_workout, read_workout
from sync_server.workouts.queries import read_sets, read_sets_to_change
from sync_server.workouts.totals import totals_of

_REJECTED = (InvalidRecord, RecordTooLarge, TooManyChanges)


def post_handler(resource: Resource) -> Handler:
    """Handler of POST."""

    @operation(
        responses={
            201: written(schemas_of(resource).single, created=True),
            200: written(schemas_of(resource).single, created=False),
        },
        errors=(*_REJECTED, RecordExists),
        body=bodies.NEW_WORKOUT,
        example=bodies.EXAMPLE,
        idempotent="must",
        tag=resource.slug,
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def create_workout_session(request: web.Request) -> web.StreamResponse:
        """Create a workout session with its sets, atomically."""
        required_key(request)
        config = request.app[CONFIG]
        body = await read_body(request, config.sync.push_max_bytes)
        edits = new_workout(read_workout(body, config))
        return await handle_edits(request, edits, partial(_render, request, resource), body)

    return create_workout_session


def put_handler(resource: Resource) -> Handler:
    """Handler of PUT."""
    single = schemas_of(resource).single

    @operation(
        responses={200: written(single, created=False), 201: written(single, created=True)},
        errors=(*_REJECTED, PreconditionFailed, NotFound),
        body=bodies.WHOLE_WORKOUT,
        example=bodies.EXAMPLE,
        headers=IF_MATCH,
        idempotent="may",
        tag=resource.slug,
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def replace_workout_session(request: web.Request) -> web.StreamResponse:
        """Create or replace a workout session, and write the sets that the body names.

        Other sets of the session stay.
        """
        return await _write(request, resource, "put")

    return replace_workout_session


def patch_handler(resource: Resource) -> Handler:
    """Handler of PATCH."""
    single = schemas_of(resource).single

    @operation(
        responses={200: written(single, created=False), 201: written(single, created=True)},
        errors=(*_REJECTED, IncompleteGroup, PreconditionFailed, NotFound),
        body=bodies.WORKOUT_CHANGES,
        example=bodies.CHANGES_EXAMPLE,
        headers=IF_MATCH,
        idempotent="may",
        tag=resource.slug,
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def change_workout_session(request: web.Request) -> web.StreamResponse:
        """Change fields of a workout session, and of the sets that the body names.

        Other sets of the session stay; a set without a stored one is created.
        """
        return await _write(request, resource, "patch")

    return change_workout_session


async def _write(
    request: web.Request, resource: Resource, op: Literal["put", "patch"]
) -> web.StreamResponse:
    user_id, config, id = user_of(request), request.app[CONFIG], request.match_info["id"]
    body = await read_body(request, config.sync.push_max_bytes)
    workout = read_workout(body, config)
    require_id(workout.id, id)
    edits = [Edit(op, "workout_sessions", id, workout.fields, preconditions_of(request))]
    if workout.sets:
        ids = [sent.id for sent in workout.sets if sent.id]
        async with read_rows(request.app[POOL], config, user_id) as connection:
            stored = await read_sets_to_change(connection, user_id, id, ids)
        edits += changed_sets(op, id, workout.sets, stored)
    return await handle_edits(request, edits, partial(_render, request, resource), body)


async def _render(
    request: web.Request,
    resource: Resource,
    connection: Reads,
    results: Sequence[EditResult],
) -> StoredResponse:
    """The response with the session, all its sets and their totals."""
    user_id, session = user_of(request), results[0]
    stored = await read_sets(connection, user_id, session.record.id)
    sets = {it.id: it for it in (*stored, *(it.record for it in results[1:]))}
    extras = await totals_of(connection, user_id, session.record, sets.values())
    shown = with_extras(session.record, extras)
    # A patch of a deleted record restores it: it is not created.
    created = session.before is None if request.method == "PATCH" else session.created
    headers = {"ETag": shown.etag, "Location": f"{resource.path}/{session.record.id}"}
    return StoredResponse(shown.text, 201 if created else 200, headers)
