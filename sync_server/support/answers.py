"""What the support routes answer, as JSON Schema."""

from sync_server.web.documented import Shape

ID = {"type": "string", "format": "uuid"}
MOMENT = {"type": "string", "format": "date-time"}
LATEST = {"type": ["string", "null"], "format": "date-time"}
COUNT = {"type": "integer", "minimum": 0}
ROLE = {"type": "string", "enum": ["user", "support", "admin"]}


def _object(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ACCOUNT = Shape("SupportAccount", _object(id=ID, role=ROLE, created_at=MOMENT))
SYNC_HEALTH = Shape(
    "SyncHealth",
    _object(
        id=ID,
        role=ROLE,
        created_at=MOMENT,
        version=COUNT,
        purged_version=COUNT,
        devices={
            "type": "array",
            "description": "Who has acknowledged which version, and how many it is behind",
            "items": _object(device_id=ID, acked_version=COUNT, seen_at=MOMENT, behind=COUNT),
        },
        collections={
            "type": "object",
            "description": "By collection",
            "additionalProperties": _object(live=COUNT, deleted=COUNT, changed_at=LATEST),
        },
        rejected={
            "type": "object",
            "description": "Changes that were rejected lately, by code",
            "additionalProperties": _object(count=COUNT, last_at=LATEST),
        },
        pushes=_object(answers=COUNT, last_at=LATEST),
        sessions=_object(live=COUNT, last_used_at=LATEST),
    ),
)
ACTS = Shape(
    "Acts",
    _object(
        acts={
            "type": "array",
            "items": _object(
                id=ID,
                actor_id={"type": ["string", "null"], "format": "uuid"},
                action={"type": "string"},
                details={"type": "object"},
                request_id={"type": ["string", "null"], "format": "uuid"},
                created_at=MOMENT,
            ),
        }
    ),
)
