"""Handler of the next workout of a program."""

import asyncio

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.lookups.queries import read_exercises
from sync_server.rate_limit.charge import Cost, charge
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL
from sync_server.sync.schemas.records import ID
from sync_server.web.errors import NotFound
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import NamedSchema, Parameter, object_schema, operation
from sync_server.web.query import read_day, read_parameters
from sync_server.web.respond import json_response
from sync_server.web.schemas import COUNT, DAY
from sync_server.workouts.next_workout import day_of, histories, next_exercise
from sync_server.workouts.queries import read_program, read_program_sessions, read_sets_of

_NUMBER_OR_NULL = {"type": ["number", "null"]}
_TEXT_OR_NULL = {"type": ["string", "null"]}
REASONS = ("start", "increase", "more_reps", "percentage", "repeat", "deload")
_NEXT_SET = object_schema({"reps": COUNT, "weight_kg": _NUMBER_OR_NULL})
_NEXT_EXERCISE = NamedSchema(
    "NextExercise",
    object_schema(
        {
            "exercise_id": ID,
            "exercise_name": _TEXT_OR_NULL | {"description": "null: unknown"},
            "sets": {"type": "array", "items": _NEXT_SET},
            "reps_max": COUNT | {"description": "Repetitions after which the weight rises"},
            "reason": {"type": "string", "enum": list(REASONS)},
            "failures": COUNT | {"description": "Failed sessions in a row"},
            "rest_s": _NUMBER_OR_NULL,
            "rpe": _NUMBER_OR_NULL,
            "superset": {"type": ["integer", "null"]},
            "notes": _TEXT_OR_NULL,
        }
    ),
)
NEXT_WORKOUT = NamedSchema(
    "NextWorkout",
    object_schema(
        {
            "program_id": ID,
            "name": _TEXT_OR_NULL | {"description": "Name of the workout; null: a day of rest"},
            "exercises": {"type": "array", "items": _NEXT_EXERCISE},
        }
    ),
)
DATE = {
    "date": Parameter(
        DAY, "Day of the workout, by the program's weekdays; without it the following workout"
    )
}


@operation(responses={200: NEXT_WORKOUT}, errors=(NotFound,), query=DATE)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_next_workout(request: web.Request) -> web.StreamResponse:
    """Next workout of a program, with weights that follow from the sessions before it."""
    user_id, program_id = user_of(request), request.match_info["id"]
    given = read_parameters(request.query.items(), tuple(DATE))
    date = read_day("date", given["date"]) if given else None
    await charge(request, Cost(PULL_REQUESTS, user_id))
    async with read_rows(request.app[POOL], request.app[CONFIG], user_id) as connection:
        program = await read_program(connection, user_id, program_id)
        if program is None:
            raise NotFound("There is no such program.")
        sessions = await read_program_sessions(connection, user_id, program_id, date)
        sets = await read_sets_of(connection, user_id, list(sessions))
        day = day_of(program, date, next(reversed(sessions.values()), None))
        exercises = day.get("exercises") or [] if day else []
        ids = {it["exercise_id"] for it in exercises}
        known = await read_exercises(connection, user_id, ids)

    def shown() -> list[dict[str, object]]:
        done = histories(sessions, sets)
        names = {id: exercise.name for id, exercise in known.items()}
        return [
            next_exercise(it, done.get(it["exercise_id"], ()))
            | {"exercise_name": names.get(it["exercise_id"])}
            for it in exercises
        ]

    name = day["name"] if day else None
    body = {"program_id": program_id, "name": name, "exercises": await asyncio.to_thread(shown)}
    return json_response(request, body)
