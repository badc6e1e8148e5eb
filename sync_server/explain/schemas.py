"""JSON Schemas of explanations."""

from sync_server.explain.cause import LIKELIHOODS
from sync_server.explain.causes import CODES
from sync_server.sync.devices.document import DEVICE
from sync_server.web.openapi import NamedSchema, object_schema

_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": ["string", "null"]}
EXPLAINED_RECORD = NamedSchema(
    "ExplainedRecord",
    object_schema(
        {
            "collection": {"type": "string"},
            "id": {"type": "string", "format": "uuid"},
            "version": {"type": "integer", "minimum": 0},
            "deleted": {"type": "boolean"},
            "device_id": {"type": "string", "format": "uuid"},
            "device": _TEXT | {"description": "Name of the device that wrote it last"},
            "changed_at": _MOMENT,
        },
        description="The stored record without its fields",
    ),
)
CAUSE = NamedSchema(
    "Cause",
    object_schema(
        {
            "cause": {"type": "string", "enum": list(CODES)},
            "likelihood": {"type": "string", "enum": list(LIKELIHOODS)},
            "summary": {"type": "string", "description": "One sentence for people"},
            "evidence": {
                "type": "object",
                "description": "Ids, codes, names of fields, counts and times; never contents",
            },
            "advice": {"type": "string", "description": "Steps for the user"},
        }
    ),
)
EXPLANATION = NamedSchema(
    "Explanation",
    object_schema(
        {
            "device": {"anyOf": [DEVICE, {"type": "null"}]},
            "record": {"anyOf": [EXPLAINED_RECORD, {"type": "null"}]},
            "causes": {"type": "array", "minItems": 1, "items": CAUSE},
        },
        description="Causes, the most likely first",
    ),
)
