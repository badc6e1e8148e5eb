"""JSON Schemas of the catalogue routes."""

from typing import Any

from schema.nutrients import ALL_NUTRIENTS
from sync_server.catalogue.parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_TEXT
from sync_server.sync.schemas.records import ID
from sync_server.web.openapi import ETAG, NamedSchema, Parameter, Response, object_schema
from sync_server.web.schemas import FOOD_NUTRIENTS

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}
_ABOUT_100_G = {"type": ["number", "null"], "description": "Per 100 g; null is unknown"}
_SOURCE = _TEXT | {"description": "`own`, or the source of a built-in entry"}
_SCORE = {"type": "number", "minimum": 0, "maximum": 1, "description": "1 is an exact match"}
_RETIRED = {"type": "boolean", "description": "True if the entry is no longer offered"}
_VERSION = _TEXT | {"description": "Opaque; for `since`"}


_UNKNOWN_WORDS = _TEXTS | {
    "description": "Words of `q` that no name has or resembles, as a brand; hits have the others"
}


def _list(name: str, shape: NamedSchema) -> NamedSchema:
    hits = {"type": "array", "items": shape, "maxItems": MAX_LIMIT}
    properties = {name: hits, "unknown_words": _UNKNOWN_WORDS}
    return NamedSchema(f"{shape.name}s", object_schema(properties, "unknown_words"))


_SERVING = NamedSchema("ServingOfHit", object_schema({"name": _TEXT, "grams": {"type": "number"}}))
_FOOD = (
    {"id": ID, "source": _SOURCE, "name": _TEXT}
    | dict.fromkeys(ALL_NUTRIENTS, _ABOUT_100_G)
    | {"servings": {"type": "array", "items": _SERVING}}
)
_EXERCISE = {
    "id": ID,
    "source": _SOURCE,
    "name": _TEXT,
    "category": _TEXT_OR_NULL,
    "primary_muscles": _TEXTS,
    "secondary_muscles": _TEXTS,
    "equipment": _TEXT_OR_NULL,
}
_MORE_OF_FOOD = {
    "source_id": _TEXT,
    "food_group": _TEXT_OR_NULL,
    "nutrients": FOOD_NUTRIENTS,
}
_HOW = object_schema(
    {"force": _TEXT_OR_NULL, "level": _TEXT_OR_NULL, "mechanic": _TEXT_OR_NULL}
    | {"instructions": _TEXTS}
)
_MORE_OF_EXERCISE = {"source_id": _TEXT, "data": _HOW}

FOOD = NamedSchema(
    "FoodHit",
    object_schema(_FOOD | {"brand": _TEXT_OR_NULL, "barcode": _TEXT_OR_NULL, "score": _SCORE}),
)
EXERCISE = NamedSchema("ExerciseHit", object_schema(_EXERCISE | {"score": _SCORE}))
FOODS = _list("foods", FOOD)
EXERCISES = _list("exercises", EXERCISE)
FOOD_ENTRY = NamedSchema("FoodEntry", object_schema(_FOOD | _MORE_OF_FOOD | {"retired": _RETIRED}))
EXERCISE_ENTRY = NamedSchema(
    "ExerciseEntry", object_schema(_EXERCISE | _MORE_OF_EXERCISE | {"retired": _RETIRED})
)


def _download(entry: dict[str, Any], name: str) -> Response:
    since = _TEXT_OR_NULL | {"description": "null: a complete download; remove all other entries"}
    document = object_schema(
        {
            "version": _VERSION,
            "since": since,
            "entries": {"type": "array", "items": NamedSchema(name, object_schema(entry))},
            "removed": {"type": "array", "items": ID},
        }
    )
    return Response(NamedSchema(f"{name}s", document), headers=ETAG)


FOOD_DOWNLOAD = _download(_FOOD | _MORE_OF_FOOD, "BuiltInFood")
EXERCISE_DOWNLOAD = _download(_EXERCISE | _MORE_OF_EXERCISE, "BuiltInExercise")

_PART = object_schema(
    {
        "version": _VERSION,
        "count": {"type": "integer", "minimum": 0},
        "source": _TEXT,
        "licence": _TEXT,
        "url": _TEXT | {"format": "uri"},
    }
)
CATALOGUE = NamedSchema("Catalogue", object_schema({"foods": _PART, "exercises": _PART}))

_QUERY_TEXT = {"type": "string", "maxLength": MAX_TEXT}
_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_SEARCH = {
    "q": Parameter(_QUERY_TEXT, "Words of the name or their prefixes, in any order"),
    "limit": Parameter(_LIMIT, "Maximum number of hits"),
}
_BARCODE = _QUERY_TEXT | {"examples": ["5000112548167"]}
FOOD_PARAMETERS = _SEARCH | {
    "barcode": Parameter(_BARCODE, "EAN-8, UPC-E, UPC-A, EAN-13 or GTIN-14, valid check digit")
}
EXERCISE_PARAMETERS = _SEARCH | {
    "muscle": Parameter(_QUERY_TEXT, "A primary muscle, as `chest`"),
    "equipment": Parameter(_QUERY_TEXT, "As `dumbbell` or `body only`"),
    "category": Parameter(_QUERY_TEXT, "As `strength` or `stretching`"),
}
BARCODE_PATH = {"code": _BARCODE}
SINCE = {"since": Parameter(_QUERY_TEXT, "Version of an earlier download")}
