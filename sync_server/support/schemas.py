"""JSON Schemas of the support routes' responses."""

from sync_server.web.openapi import NamedSchema, object_schema

ID = {"type": "string", "format": "uuid"}
MAYBE_ID = {"type": ["string", "null"], "format": "uuid"}
MOMENT = {"type": "string", "format": "date-time"}
LATEST = {"type": ["string", "null"], "format": "date-time"}
COUNT = {"type": "integer", "minimum": 0}
MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
_ACCOUNT = {
    "id": ID,
    "role": {"type": "string", "enum": ["user", "support", "admin"]},
    "created_at": MOMENT,
}
_DEVICE = {"device_id": ID, "acked_version": COUNT, "seen_at": MOMENT, "behind": COUNT}

ACCOUNT = NamedSchema("SupportAccount", object_schema(_ACCOUNT))
SYNC_HEALTH = NamedSchema(
    "SyncHealth",
    object_schema(
        _ACCOUNT
        | {
            "version": COUNT,
            "purged_version": COUNT,
            "restored_version": MAYBE_COUNT
            | {"description": "Version of the backup that the present history began with"},
            "restored_at": LATEST,
            "offers": object_schema(
                {"count": COUNT, "changed": COUNT, "last_at": LATEST},
                description="Records that devices offered since the restore, and how many of them "
                "the server did not have",
            ),
            "devices": {
                "type": "array",
                "description": "Who has acknowledged which version, and how many it is behind",
                "items": object_schema(_DEVICE),
            },
            "collections": {
                "type": "object",
                "description": "By collection",
                "additionalProperties": object_schema(
                    {"live": COUNT, "deleted": COUNT, "changed_at": LATEST}
                ),
            },
            "rejected": {
                "type": "object",
                "description": "Changes that were rejected lately, by code",
                "additionalProperties": object_schema({"count": COUNT, "last_at": LATEST}),
            },
            "pushes": object_schema({"answers": COUNT, "last_at": LATEST}),
            "sessions": object_schema({"live": COUNT, "last_used_at": LATEST}),
        }
    ),
)
_ACT = {
    "id": ID,
    "actor_id": MAYBE_ID,
    "action": {"type": "string"},
    "details": {"type": "object"},
    "request_id": MAYBE_ID,
    "created_at": MOMENT,
}
ACTS = NamedSchema("Acts", object_schema({"acts": {"type": "array", "items": object_schema(_ACT)}}))
