"""What the resources take and answer, as JSON Schema with examples, made from the declarations."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schema.collection import Collection
from schema.json_schema import patch_schema, put_schema, required_of, stored_schema
from sync_server.rest.list_query import DEFAULT_LIMIT, MOST_LIMIT, has_days, orders_of
from sync_server.rest.resource import Resource
from sync_server.sync.schemas.records import CLOCK, ID, VERSION
from sync_server.web.openapi import ETAG, NamedSchema, Parameter, Response, object_schema

_DAY = {"type": "string", "format": "date"}
_TOKEN = {"type": "string", "maxLength": 200}
LOCATION = {"Location": Parameter({"type": "string"}, "Where the record is")}
_NAMED: Mapping[str, Any] = {
    "id": ID,
    "version": VERSION,
    "clock": CLOCK,
    "device_id": ID | {"description": "Who wrote last"},
}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Bodies to make and to change a record, a record in a list and alone, a page of a list."""

    new: NamedSchema
    changes: NamedSchema
    listed: NamedSchema
    whole: NamedSchema
    page: NamedSchema


@cache
def shapes_of(resource: Resource) -> Shapes:
    """Make a resource's shapes, each once: they are named."""
    listed = NamedSchema(f"{resource.kind}Resource", _live(resource.collection))
    return Shapes(
        _new(resource),
        _changes(resource),
        listed,
        _whole(resource, listed),
        _page(resource, listed),
    )


def _with_id(schema: dict[str, Any], words: str) -> dict[str, Any]:
    id = ID | {"description": words}
    return schema | {"properties": {"id": id} | schema["properties"]}


def _new(resource: Resource) -> NamedSchema:
    """The body of a POST or PUT."""
    schema: dict[str, Any] = put_schema(resource.collection)
    return NamedSchema(
        f"New{resource.kind}", _with_id(schema, "Of a new record: one's own, or absent")
    )


def _changes(resource: Resource) -> NamedSchema:
    """The body of a PATCH."""
    schema: dict[str, Any] = patch_schema(resource.collection)
    return NamedSchema(f"{resource.kind}Changes", _with_id(schema, "If at all, that of the path"))


def _live(collection: Collection) -> dict[str, Any]:
    """A live record as it is listed."""
    schema: dict[str, Any] = stored_schema(collection)
    return schema | {
        "properties": _NAMED | schema["properties"],
        "required": [*_NAMED, *required_of(collection)],
    }


def _whole(resource: Resource, listed: NamedSchema) -> NamedSchema:
    """A live record as it is told alone."""
    if not resource.more_shape:
        return listed
    schema = _live(resource.collection)
    properties = schema["properties"] | resource.more_shape
    required = [*schema["required"], *resource.more_shape]
    return NamedSchema(
        f"Whole{resource.kind}", schema | {"properties": properties, "required": required}
    )


def _page(resource: Resource, listed: NamedSchema) -> NamedSchema:
    """A page."""
    next_token = {"type": ["string", "null"], "description": "null on the last page"}
    items = {"type": "array", "items": listed, "maxItems": MOST_LIMIT}
    return NamedSchema(
        f"{resource.kind}Page", object_schema({"items": items, "next_page_token": next_token})
    )


def written(shape: NamedSchema, *, created: bool) -> Response:
    """The answer to a write."""
    words = "It was made" if created else "It was changed"
    return Response(shape, words, headers=ETAG | LOCATION)


def list_parameters(collection: Collection) -> dict[str, Parameter]:
    """The query parameters of a list."""
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": DEFAULT_LIMIT}
    orders = {"type": "string", "enum": list(orders_of(collection))}
    usual = f"`{orders_of(collection)[0]}`"
    if collection.parent_field and "position" in collection.fields:
        usual = f"`position` with `{collection.parent_field}`, else {usual}"
    found = {
        "limit": Parameter(limit, "How many at most"),
        "page_token": Parameter(_TOKEN, "What the page before told"),
        "order": Parameter(orders, f"A minus turns it about; else {usual}"),
    }
    if has_days(collection):
        found["from"] = Parameter(_DAY, "The first day")
        found["to"] = Parameter(_DAY, "The last day, included")
    if collection.parent_field:
        found[collection.parent_field] = Parameter(ID, "Only those of this one")
    return found
