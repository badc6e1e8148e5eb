"""Handler of the last session of an exercise."""

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.rest.resource import resource_of, serialize
from sync_server.rest.schemas import schemas_of
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.web.errors import NotFound
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import NamedSchema, Parameter, object_schema, operation
from sync_server.web.query import read_day, read_parameters
from sync_server.web.respond import json_response
from sync_server.workouts.queries import read_last_session, read_sets
from sync_server.workouts.sessions import SESSIONS
from sync_server.workouts.workout import in_order

_SETS = {
    "type": "array",
    "items": schemas_of(resource_of("workout_sets")).listed,
    "description": "Sets of the exercise, by position",
}
LAST_TIME = NamedSchema(
    "LastTime",
    object_schema(
        {
            "session": {
                "anyOf": [schemas_of(SESSIONS).listed, {"type": "null"}],
                "description": "null: no earlier session with the exercise",
            },
            "sets": _SETS,
        }
    ),
)
BEFORE = {
    "before": Parameter({"type": "string", "format": "date"}, "Only sessions before this day")
}


@operation(responses={200: LAST_TIME}, errors=(NotFound,), query=BEFORE)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_last_time(request: web.Request) -> web.StreamResponse:
    """Sets of an exercise in the newest session that has it."""
    user_id, exercise_id = user_of(request), request.match_info["id"]
    given = read_parameters(request.query.items(), ("before",))
    before = read_day("before", given["before"]) if "before" in given else None
    await charge(request, Cost(PULL_REQUESTS, user_id))
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        session = await read_last_session(connection, user_id, exercise_id, before)
        sets = await read_sets(connection, user_id, session.id) if session else []
    done = [serialize(it) for it, data in in_order(sets) if data["exercise_id"] == exercise_id]
    session_text = serialize(session) if session else b"null"
    text = b'{"session":' + session_text + b',"sets":[' + b",".join(done) + b"]}"
    return json_response(request, text)
