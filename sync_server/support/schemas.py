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
_TEXT = {"type": ["string", "null"]}
ACTS = NamedSchema(
    "Acts",
    object_schema(
        {
            "acts": {"type": "array", "items": object_schema(_ACT)},
            "next_page_token": _TEXT,
        }
    ),
)
REJECTED = NamedSchema(
    "SupportRejected",
    object_schema(
        {
            "items": {
                "type": "array",
                "items": object_schema(
                    {
                        "collection": _TEXT,
                        "id": MAYBE_ID,
                        "device_id": MAYBE_ID,
                        "code": {"type": "string"},
                        "fields": {"type": "array", "items": {"type": "string"}},
                        "at": MOMENT,
                    }
                ),
            },
            "next_page_token": _TEXT,
        },
        description="Codes and names of declared fields, without contents",
    ),
)
_SESSION = {
    "id": ID,
    "device_name": _TEXT,
    "created_at": MOMENT,
    "last_used_at": MOMENT,
    "expires_at": MOMENT,
    "second_factor": {"type": "boolean"},
}
SUPPORT_SESSIONS = NamedSchema(
    "SupportSessions",
    object_schema({"sessions": {"type": "array", "items": object_schema(_SESSION)}}),
)
_VERSION = {
    "app_version": _TEXT | {"description": "null if not reported"},
    "schema_version": MAYBE_COUNT,
}
_DAY = {"type": "string", "format": "date"}
FLEET = NamedSchema(
    "Fleet",
    object_schema(
        {
            "counted_at": LATEST | {"description": "null before the first count"},
            "versions": {
                "type": "array",
                "items": object_schema(
                    _VERSION
                    | {
                        "devices": COUNT,
                        "seen_in_day": COUNT,
                        "seen_in_week": COUNT,
                        "seen_in_month": COUNT,
                        "waiting": COUNT | {"description": "Devices with unsent changes"},
                    }
                ),
            },
            "days": {
                "type": "array",
                "items": object_schema(
                    {
                        "day": _DAY,
                        "devices": COUNT,
                        "seen_in_day": COUNT,
                        "stopped": COUNT | {"description": "Not seen for a week"},
                        "waiting": COUNT,
                    }
                ),
            },
        }
    ),
)
STOPPED_DEVICES = NamedSchema(
    "StoppedDevices",
    object_schema(
        {
            "devices": {
                "type": "array",
                "items": object_schema(
                    {"user_id": ID, "device_id": ID, "seen_at": MOMENT}
                    | _VERSION
                    | {
                        "waiting": MAYBE_COUNT,
                        "oldest_waiting_at": LATEST,
                        "last_error": _TEXT,
                        "last_failure": _TEXT,
                    }
                ),
            }
        }
    ),
)
FLEET_REJECTIONS = NamedSchema(
    "FleetRejections",
    object_schema(
        {
            "items": {
                "type": "array",
                "items": object_schema(
                    {
                        "code": {"type": "string"},
                        "app_version": _TEXT,
                        "kind": {"type": "string", "enum": ["change", "request"]},
                        "count": COUNT,
                        "days": {
                            "type": "object",
                            "description": "Counts by day",
                            "additionalProperties": COUNT,
                        },
                    }
                ),
            }
        }
    ),
)
