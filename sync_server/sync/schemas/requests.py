"""JSON Schema of the sync routes' requests."""

from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.sync.schemas.records import CHANGE, ID, NAMES
from sync_server.web.openapi import NamedSchema, Parameter

PULL_PARAMETERS = {
    "cursor": Parameter(
        {"type": "string", "maxLength": 200},
        "The cursor of the last page; absent or empty for a first sync",
    ),
    "limit": Parameter(
        {"type": "integer", "minimum": 1, "maximum": 5000, "default": 500},
        "Changes on a page, at most",
    ),
    "collections": Parameter(
        {"type": "array", "items": {"type": "string", "enum": NAMES}},
        "Only these collections; others than the cursor has come from the beginning",
    ),
    "day_views": Parameter(
        {
            "type": "string",
            "default": "touched",
            "pattern": r"^(touched|none|\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})$",
        },
        "`touched` for the days that the page concerns (62 at most, the newest), `none`, or "
        "`2026-11-01..2026-11-23` (366 days at most)",
    ),
    "device_id": Parameter(ID, "The device that acknowledges the cursor"),
    "schema_version": Parameter(
        {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
        "The schema version of the app; an old one gets 426",
    ),
}

PUSH = NamedSchema(
    "Push",
    {
        "type": "object",
        "properties": {
            "device_id": ID,
            "schema_version": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": 2**31 - 1,
                "description": "The schema version of the app; the current one when absent",
            },
            "sent_at": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MAX_CLOCK,
                "description": "The device's clock at sending, in microseconds",
            },
            "atomic": {
                "type": "boolean",
                "default": False,
                "description": "true: one rejection or conflict applies nothing",
            },
            "base_cursor": {
                "type": ["string", "null"],
                "description": "Guard: conflict if another device changed it after this cursor",
            },
            "changes": {"type": "array", "items": CHANGE, "maxItems": 1000},
        },
        "required": ["device_id", "changes"],
        "additionalProperties": False,
        "description": "A batch of changes. An invalid change is a rejected result, not an error.",
    },
)
PULL = NamedSchema(
    "Pull",
    {
        "type": "object",
        "properties": {
            name: {
                **parameter.schema,
                "description": parameter.description,
                "type": [parameter.schema["type"], "null"],
            }
            for name, parameter in PULL_PARAMETERS.items()
        },
        "additionalProperties": False,
        "description": "The parameters of a pull.",
    },
)
MAX_BUDGET_MS = 600_000
MIN_BUDGET_BYTES = 1_000
SYNC_BODY = NamedSchema(
    "Sync",
    {
        "type": "object",
        "properties": {
            "push": PUSH,
            "pull": PULL,
            "budget_ms": {
                "type": ["integer", "null"],
                "minimum": 1,
                "maximum": MAX_BUDGET_MS,
                "description": "Milliseconds for the request; a pull that needs more is null",
            },
            "budget_bytes": {
                "type": ["integer", "null"],
                "minimum": MIN_BUDGET_BYTES,
                "maximum": 2**31 - 1,
                "description": "Bytes of the response before compression; the page is cut to fit",
            },
        },
        "required": ["push"],
        "additionalProperties": False,
    },
)
