"""OpenAPI schemas of the import route: the form and the result."""

import schema
from sync_server.imports.formats import apple_health, health_connect
from sync_server.imports.formats.registry import FORMAT_NAMES
from sync_server.web.openapi import NamedSchema, Parameter, RawBody, Upload, object_schema

COLLECTIONS = tuple(schema.COLLECTIONS)
MAX_LISTED_ERRORS = 100
MAX_LINE_TEXT = 200

_COUNT = {"type": "integer", "minimum": 0}
_DAY = {"type": ["string", "null"], "format": "date"}
_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_MATCH = {
    "exercise_id": _ID,
    "matched_name": _TEXT,
    "source": {"type": "string", "enum": ["own", "catalogue"]},
    "score": {"type": "number", "minimum": 0, "maximum": 1},
}

IMPORT = Upload(
    {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The export: CSV, FIT, TCX, GPX, or an export of this server",
        },
        "format": {
            "type": "string",
            "enum": list(FORMAT_NAMES),
            "description": "The app it is from; recognized by its columns where it is left out",
        },
        "weight_unit": {
            "type": "string",
            "enum": ["kg", "lb"],
            "description": "Unit of weights where the file names none",
        },
        "dry_run": {
            "type": "string",
            "enum": ["true", "false"],
            "default": "false",
            "description": "Preview: count the changes without writing",
        },
        "mapping": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "JSON object: names of the file, each with the id of its exercise, or"
            " null for an exercise of its own; remembered for later imports",
        },
    },
    required=("file",),
)
ARCHIVE = RawBody(("application/zip", "application/xml"), "The export of Apple Health, zip or XML")
DATABASE = RawBody(
    ("application/zip", "application/vnd.sqlite3"),
    "The export of Health Connect, zip or SQLite database",
)
ARCHIVE_PARAMETERS = {
    "dry_run": Parameter(
        {"type": "string", "enum": ["true", "false"], "default": "false"},
        "Preview: count the changes without writing",
    )
}
IMPORTED = NamedSchema(
    "Imported",
    object_schema(
        {
            "format": {
                "type": "string",
                "enum": [*FORMAT_NAMES, apple_health.NAME, health_connect.NAME],
            },
            "dry_run": {"type": "boolean"},
            "made": object_schema(
                dict.fromkeys(COLLECTIONS, _COUNT),
                description="Records created, or to be created in a dry run",
            ),
            "corrected": _COUNT
            | {"description": "Records of earlier imports that the file now states differently"},
            "unchanged": _COUNT | {"description": "Records already stored with equal values"},
            "exercises": object_schema(
                {
                    "matched": {
                        "type": "array",
                        "items": object_schema(
                            {
                                "name": _TEXT | {"description": "Spelling of the file"},
                                "sets": _COUNT,
                                **_MATCH,
                                "chosen": {
                                    "type": "boolean",
                                    "description": "Of this `mapping` or an earlier one",
                                },
                            }
                        ),
                    },
                    "new": {
                        "type": "array",
                        "items": object_schema(
                            {
                                "name": _TEXT,
                                "sets": _COUNT,
                                "exercise_id": _ID,
                                "suggestions": {
                                    "type": "array",
                                    "items": NamedSchema(
                                        "SuggestedExercise", object_schema(_MATCH)
                                    ),
                                    "description": "Similar exercises, best first, for `mapping`",
                                },
                            }
                        ),
                        "description": "Names without a match: an exercise is created for each",
                    },
                }
            ),
            "unreadable": {
                "type": "array",
                "maxItems": MAX_LISTED_ERRORS,
                "items": object_schema(
                    {
                        "line": {"type": "integer", "minimum": 1},
                        "text": _TEXT | {"maxLength": MAX_LINE_TEXT},
                        "reason": _TEXT,
                    }
                ),
                "description": "The first rejected lines",
            },
            "unreadable_count": _COUNT | {"description": "Number of all rejected lines"},
            "first_date": _DAY,
            "last_date": _DAY,
        }
    ),
)
