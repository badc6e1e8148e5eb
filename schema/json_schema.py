"""The declarations as JSON Schema 2020-12: what a put takes, what a patch takes, what is stored."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from schema.collection import Collection
from schema.ids import Json
from schema.nested import Items, Object, Table
from schema.texts import Text

# The server refuses NUL in any text; the kinds that have a form of their own exclude it by that.
_NO_NUL = {"pattern": r"^[^\u0000]*$"}


def put_schema(collection: Collection) -> dict[str, Json]:
    """The `data` of a put: all required fields, and no unknown ones; null is the same as absent."""
    return _object(collection.schema.fields, nulls=True) | {
        "description": (collection.schema.__doc__ or "").strip(),
    }


def patch_schema(collection: Collection) -> dict[str, Json]:
    """The `data` of a patch: any of the fields. A null resets an optional one."""
    schema = _object(collection.schema.fields, nulls=True, defaults=False)
    del schema["required"]
    groups = [group for group in collection.registers.values() if len(group) > 1]
    bound = "; ".join(", ".join(f"`{name}`" for name in group) for group in groups)
    words = f" These are written together: {bound}." if bound else ""
    return schema | {"description": f"Any of the fields.{words}"}


def stored_schema(collection: Collection) -> dict[str, Json]:
    """The `data` of an answer: nothing is null, and a newer app may have added what we don't know.

    What is required is only so while the record lives: see `required_of`.
    """
    schema = _object(collection.schema.fields, nulls=False)
    del schema["required"]
    return schema | {
        "additionalProperties": True,
        "description": (collection.schema.__doc__ or "").strip(),
    }


def required_of(collection: Collection) -> list[str]:
    """The fields that a live record has in any case: those required, and those with a default."""
    return [
        name
        for name, field in collection.fields.items()
        if field.required or field.default is not None
    ]


def body_schema(declaration: type[Schema]) -> dict[str, Json]:
    """What a request takes whose fields are declared in the same kinds as records."""
    words = (declaration.__doc__ or "").strip()
    return _object(declaration().fields, nulls=False) | {"description": words}


def _object(parts: Mapping[str, Any], *, nulls: bool, defaults: bool = True) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": {name: _member(part, nulls, defaults) for name, part in parts.items()},
        "required": [name for name, part in parts.items() if part.required],
        "additionalProperties": False,
    }


def _member(part: Any, nulls: bool, defaults: bool) -> dict[str, Json]:
    schema = _value(part, nulls)
    if nulls and not part.required:
        schema["type"] = [schema["type"], "null"]
        if isinstance(words := schema.get("enum"), list):
            schema["enum"] = [*words, None]
    default, description = part.metadata.get("default"), part.metadata.get("description")
    if description:
        schema["description"] = description
    if defaults and default is not None:
        schema["default"] = default
    return schema


def _value(kind: Any, nulls: bool) -> dict[str, Json]:
    limits: dict[str, Json] = kind.limits()
    match kind:
        case Items():
            return limits | {"items": _value(kind.inner, nulls)}
        case Object():
            return _object(kind.parts, nulls=nulls)
        case Table():
            return limits | {"properties": {key: _value(kind.inner, nulls) for key in kind.keys}}
        case Text() if "pattern" not in limits:
            return limits | _NO_NUL
        case _:
            return limits
