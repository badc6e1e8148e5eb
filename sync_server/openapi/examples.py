"""Example values of JSON Schemas, with the values of the request examples."""

from collections.abc import Mapping
from typing import Any

from schema.examples import EXAMPLES_BY_FORMAT, EXAMPLES_BY_NAME
from schema.ids import Json
from sync_server.web.openapi import NamedSchema

MAX_DEPTH = 12
_VALUES: Mapping[str, Json] = {
    **EXAMPLES_BY_NAME,
    "access_token": "eyJhbGciOiJIUzI1NiJ9.an-example.of-a-token",
    "currency": "EUR",
    "cursor": "AQAAAAAAAAAq",
    "device_name": "Ann's phone",
    "email": "ann@example.com",
    "expires_in": 900,
    "name": "Oats",
    "refresh_token": "AZLwxG8OfE6aUwpPTx8rEQ.an-example-of-a-token",
    "time": "07:30",
    "birth_year": 1990,
    "clock": 1_795_399_905_123_000,
    "clock_shift_us": 0,
    "deleted": False,
    "display_name": "Ann",
    "has_more": False,
    "height_cm": 172.0,
    "server_clock": 1_795_399_905_371_000,
    "time_zone": "Europe/Berlin",
    "version": 42,
}


def example_of(schema: object, name: str = "", depth: int = 0) -> Json:
    """A value of a JSON Schema; `name` is that of the property. Raises ValueError without one."""
    if isinstance(schema, NamedSchema):
        schema = schema.schema
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        raise ValueError("No example of this schema.")
    for key in ("const", "default", "example"):
        if key in schema:
            value: Json = schema[key]
            return value
    if "enum" in schema:
        first: Json = schema["enum"][0]
        return first
    for key in ("oneOf", "anyOf"):
        if key in schema and "type" not in schema:
            return example_of(schema[key][0], name, depth + 1)
    return _of_type(schema, name, depth)


def _of_type(schema: Mapping[str, Any], name: str, depth: int) -> Json:
    types = schema.get("type")
    kind = types[0] if isinstance(types, list) else types
    known = _VALUES.get(name)
    match kind:
        case "object":
            properties = schema.get("properties", {})
            return {key: example_of(each, key, depth + 1) for key, each in properties.items()}
        case "array":
            if "items" not in schema:
                return []
            count = max(schema.get("minItems", 0), 1)
            return [example_of(schema["items"], name, depth + 1)] * count
        case "boolean":
            return known if isinstance(known, bool) else True
        case "null":
            return None
        case "string":
            if isinstance(known, str):
                return known
            return EXAMPLES_BY_FORMAT.get(str(schema.get("format")), "Example")
        case "integer" | "number":
            numeric = type(known) is int or (isinstance(known, float) and kind == "number")
            return known if numeric else max(schema.get("minimum", 0), 1)
    raise ValueError("No example of this schema.")
