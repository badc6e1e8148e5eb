"""Examples of the sync routes' requests and responses: a workout, pushed and pulled."""

from schema.ids import Json

DEVICE_ID = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
SESSION_ID = "0192f0c4-6f0e-7c4e-9a53-000000000001"
SET_ID = "0192f0c4-6f0e-7c4e-9a53-000000000002"
CLOCK_US = 1_795_399_905_123_000

_SESSION: Json = {"date": "2026-11-23", "name": "Push day"}
_SET: dict[str, Json] = {
    "session_id": SESSION_ID,
    "exercise_id": "0192f0c4-6f0e-7c4e-9a53-000000000003",
    "position": 0,
    "reps": 5,
    "weight_kg": 100.0,
}
_OLDER_REGISTERS = (
    "session_id", "exercise_id", "position", "superset", "kind", "rir", "rest_s", "completed_at",
    "notes",
)  # fmt: skip
_CLOCKS: dict[str, Json] = {
    **{name: [CLOCK_US + 1, DEVICE_ID] for name in _OLDER_REGISTERS},
    **{name: [CLOCK_US + 2, DEVICE_ID] for name in ("rpe", "deleted")},
}
_NO_NUTRIENTS: Json = dict.fromkeys(("energy_kcal", "protein_g", "carbs_g", "fat_g"), 0.0)

PUSH_EXAMPLE: dict[str, Json] = {
    "device_id": DEVICE_ID,
    "schema_version": 1,
    "changes": [
        {
            "collection": "workout_sessions",
            "id": SESSION_ID,
            "op": "put",
            "clock": CLOCK_US,
            "data": _SESSION,
        },
        {
            "collection": "workout_sets",
            "id": SET_ID,
            "op": "put",
            "clock": CLOCK_US + 1,
            "data": _SET,
        },
        {
            "collection": "workout_sets",
            "id": SET_ID,
            "op": "patch",
            "clock": CLOCK_US + 2,
            "data": {"rpe": 8.5},
        },
    ],
}
SYNC_EXAMPLE: dict[str, Json] = {"push": PUSH_EXAMPLE, "pull": {"limit": 500}}


def _applied(collection: str, id: str, version: int) -> Json:
    return {"collection": collection, "id": id, "status": "applied", "version": version}


PUSH_RESPONSE_EXAMPLE: dict[str, Json] = {
    "version": 3,
    "server_clock": CLOCK_US + 248_000,
    "clock_shift_us": 0,
    "results": [
        _applied("workout_sessions", SESSION_ID, 1),
        _applied("workout_sets", SET_ID, 2),
        _applied("workout_sets", SET_ID, 3),
    ],
}
PULL_EXAMPLE: dict[str, Json] = {
    "changes": [
        {
            "collection": "workout_sessions",
            "id": SESSION_ID,
            "version": 1,
            "clock": CLOCK_US,
            "device_id": DEVICE_ID,
            "deleted": False,
            "data": _SESSION,
        },
        {
            "collection": "workout_sets",
            "id": SET_ID,
            "version": 3,
            "clock": CLOCK_US + 2,
            "device_id": DEVICE_ID,
            "deleted": False,
            "data": _SET | {"kind": "normal", "rpe": 8.5},
            "clocks": _CLOCKS,
        },
    ],
    "cursor": "AREVMEHUFgLNAAAAAAAAAAMAAAAAAAAAAAAAAAAAAAAA9CbIXOKJfq-JnrsF",
    "has_more": False,
    "day_views": [
        {
            "date": "2026-11-23",
            "diet": {
                "planned": _NO_NUTRIENTS,
                "actual": _NO_NUTRIENTS,
                "adherence": None,
                "logs": 0,
            },
            "training": {"sessions": 1, "sets": 1, "volume_kg": 500.0, "duration_s": 0},
            "metrics": {},
        }
    ],
    "server_clock": CLOCK_US + 251_000,
}
SYNC_RESPONSE_EXAMPLE: dict[str, Json] = {"push": PUSH_RESPONSE_EXAMPLE, "pull": PULL_EXAMPLE}
