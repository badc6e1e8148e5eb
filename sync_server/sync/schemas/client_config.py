"""JSON Schemas of `GET /sync/config`: limits, quotas and the contract of every collection."""

from sync_server.sync.schemas.records import NAMES
from sync_server.web.openapi import NamedSchema, object_schema
from sync_server.web.schemas import POSITIVE

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
            "push": object_schema(
                {
                    "kinds": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Kinds of push keys that the server accepts",
                    },
                    "vapid_public_key": {
                        "type": ["string", "null"],
                        "description": "`applicationServerKey` of subscriptions, base64url",
                    },
                }
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
