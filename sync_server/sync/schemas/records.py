"""JSON Schema of records and changes, derived from the declarations."""

from collections.abc import Callable, Mapping
from typing import Any

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import UUID_PATTERN
from schema.json_schema import (
    alternatives_of,
    patch_schema,
    put_schema,
    required_of,
    stored_schema,
)
from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.web.openapi import JsonSchema, NamedSchema

ID = {"type": "string", "format": "uuid", "pattern": f"^{UUID_PATTERN}$"}
VERSION = {"type": "integer", "minimum": 0, "description": "A version of the user's history"}
CLOCK = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_CLOCK,
    "description": "Microseconds since the Unix epoch, monotonic on each device",
}
CLOCKS = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "prefixItems": [CLOCK, ID],
        "items": False,
        "minItems": 2,
    },
    "description": "Clock and device of each register's last write, `deleted` among them; absent "
    "if all are the record's own",
}
NAMES = list(COLLECTIONS)


def _name(collection: Collection) -> str:
    return type(collection.schema).__name__


def _each(make: Callable[[Collection], NamedSchema]) -> dict[str, NamedSchema]:
    return {name: make(collection) for name, collection in COLLECTIONS.items()}


def _one_of(name: str, shapes: Mapping[str, NamedSchema], description: str) -> NamedSchema:
    return NamedSchema(
        name,
        {
            "oneOf": list(shapes.values()),
            "discriminator": {"propertyName": "collection", "mapping": shapes},
            "description": description,
        },
    )


PUT_DATA = _each(lambda it: NamedSchema(_name(it), put_schema(it)))
PATCH_DATA = _each(lambda it: NamedSchema(f"{_name(it)}Fields", patch_schema(it)))
STORED_DATA = _each(lambda it: NamedSchema(f"Stored{_name(it)}", stored_schema(it)))


def _record(collection: Collection) -> NamedSchema:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {
            "collection": {"type": "string", "const": collection.name},
            "id": ID,
            "version": VERSION,
            "clock": CLOCK,
            "device_id": ID | {"description": "Device of the last write"},
            "deleted": {"type": "boolean", "description": "A tombstone keeps the last data"},
            "data": STORED_DATA[collection.name],
            "clocks": CLOCKS,
        },
        "required": ["collection", "id", "version", "clock", "device_id", "deleted", "data"],
        "additionalProperties": False,
    }
    if required := required_of(collection):
        live: dict[str, object] = {"required": required, **alternatives_of(collection)}
        schema["if"] = {"properties": {"deleted": {"const": False}}}
        schema["then"] = {"properties": {"data": live}}
    return NamedSchema(f"{_name(collection)}Record", schema)


RECORDS = _each(_record)
RECORD = _one_of("Record", RECORDS, "A stored record.")


def _change(
    op: str, collection: JsonSchema, data: JsonSchema | NamedSchema, *, needs_data: bool = True
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "collection": collection,
            "id": ID,
            "op": {"type": "string", "const": op},
            "clock": CLOCK,
            "data": data,
            "base_clock": {
                "type": ["integer", "null"],
                "description": "Guard: clock of the record that was edited",
            },
            "base_version": {
                "type": ["integer", "null"],
                "description": "Guard: version of the record that was edited; 0 for a new one",
            },
        },
        "required": ["collection", "id", "op", "clock", *(["data"] if needs_data else [])],
        "additionalProperties": False,
    }


def _written(op: str, data: Mapping[str, NamedSchema]) -> dict[str, NamedSchema]:
    return _each(
        lambda it: NamedSchema(
            f"{_name(it)}{op.capitalize()}",
            _change(op, {"type": "string", "const": it.name}, data[it.name]),
        )
    )


PUT = _one_of("Put", _written("put", PUT_DATA), "Writes every field; absent fields are reset.")
PATCH = _one_of("Patch", _written("patch", PATCH_DATA), "Writes the fields in `data`.")
DELETE = NamedSchema(
    "Delete",
    _change(
        "delete",
        {"type": "string", "enum": NAMES},
        {"description": "Ignored"},
        needs_data=False,
    )
    | {"description": "Leaves a tombstone."},
)


def _offer(collection: Collection) -> NamedSchema:
    return NamedSchema(
        f"{_name(collection)}Offer",
        {
            "type": "object",
            "properties": {
                "collection": {"type": "string", "const": collection.name},
                "id": ID,
                "op": {"type": "string", "const": "offer"},
                "version": VERSION | {"description": "The last one that the device was given"},
                "clock": CLOCK,
                "device_id": ID | {"description": "Device of the last write; absent: this one"},
                "deleted": {"type": "boolean", "default": False},
                "data": STORED_DATA[collection.name],
                "clocks": CLOCKS,
            },
            "required": ["collection", "id", "op", "version", "clock", "data"],
            "additionalProperties": False,
        },
    )


OFFER = _one_of(
    "Offer",
    _each(_offer),
    "A record as the device was given it, for a server that was restored from an older backup. It "
    "is merged by its own stamps.",
)
CHANGE = NamedSchema(
    "Change",
    {
        "oneOf": [PUT, PATCH, DELETE, OFFER],
        "discriminator": {
            "propertyName": "op",
            "mapping": {"put": PUT, "patch": PATCH, "delete": DELETE, "offer": OFFER},
        },
    },
)
