"""What the routes of reading images answer, as JSON Schema, and a job as it is told."""

from typing import Any, get_args

import orjson

from sync_server.config.ocr import PROVIDERS
from sync_server.ocr.engines.interface import Kind
from sync_server.ocr.queries import Job
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, Parameter, Response, Upload, object_schema

STATES = ("queued", "reading", "done", "failed", "cancelled")
FAILURES = ("too_slow", "reader_died", "given_up", "image_gone")

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_NUMBER_OR_NULL = {"type": ["number", "null"], "minimum": 0}
_COUNT = {"type": "integer", "minimum": 0}
_COUNT_OR_NULL = {"type": ["integer", "null"], "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TIME = {"type": "string", "format": "date-time"}
_TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_BOX = {
    "type": "array",
    "items": {"type": "integer"},
    "minItems": 4,
    "maxItems": 4,
    "description": "Left, top, right, bottom in pixels of the image held upright",
}
_SEEN = {
    "confidence": _SHARE | {"description": "The engine's; no proof"},
    "box": _BOX,
    "fields": {
        "type": "object",
        "additionalProperties": object_schema({"confidence": _SHARE, "box": _BOX}),
        "description": "The same of each field that was read",
    },
    "matches": {
        "type": "array",
        "items": NamedSchema(
            "OcrMatch", object_schema({"id": ID, "source": _TEXT, "name": _TEXT, "score": _SHARE})
        ),
        "description": "What it may be among the user's own and the built-in ones, best first",
    },
}
_DISH = NamedSchema(
    "Dish",
    object_schema(
        {
            "section": _TEXT_OR_NULL,
            "name": _TEXT,
            "description": _TEXT_OR_NULL,
            "price": _NUMBER_OR_NULL,
            "currency": _TEXT_OR_NULL | {"description": "ISO 4217"},
            **dict.fromkeys(("energy_kcal", "protein_g", "carbs_g", "fat_g"), _NUMBER_OR_NULL),
        }
        | _SEEN
    ),
)
_SET = NamedSchema(
    "SetDraft",
    object_schema(
        {
            "kind": {"type": "string", "enum": ["normal", "warmup", "drop", "failure"]},
            **dict.fromkeys(("reps", "reps_min", "reps_max"), _COUNT_OR_NULL),
            "weight_kg": {"type": ["number", "null"], "description": "Below zero: assistance"},
            "bodyweight": {"type": "boolean", "description": "`weight_kg` is then what was added"},
            "duration_s": _NUMBER_OR_NULL,
            "distance_m": _NUMBER_OR_NULL,
            "rpe": _NUMBER_OR_NULL,
            "rir": _COUNT_OR_NULL,
            "rest_s": _NUMBER_OR_NULL,
        }
    ),
)
_EXERCISE = NamedSchema(
    "ExerciseDraft",
    object_schema(
        {
            "exercise": _TEXT,
            "superset": _COUNT_OR_NULL,
            "notes": _TEXT_OR_NULL | {"description": "Tempo, percentages and other remarks"},
            "sets": {"type": "array", "items": _SET},
        }
        | _SEEN
    ),
)
_SIZE = object_schema({"width": _COUNT, "height": _COUNT}, description="Of the image held upright")


def _read(name: str, item: NamedSchema) -> NamedSchema:
    return NamedSchema(
        name,
        object_schema(
            {
                "id": ID,
                "provider": {"type": "string", "enum": list(PROVIDERS)},
                "image": _SIZE,
                "items": {"type": "array", "items": item},
                "unread": {"type": "array", "items": _TEXT, "description": "All other lines"},
            }
        ),
    )


MENU = _read("MenuRead", _DISH)
WORKOUT = _read("WorkoutRead", _EXERCISE)
_RESULT = {"anyOf": [MENU, WORKOUT, {"type": "null"}]}
JOB = NamedSchema(
    "OcrJob",
    object_schema(
        {
            "id": ID,
            "kind": {"type": "string", "enum": list(get_args(Kind))},
            "provider": {"type": "string", "enum": list(PROVIDERS)},
            "state": {"type": "string", "enum": list(STATES)},
            "progress": object_schema(
                {
                    "ahead": _COUNT | {"description": "Images that are read before this one"},
                    "attempts": _COUNT | {"description": "How often it was taken up"},
                }
            ),
            "created_at": _TIME,
            "started_at": _TIME_OR_NULL,
            "finished_at": _TIME_OR_NULL,
            "expires_at": _TIME | {"description": "Until when image and result are kept"},
            "failure": {"enum": [*FAILURES, None]},
            "result": _RESULT,
        }
    ),
)
IMAGE = Upload(
    {"image": {"type": "string", "format": "binary", "description": "A JPEG, PNG or WebP"}},
    required=("image",),
)
PREFER = {
    "Prefer": Parameter(
        {"type": "string", "examples": ["respond-async"]},
        "`respond-async`: answer 202 with a job at once (RFC 7240)",
    )
}
ACCEPTED = Response(
    JOB,
    "The image is kept and will be read",
    headers={
        "Location": Parameter(_TEXT, "The job", required=True),
        "Preference-Applied": Parameter(_TEXT, "respond-async", required=True),
    },
)


def told(job: Job, ahead: int) -> dict[str, Any]:
    """The job as a client sees it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "provider": job.provider,
        "state": "queued" if job.state == "arriving" else job.state,
        "progress": {"ahead": ahead, "attempts": job.attempts},
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "failure": job.failure,
        "result": orjson.Fragment(job.result) if job.result else None,
    }
