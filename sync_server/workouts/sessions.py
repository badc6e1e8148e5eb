"""REST resource of workout sessions: read and written with their sets."""

from schema import COLLECTIONS
from sync_server.rest.resource import Resource, resource_of
from sync_server.rest.schemas import schemas_of
from sync_server.web.openapi import object_schema
from sync_server.web.schemas import AMOUNT, COUNT
from sync_server.workouts import session_writes
from sync_server.workouts.totals import listed_totals, sets_of
from sync_server.workouts.uncounted_sessions import COUNTED

SETS = resource_of("workout_sets")
TOTALS = {
    "volume_kg": AMOUNT | {"description": "Repetitions × weight of all sets but warm-ups"},
    "duration_s": {
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "null without start and end",
    },
}
LISTED = {
    "totals": object_schema(
        {"sets": COUNT | {"description": "All sets, including warm-ups"}} | TOTALS
    ),
    **COUNTED,
}
MORE = (
    TOTALS
    | LISTED
    | {
        "sets": {
            "type": "array",
            "items": schemas_of(SETS).listed,
            "description": "By position, including warm-ups",
        },
        "bodyweight_sets": COUNT
        | {"description": "Working sets whose volume uses the body weight"},
    }
)
SESSIONS = Resource(
    COLLECTIONS["workout_sessions"],
    extra_fields=sets_of,
    extra_schema=MORE,
    listed_fields=listed_totals,
    listed_schema=LISTED,
    optional_extras=tuple(COUNTED),
    post_handler=session_writes.post_handler,
    put_handler=session_writes.put_handler,
    patch_handler=session_writes.patch_handler,
)
