"""JSON Schema of the resources' requests and responses, derived from the declarations."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schema.collection import Collection
from schema.json_schema import (
    alternatives_of,
    patch_schema,
    put_schema,
    required_of,
    stored_schema,
)
from sync_server.rest.list_query import DEFAULT_LIMIT, MAX_LIMIT, has_days, orders_of
from sync_server.rest.resource import Resource
from sync_server.sync.schemas.records import CLOCK, ID, VERSION
from sync_server.web.openapi import ETAG, NamedSchema, Parameter, Response, object_schema

_DAY = {"type": "string", "format": "date"}
_TOKEN = {"type": "string", "maxLength": 200}
LOCATION = {"Location": Parameter({"type": "string"}, "Path of the record")}
_RECORD_FIELDS: Mapping[str, Any] = {
    "id": ID,
    "version": VERSION,
    "clock": CLOCK,
    "device_id": ID | {"description": "Device of the last write"},
}


@dataclass(frozen=True, slots=True)
class ResourceSchemas:
    """Bodies to create and to change a record, a record in a list and alone, a page of a list."""

    new: NamedSchema
    changes: NamedSchema
    listed: NamedSchema
    single: NamedSchema
    page: NamedSchema


@cache
def schemas_of(resource: Resource) -> ResourceSchemas:
    """A resource's schemas; cached, since each has a name."""
    listed = NamedSchema(f"{resource.kind}Resource", _live(resource.collection))
    return ResourceSchemas(
        _new(resource),
        _changes(resource),
        listed,
        _single(resource, listed),
        _page(resource, listed),
    )


def _with_id(schema: dict[str, Any], description: str) -> dict[str, Any]:
    id = ID | {"description": description}
    return schema | {"properties": {"id": id} | schema["properties"]}


def _new(resource: Resource) -> NamedSchema:
    """The body of a POST or PUT."""
    schema: dict[str, Any] = put_schema(resource.collection)
    return NamedSchema(
        f"New{resource.kind}", _with_id(schema, "Id of a new record; generated when absent")
    )


def _changes(resource: Resource) -> NamedSchema:
    """The body of a PATCH."""
    schema: dict[str, Any] = patch_schema(resource.collection)
    return NamedSchema(
        f"{resource.kind}Changes", _with_id(schema, "Optional; must equal the id of the path")
    )


def _live(collection: Collection) -> dict[str, Any]:
    """A live record in a list."""
    schema: dict[str, Any] = stored_schema(collection) | alternatives_of(collection)
    return schema | {
        "properties": _RECORD_FIELDS | schema["properties"],
        "required": [*_RECORD_FIELDS, *required_of(collection)],
    }


def _single(resource: Resource, listed: NamedSchema) -> NamedSchema:
    """A live record alone, with its extra fields."""
    return _extended(f"Single{resource.kind}", resource, resource.extra_schema) or listed


def _extended(name: str, resource: Resource, more: Mapping[str, Any]) -> NamedSchema | None:
    """A live record with extra fields; None without any."""
    if not more:
        return None
    schema = _live(resource.collection)
    always = [name for name in more if name not in resource.optional_extras]
    properties, required = schema["properties"] | more, [*schema["required"], *always]
    return NamedSchema(name, schema | {"properties": properties, "required": required})


def _page(resource: Resource, listed: NamedSchema) -> NamedSchema:
    """A page of a list."""
    next_token = {"type": ["string", "null"], "description": "null on the last page"}
    item = _extended(f"Listed{resource.kind}", resource, resource.listed_schema) or listed
    items = {"type": "array", "items": item, "maxItems": MAX_LIMIT}
    return NamedSchema(
        f"{resource.kind}Page", object_schema({"items": items, "next_page_token": next_token})
    )


def written(schema: NamedSchema, *, created: bool) -> Response:
    """The response of a write."""
    description = "Created" if created else "Changed"
    return Response(schema, description, headers=ETAG | LOCATION)


def list_parameters(collection: Collection) -> dict[str, Parameter]:
    """The query parameters of a list."""
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    orders = {"type": "string", "enum": list(orders_of(collection))}
    default = f"`{orders_of(collection)[0]}`"
    if collection.parent_field and "position" in collection.fields:
        default = f"`position` with `{collection.parent_field}`, otherwise {default}"
    parameters = {
        "limit": Parameter(limit, "Maximum number of records"),
        "page_token": Parameter(_TOKEN, "`next_page_token` of the page before"),
        "order": Parameter(orders, f"Descending with a minus; default {default}"),
    }
    if has_days(collection):
        parameters["from"] = Parameter(_DAY, "The first day")
        parameters["to"] = Parameter(_DAY, "The last day, inclusive")
    if collection.parent_field:
        parameters[collection.parent_field] = Parameter(ID, "Only records of this parent")
    return parameters
