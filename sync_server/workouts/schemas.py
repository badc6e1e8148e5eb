"""Request bodies of workouts: fields of the session, with nested sets."""

from typing import Any

from schema import COLLECTIONS
from schema.ids import Json
from schema.json_schema import patch_schema, put_schema
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema

MAX_SETS = 999
_GIVEN = {"session_id": "Of the session", "position": "A default follows from the other sets"}
_CLIENT_ID = ID | {"description": "Client-generated, or absent"}


def _set_schema(name: str, schema: dict[str, Any]) -> NamedSchema:
    required = [field for field in schema.get("required", ()) if field not in _GIVEN]
    properties = {"id": _CLIENT_ID} | schema["properties"]
    return NamedSchema(name, schema | {"properties": properties, "required": required})


def _workout_schema(
    name: str, schema: dict[str, Any], id: dict[str, Any], item: NamedSchema, description: str
) -> NamedSchema:
    sets = {"type": "array", "items": item, "maxItems": MAX_SETS, "description": description}
    return NamedSchema(
        name, schema | {"properties": {"id": id} | schema["properties"] | {"sets": sets}}
    )


_SESSIONS, _SETS = COLLECTIONS["workout_sessions"], COLLECTIONS["workout_sets"]
_NEW_SET = _set_schema("NewSetOfWorkout", put_schema(_SETS))
_PATH_ID = ID | {"description": "Optional; must equal the id of the path"}
_UPSERTED = "Sets to create or to write, by their ids; the others stay. Without a `position` a set "
NEW_WORKOUT = _workout_schema(
    "NewWorkout", put_schema(_SESSIONS), _CLIENT_ID, _NEW_SET,
    "In the order of execution, which is the default of `position`",
)  # fmt: skip
WHOLE_WORKOUT = _workout_schema(
    "WholeWorkout", put_schema(_SESSIONS), _PATH_ID, _NEW_SET,
    f"{_UPSERTED}keeps its own, a new one comes last",
)  # fmt: skip
WORKOUT_CHANGES = _workout_schema(
    "WorkoutChanges", patch_schema(_SESSIONS), _PATH_ID,
    _set_schema("SetChangesOfWorkout", patch_schema(_SETS)),
    f"{_UPSERTED}keeps its own, a new one comes last. An existing set keeps the fields that are "
    "not named",
)  # fmt: skip

_SET: Json = {"exercise_id": "0192f0c4-6f0e-7c4e-9a53-000000000003", "reps": 5, "weight_kg": 100.0}
EXAMPLE: Json = {
    "date": "2026-11-23",
    "name": "Push day",
    "started_at": "2026-11-23T18:00:00+08:00",
    "ended_at": "2026-11-23T19:02:00+08:00",
    "sets": [_SET, _SET],
}
CHANGES_EXAMPLE: Json = {"rating": 4, "sets": [_SET]}
