"""JSON Schema of the history and of the trash."""

from functools import cache
from typing import Any

from marshmallow import Schema, fields, validate

from sync_server.rest.list_query import DEFAULT_LIMIT, MAX_LIMIT
from sync_server.rest.resource import Resource
from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.sync.schemas.records import CLOCK, ID, NAMES, STORED_DATA
from sync_server.web.openapi import NamedSchema, Parameter, object_schema

_ENTRY: dict[str, Any] = {
    "version": {
        "type": "integer",
        "minimum": 1,
        "description": "Names the entry: the version that the record had. Values that lost never "
        "were a version of the record; theirs is their clock",
    },
    "replaced_at": {"type": "string", "format": "date-time"},
    "device": {
        "type": ["string", "null"],
        "description": "Name of the device that replaced the values, or whose values lost",
    },
    "why": {"type": "string", "enum": ["overwritten", "deleted", "lost"]},
    "clock": CLOCK,
    "device_id": ID | {"description": "Device of the values' last write"},
}
_NEXT = {"type": ["string", "null"], "description": "null on the last page"}
PAGE_PARAMETERS = {
    "limit": Parameter(
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "Maximum number of entries",
    ),
    "page_token": Parameter(
        {"type": "string", "maxLength": 200}, "`next_page_token` of the page before"
    ),
}
TRASH_PARAMETERS = {
    "collection": Parameter({"type": "string", "enum": NAMES}, "Only of this collection"),
    **PAGE_PARAMETERS,
}


def _page(name: str, entry: dict[str, Any]) -> NamedSchema:
    items = {"type": "array", "items": object_schema(entry), "maxItems": MAX_LIMIT}
    return NamedSchema(name, object_schema({"items": items, "next_page_token": _NEXT}))


TRASH = _page(
    "TrashPage",
    {
        "collection": {"type": "string", "enum": NAMES},
        "id": ID,
        **_ENTRY,
        "data": {"type": "object", "description": "The record's fields"},
    },
)


@cache
def history_page(resource: Resource) -> NamedSchema:
    """A page of a record's history; of values that lost, `data` has only these."""
    data = STORED_DATA[resource.collection.name]
    return _page(f"{resource.kind}HistoryPage", {**_ENTRY, "data": data})


class Restoration(Schema):
    """Body that names the entry to restore."""

    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MAX_CLOCK),
        metadata={"description": "`version` of an entry of the record's history"},
    )
