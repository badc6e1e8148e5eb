"""Sample records of every collection, derived from its declaration."""

import itertools
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from schema import COLLECTIONS
from schema.collection import Collection, FieldSpec
from schema.examples import put_example

Json = dict[str, Any]
_TEXTS = {
    None: ("first text", "second text"),
    "date": ("2026-11-23", "2026-11-24"),
    "date-time": ("2026-11-23T18:00:00+08:00", "2026-11-23T19:00:00+08:00"),
}


def new_id() -> str:
    """An id that no record has."""
    return str(uuid.uuid4())


def minimal(collection: str) -> Json:
    """The required fields, or one field if none is required; ids are new ones."""
    declaration = COLLECTIONS[collection]
    example = put_example(declaration)
    return {
        name: new_id() if declaration.fields[name].json_schema.get("format") == "uuid" else value
        for name, value in example.items()
    }


def whole(collection: str) -> Json:
    """The required fields, and the field that `OPTIONAL` names."""
    name, value, _ = OPTIONAL[collection]
    return minimal(collection) | {name: value}


def path(collection: str, id: str = "") -> str:
    """Path of a collection, or of a record, below `/api/v1`."""
    slug = collection.replace("_", "-")
    return f"/{slug}/{id}" if id else f"/{slug}"


def _optional(collection: Collection) -> tuple[str, Any, Any]:
    """A field that is a register of its own, and two values for it."""
    key = collection.natural_key
    identifying = {*(key.parts if key else ()), key.when if key else None}
    identifying |= {collection.day_field, collection.parent_field}
    # Optional fields come first: a record without them is whole as well.
    registers = sorted(collection.registers, key=lambda name: collection.fields[name].required)
    for register in registers:
        spec = collection.fields[register]
        if len(collection.registers[register]) > 1 or register in identifying:
            continue
        values = sorted(_values(spec), key=lambda value: value == spec.default)
        if len(values) >= 2:
            return register, values[0], values[1]
    raise AssertionError(f"{collection.name} has no register of a single field")


def _values(spec: FieldSpec) -> Iterator[Any]:
    """A few valid values of a field; none for lists and objects."""
    limits: Mapping[str, Any] = spec.json_schema
    if "enum" in limits:
        yield from limits["enum"]
    elif limits["type"] == "boolean":
        yield from (True, False)
    elif limits["type"] in ("number", "integer"):
        first, step = max(limits["minimum"], 1), limits.get("multipleOf", 1)
        kind = float if limits["type"] == "number" else int
        numbers = (kind(first + step * number) for number in itertools.count())
        yield from itertools.islice((it for it in numbers if it <= limits["maximum"]), 3)
    elif limits["type"] == "string" and limits.get("format") in _TEXTS and "pattern" not in limits:
        yield from _TEXTS[limits.get("format")]


OPTIONAL = {name: _optional(collection) for name, collection in COLLECTIONS.items()}
"""Of each collection: a field that is a register, its value in `whole`, and another value."""

NATURAL = [name for name, it in COLLECTIONS.items() if it.natural_key and not it.natural_key.when]
"""Collections in which a natural key always identifies a record."""

DATED = [name for name, it in COLLECTIONS.items() if it.day_field]
"""Collections whose records belong to a day."""
