"""OpenAPI schemas of the OCR routes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from schema.nutrients import ALL_NUTRIENTS
from sync_server.config.ocr import OCR_PROVIDERS
from sync_server.ocr.engines.interface import ImageKind
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import NamedSchema, Parameter, Response, Upload, object_schema

STATES = ("queued", "reading", "done", "failed", "cancelled")
FAILURES = (
    "too_slow", "reader_died", "given_up", "image_gone", "not_a_menu", "not_a_label",
)  # fmt: skip

NOTHING: Mapping[str, object] = MappingProxyType({})
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
    "description": "Left, top, right, bottom in pixels of the upright image",
}
_MATCHES = {
    "type": "array",
    "items": NamedSchema(
        "OcrMatch", object_schema({"id": ID, "source": _TEXT, "name": _TEXT, "score": _SHARE})
    ),
}
_SEEN = {
    "confidence": _SHARE | {"description": "Confidence of the engine"},
    "box": _BOX,
    "fields": {
        "type": "object",
        "additionalProperties": object_schema({"confidence": _SHARE, "box": _BOX}),
        "description": "Confidence and box of each recognized field",
    },
    "matches": _MATCHES
    | {"description": "Suggestions among the user's own and the built-in items, best first"},
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
            "bodyweight": {
                "type": "boolean",
                "description": "`weight_kg` is then the added weight",
            },
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
_NUTRIENTS = {
    "type": "object",
    "additionalProperties": {"type": "number", "minimum": 0},
    "description": "More nutrients per 100 g, by the names in the nutrients of a food",
}
_FOOD = NamedSchema(
    "FoodDraft",
    object_schema(
        {
            "name": _TEXT_OR_NULL | {"description": "Labels do not say it: null"},
            "barcode": _TEXT_OR_NULL | {"description": "The image's only barcode"},
            **dict.fromkeys(ALL_NUTRIENTS, _NUMBER_OR_NULL | {"description": "Per 100 g"}),
            "nutrients": _NUTRIENTS,
            "servings": {
                "type": "array",
                "items": object_schema({"name": _TEXT, "grams": {"type": "number", "minimum": 0}}),
                "description": "Serving size, if printed; a millilitre counts as a gram",
            },
            "basis": {
                "type": "string",
                "enum": ["100 g", "100 ml", "serving"],
                "description": "Column that was read; a serving's amounts are converted",
            },
        }
        | {name: it for name, it in _SEEN.items() if name != "matches"}
    ),
)
_CODE = NamedSchema(
    "BarcodeRead",
    object_schema(
        {
            "barcode": _TEXT | {"description": "Its digits; the check digit is right"},
            "format": {"type": "string", "enum": ["EAN-13", "EAN-8", "UPC-A", "UPC-E"]},
            "foods": _MATCHES | {"description": "The user's own foods that have it"},
        }
    ),
)
_SIZE = object_schema({"width": _COUNT, "height": _COUNT}, description="Of the upright image")


def _read(name: str, item: NamedSchema, more: Mapping[str, object] = NOTHING) -> NamedSchema:
    return NamedSchema(
        name,
        object_schema(
            {
                "id": ID,
                "provider": {"type": "string", "enum": list(OCR_PROVIDERS)},
                "image": _SIZE,
                "items": {"type": "array", "items": item},
                **more,
                "unread": {
                    "type": "array",
                    "items": _TEXT,
                    "description": "Lines not used for an item",
                },
            }
        ),
    )


MENU = _read("MenuRead", _DISH)
WORKOUT = _read("WorkoutRead", _EXERCISE)
LABEL = _read("LabelRead", _FOOD, {"barcodes": {"type": "array", "items": _CODE}})
_RESULT = {"anyOf": [MENU, WORKOUT, LABEL, {"type": "null"}]}
JOB = NamedSchema(
    "OcrJob",
    object_schema(
        {
            "id": ID,
            "kind": {"type": "string", "enum": list(get_args(ImageKind))},
            "provider": {"type": "string", "enum": list(OCR_PROVIDERS)},
            "state": {"type": "string", "enum": list(STATES)},
            "progress": object_schema(
                {
                    "ahead": _COUNT | {"description": "Jobs before this one in the queue"},
                    "attempts": _COUNT | {"description": "Number of attempts"},
                }
            ),
            "created_at": _TIME,
            "started_at": _TIME_OR_NULL,
            "finished_at": _TIME_OR_NULL,
            "expires_at": _TIME | {"description": "Image and result are deleted then"},
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
    "The image is stored and queued",
    headers={
        "Location": Parameter(_TEXT, "The job", required=True),
        "Preference-Applied": Parameter(_TEXT, "respond-async", required=True),
    },
)
