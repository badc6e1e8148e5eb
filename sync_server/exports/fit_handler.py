"""HTTP handler of FIT exports."""

import asyncio

from aiohttp import web

from sync_server.exports.download import Pieces, send_export
from sync_server.exports.queries import read_exercise_names, read_session, read_workouts
from sync_server.exports.schemas import FIT, FIT_FILE, FIT_KIND
from sync_server.exports.workout_tables import WorkoutFormat, WorkoutLog
from sync_server.lookups.time_zone import read_zone
from sync_server.rate_limit.policies import PULL_REQUESTS, limited
from sync_server.store.postgres import Connection
from sync_server.web.errors import NotFound
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.query import read_choice, read_parameters

KINDS = ("activity", "workout")


@operation(responses={200: FIT_FILE}, errors=(NotFound,), query=FIT_KIND)
@limited(PULL_REQUESTS)
@needs(SYNC)
async def get_fit(request: web.Request) -> web.StreamResponse:
    """Workout as a FIT file: what was done, or its steps for a watch to follow."""
    given = read_parameters(request.query.items(), tuple(FIT_KIND))
    kind = read_choice(given, "kind", KINDS)
    user_id, session_id = user_of(request), request.match_info["id"]

    async def pieces(connection: Connection) -> Pieces:
        row = await read_session(connection, user_id, session_id)
        if row is None:
            raise NotFound
        (log,) = await read_workouts(connection, user_id, [row])
        ids = {fields["exercise_id"] for fields in log.sets}
        names = await read_exercise_names(connection, user_id, ids)
        format = WorkoutFormat("kg", await read_zone(connection, user_id), names)
        yield await asyncio.to_thread(_fit_file, kind, log, format)

    return await send_export(request, f"{kind}.fit", FIT, pieces)


def _fit_file(kind: str, log: WorkoutLog, format: WorkoutFormat) -> bytes:
    """Bytes of a FIT file of this kind; blocks while it loads the library, once."""
    # FIT's list of messages takes a sixth of the server's start, for a route that few ask.
    from sync_server.exports.fit_activity import activity_file
    from sync_server.exports.fit_workout import workout_file

    return {"activity": activity_file, "workout": workout_file}[kind](log, format)
