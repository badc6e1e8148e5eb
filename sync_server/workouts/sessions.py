"""REST resource of workout sessions: read and created with their sets."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.lookups.queries import read_equipment
from sync_server.rate_limit.policies import PUSH_CHANGES, limited
from sync_server.rest.resource import Resource, resource_of, with_extras
from sync_server.rest.schemas import LOCATION, schemas_of
from sync_server.store.postgres import Connection
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.server_writes.edits import EditResult
from sync_server.sync.server_writes.handle_edits import handle_edits
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.body import read_body
from sync_server.web.errors import InvalidRecord, RecordExists, RecordTooLarge, TooManyChanges
from sync_server.web.idempotency import required_key
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import ETAG, Response, operation
from sync_server.web.schemas import AMOUNT, COUNT
from sync_server.workouts.queries import read_sets
from sync_server.workouts.schemas import EXAMPLE, NEW_WORKOUT, edits_of
from sync_server.workouts.workout import in_order, workout

SETS = resource_of("workout_sets")
MORE = {
    "sets": {
        "type": "array",
        "items": schemas_of(SETS).listed,
        "description": "By position, including warm-ups",
    },
    "volume_kg": AMOUNT | {"description": "Repetitions × weight of all sets but warm-ups"},
    "duration_s": {
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "null without start and end",
    },
    "bodyweight_sets": COUNT | {"description": "Working sets whose volume uses the body weight"},
}


async def sets_of(
    connection: Connection, user_id: UserId, session: StoredRecord
) -> Mapping[str, object]:
    """Sets of a session, and their totals."""
    return await _totals(
        connection, user_id, session, await read_sets(connection, user_id, session.id)
    )


async def _totals(
    connection: Connection, user_id: UserId, session: StoredRecord, sets: Sequence[StoredRecord]
) -> Mapping[str, object]:
    fields: dict[str, Any] = orjson.loads(session.data)
    done = in_order(sets)
    ids = {it["exercise_id"] for _, it in done if it.get("weight_kg") is None}
    weighed = bool(fields.get("bodyweight_kg"))
    equipment = await read_equipment(connection, user_id, ids if weighed else ())
    return workout(fields, done, equipment)


def _creator(resource: Resource) -> Handler:
    made = Response(schemas_of(resource).single, "It was made", headers=ETAG | LOCATION)

    @operation(
        responses={201: made},
        errors=(InvalidRecord, RecordTooLarge, RecordExists, TooManyChanges),
        body=NEW_WORKOUT,
        example=EXAMPLE,
        idempotent="must",
        tag=resource.slug,
    )
    @limited(PUSH_CHANGES)
    @needs(SYNC)
    async def create_workout_session(request: web.Request) -> web.StreamResponse:
        """Create a workout session with its sets, atomically."""
        required_key(request)
        user_id, config = user_of(request), request.app[CONFIG]
        body = await read_body(request, config.push_max_bytes)

        async def render(connection: Connection, edited: Sequence[EditResult]) -> StoredResponse:
            session, *sets = [it.record for it in edited]
            found = with_extras(session, await _totals(connection, user_id, session, sets))
            location = f"{resource.path}/{session.id}"
            return StoredResponse(found.text, 201, {"ETag": found.etag, "Location": location})

        return await handle_edits(request, edits_of(body, config), render, body)

    return create_workout_session


SESSIONS = Resource(
    COLLECTIONS["workout_sessions"], extra_fields=sets_of, extra_schema=MORE, post_handler=_creator
)
