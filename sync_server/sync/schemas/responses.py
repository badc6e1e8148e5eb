"""JSON Schema of the sync routes' responses."""

from sync_server.sync.schemas.records import CLOCK, ID, NAMES, RECORD, VERSION
from sync_server.web.errors import (
    CursorExpired,
    InvalidClockUnit,
    InvalidCursor,
    RecordTooLarge,
    ResyncFirst,
    TooManyChanges,
    UpgradeRequired,
)
from sync_server.web.openapi import ETAG, NamedSchema, Parameter, Response, object_schema
from sync_server.web.schemas import COUNT

# A component of the domain `days`, by name: sync does not import domains.
DAY_VIEW = {"$ref": "#/components/schemas/DayView"}
REJECTION_CODES = (
    "invalid_change",
    "unknown_collection",
    "unknown_op",
    "invalid_id",
    "invalid_clock",
    "invalid_record",
    "incomplete_group",
    "unknown_record",
    "natural_key_change",
    "batch_aborted",
)
PUSH_ERRORS = (TooManyChanges, RecordTooLarge, InvalidCursor, InvalidClockUnit, ResyncFirst)
PULL_ERRORS = (InvalidCursor, CursorExpired, UpgradeRequired)
POSITIVE = {"type": "integer", "minimum": 1}


_RECORD_ID = {"collection": {"type": "string", "enum": NAMES}, "id": ID}
_CANONICAL = {"canonical_id": ID | {"description": "The id where it is stored, if not `id`"}}

APPLIED_RESULT = NamedSchema(
    "AppliedResult",
    object_schema(
        _RECORD_ID
        | {"status": {"type": "string", "enum": ["applied", "unchanged"]}, "version": VERSION}
        | _CANONICAL
        | {"record": RECORD},
        "canonical_id",
        "record",
        description="Every write of the change won, or was there already. `record` comes when the "
        "stored record has writes of others that the device may not know.",
    ),
)
SUPERSEDED_RESULT = NamedSchema(
    "SupersededResult",
    object_schema(
        _RECORD_ID
        | {"status": {"type": "string", "enum": ["merged", "stale"]}, "version": VERSION}
        | _CANONICAL
        | {"record": RECORD},
        "canonical_id",
        description="Some or all writes of the change lost; `record` is the stored record.",
    ),
)
CONFLICT_RESULT = NamedSchema(
    "ConflictResult",
    object_schema(
        _RECORD_ID
        | {"status": {"type": "string", "const": "conflict"}, "version": VERSION}
        | _CANONICAL
        | {"record": {"anyOf": [RECORD, {"type": "null"}]}},
        "version",
        "canonical_id",
        description="A guard did not hold; `record` is the stored record, null if there is none.",
    ),
)
REJECTED_RESULT = NamedSchema(
    "RejectedResult",
    object_schema(
        {
            "collection": {"description": "As it was sent"},
            "id": {"description": "As it was sent"},
            "status": {"type": "string", "const": "rejected"},
            "error": object_schema(
                {
                    "code": {"type": "string", "enum": list(REJECTION_CODES)},
                    "detail": {"type": "string"},
                    "errors": {"type": "object", "description": "Messages by field"},
                },
                "errors",
            ),
        },
        description="The change cannot be applied as it stands.",
    ),
)
PUSH_RESPONSE = NamedSchema(
    "PushResponse",
    object_schema(
        {
            "version": VERSION,
            "server_clock": CLOCK,
            "clock_shift_us": {
                "type": "integer",
                "description": "Microseconds added to every clock of the push",
            },
            "results": {
                "type": "array",
                "items": {
                    "oneOf": [APPLIED_RESULT, SUPERSEDED_RESULT, CONFLICT_RESULT, REJECTED_RESULT]
                },
                "description": "One per change, in the order sent",
            },
        }
    ),
)
PAGE = NamedSchema(
    "PullPage",
    object_schema(
        {
            "changes": {"type": "array", "items": RECORD, "description": "By version"},
            "cursor": {"type": "string", "maxLength": 200, "pattern": "^[A-Za-z0-9_-]+$"},
            "has_more": {"type": "boolean"},
            "day_views": {"type": "array", "items": DAY_VIEW},
            "server_clock": CLOCK,
        }
    ),
)
SYNC_RESPONSE = NamedSchema("SyncResponse", object_schema({"push": PUSH_RESPONSE, "pull": PAGE}))
PULLED = Response(PAGE, headers=ETAG)
CHECK = NamedSchema(
    "Digests",
    object_schema(
        {
            "version": VERSION,
            "collections": {
                "type": "object",
                "propertyNames": {"enum": NAMES},
                "additionalProperties": object_schema(
                    {"count": COUNT, "digest": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}
                ),
            },
        }
    ),
)
TICKET = NamedSchema(
    "StreamTicket",
    object_schema(
        {
            "ticket": {"type": "string", "description": "Opens one stream, as `?ticket=`"},
            "expires_in": POSITIVE | {"description": "Seconds"},
        }
    ),
)
TICKET_PARAMETER = {
    "ticket": Parameter({"type": "string"}, "Ticket of POST /sync/stream-ticket, valid once"),
}
EVENTS = Response(
    object_schema(
        {
            "event": {"type": "string", "enum": ["head", "replaced"]},
            "data": {
                "type": "string",
                "pattern": r'^\{("version": \d+)?\}$',
                "contentMediaType": "application/json",
            },
        },
        description="An event of the stream.",
    ),
    "Events for as long as the access token lives",
    media="text/event-stream",
)
SOCKET = Response(
    description='Text messages `{"event": "head", "version": 4212}`, and as the last one of a '
    'replaced stream `{"event": "replaced"}`; the close code names the reason of the end',
)
_FIELD_NAME = {"type": ["string", "null"]}
_FIELD_NAMES = {"type": "array", "items": {"type": "string"}}
COLLECTION_CONTRACT = NamedSchema(
    "CollectionContract",
    object_schema(
        {
            "fields": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "type": {"type": "string"},
                        "required": {"type": "boolean"},
                        "default": {},
                        "since": POSITIVE,
                        "description": {"type": "string"},
                    },
                    "required": ["type", "required", "default", "since"],
                    "description": "JSON Schema of the field; optional fields also take null",
                },
            },
            "groups": {
                "type": "array",
                "items": {"type": "array", "items": {"type": "string"}},
                "description": "Fields of one register, which are merged together",
            },
            "alternatives": {
                "type": "array",
                "items": {"type": "array", "items": {"type": "string"}},
                "description": "Sets of fields of which a record has at least one whole",
            },
            "natural_key": {
                "type": ["object", "null"],
                "properties": {
                    "parts": {"type": "array", "items": {"type": "string"}},
                    "when": _FIELD_NAME,
                },
                "required": ["parts", "when"],
            },
            "snapshot": {
                "type": ["object", "null"],
                "properties": {
                    "source": {"type": "string", "description": "Field with a record's id"},
                    "amount": {"type": "string", "description": "Field with an amount of it"},
                    "copied": _FIELD_NAMES | {"description": "Fields copied from that record"},
                    "scaled": _FIELD_NAMES | {"description": "Those in proportion to the amount"},
                },
                "required": ["source", "amount", "copied", "scaled"],
            },
            "day": _FIELD_NAME,
            "parent": _FIELD_NAME,
        },
        description="A collection as clients generate their types and validators from it",
    ),
)
QUOTAS = ("records", "bytes", "rejected_changes", "sessions", "devices", "image_bytes")
SYNC_CONFIG = NamedSchema(
    "SyncConfig",
    object_schema(
        {
            "limits": object_schema(
                dict.fromkeys(
                    ("push_changes", "push_bytes", "record_bytes", "json_depth", "pull_limit"),
                    POSITIVE,
                )
            ),
            "quotas": object_schema(dict.fromkeys(QUOTAS, POSITIVE)),
            "retention": object_schema(
                dict.fromkeys(("tombstones_days", "idempotency_hours", "rejected_days"), POSITIVE)
            ),
            "schema_version": object_schema({"current": POSITIVE, "oldest": POSITIVE}),
            "collections": {
                "type": "object",
                "propertyNames": {"enum": NAMES},
                "additionalProperties": COLLECTION_CONTRACT,
            },
        }
    ),
)
