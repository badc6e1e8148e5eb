"""JSON Schema 2020-12 of the declarations: data of a put, of a patch, of a stored record."""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from marshmallow import Schema

from schema.collection import Collection
from schema.ids import Json
from schema.nested import Items, Map, Object
from schema.texts import Text

# The server rejects NUL in any text; types with a pattern of their own exclude it already.
_NO_NUL = {"pattern": r"^[^\u0000]*$"}


def put_schema(collection: Collection) -> dict[str, Json]:
    """Schema of a put's `data`: all required fields, no unknown ones; null equals absent."""
    return (
        _object(collection.schema.fields, nulls=True)
        | alternatives_of(collection)
        | {"description": cleandoc(collection.schema.__doc__ or "")}
        | _extensions(collection)
    )


def patch_schema(collection: Collection) -> dict[str, Json]:
    """Schema of a patch's `data`: any of the fields; null resets an optional one."""
    schema = _object(collection.schema.fields, nulls=True, defaults=False)
    del schema["required"]
    groups = [group for group in collection.registers.values() if len(group) > 1]
    bound = "; ".join(", ".join(f"`{name}`" for name in group) for group in groups)
    note = f" These are written together: {bound}." if bound else ""
    return schema | {"description": f"Any of the fields.{note}"} | _extensions(collection)


def stored_schema(collection: Collection) -> dict[str, Json]:
    """Schema of a stored record's `data`: no nulls, and unknown fields of newer apps allowed.

    Only live records have all required fields: see `required_of` and `alternatives_of`.
    """
    schema = _object(collection.schema.fields, nulls=False)
    del schema["required"]
    return (
        schema
        | {
            "additionalProperties": True,
            "description": cleandoc(collection.schema.__doc__ or ""),
        }
        | _extensions(collection)
    )


def required_of(collection: Collection) -> list[str]:
    """Fields that every live record has: required ones, and those with a default."""
    return [
        name
        for name, field in collection.fields.items()
        if field.required or field.default is not None
    ]


def alternatives_of(collection: Collection) -> dict[str, Json]:
    """`anyOf` with the fields of each alternative, none of them null; else empty."""
    options: list[Json] = [
        {
            "required": list(names),
            "properties": {
                name: {"type": collection.fields[name].json_schema["type"]} for name in names
            },
        }
        for names in collection.alternatives
    ]
    return {"anyOf": options} if options else {}


def body_schema(declaration: type[Schema]) -> dict[str, Json]:
    """Schema of a request body, declared with the same field types as records."""
    description = (declaration.__doc__ or "").strip()
    return _object(declaration().fields, nulls=False) | {"description": description}


def _extensions(collection: Collection) -> dict[str, Json]:
    """`x-register-group` and `x-natural-key`: groups and identity, for generators of clients."""
    groups: list[Json] = [list(group) for group in collection.registers.values() if len(group) > 1]
    key = collection.natural_key
    parts: list[Json] = list(key.parts) if key else []
    extensions: dict[str, Json] = {"x-register-group": groups} if groups else {}
    return extensions | ({"x-natural-key": {"parts": parts, "when": key.when}} if key else {})


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
        if isinstance(choices := schema.get("enum"), list):
            schema["enum"] = [*choices, None]
    default, description = part.metadata.get("default"), part.metadata.get("description")
    if description:
        schema["description"] = description
    if defaults and default is not None:
        schema["default"] = default
    return schema


def _value(kind: Any, nulls: bool) -> dict[str, Json]:
    schema: dict[str, Json] = kind.json_schema()
    match kind:
        case Items():
            return schema | {"items": _value(kind.inner, nulls)}
        case Object():
            return _object(kind.parts, nulls=nulls)
        case Map():
            return schema | {"properties": {key: _value(kind.inner, nulls) for key in kind.keys}}
        case Text() if "pattern" not in schema:
            return schema | _NO_NUL
        case _:
            return schema
