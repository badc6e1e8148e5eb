"""JSON Schema of the sync routes' responses."""

from sync_server.sync.schemas.examples import (
    PULL_EXAMPLE,
    PUSH_RESPONSE_EXAMPLE,
    SYNC_RESPONSE_EXAMPLE,
)
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
from sync_server.web.openapi import ETAG, NamedSchema, Response, object_schema
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
    "not_restored",
    "offer_expired",
    "purged_record",
)
PUSH_ERRORS = (TooManyChanges, RecordTooLarge, InvalidCursor, InvalidClockUnit, ResyncFirst)
PULL_ERRORS = (InvalidCursor, CursorExpired, UpgradeRequired)

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
PUSHED = Response(PUSH_RESPONSE, example=PUSH_RESPONSE_EXAMPLE)
PULLED = Response(PAGE, headers=ETAG, example=PULL_EXAMPLE)
SYNCED = Response(
    NamedSchema(
        "SyncResponse",
        object_schema(
            {
                "push": PUSH_RESPONSE,
                "pull": {
                    "anyOf": [PAGE, {"type": "null"}],
                    "description": "Null if the budget leaves no time or no room for a page",
                },
            }
        ),
    ),
    example=SYNC_RESPONSE_EXAMPLE,
)
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
