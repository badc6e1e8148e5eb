"""Validation of local writes by the contract, with the same rules as on the server."""

import datetime
import re
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cache

from trackforge_client.device.contract import Contract
from trackforge_client.device.errors import InvalidRecord
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.server_record import dump

RECORD_BYTES = 65_536
"""Size limit of a record, unless the server has another one."""

_is_uuid = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch
_FORBIDDEN = re.compile(r"[\0\ud800-\udfff]")

Errors = dict[str, list[str]]
Schema = Mapping[str, Json]


def validate(
    collection: str,
    contract: Contract,
    op: str,
    id: str,
    data: Fields,
    *,
    record_bytes: int = RECORD_BYTES,
    allow_unknown: bool = False,
) -> None:
    """Checks the data of a `put` or a `patch`; raises InvalidRecord.

    `allow_unknown` accepts undeclared fields, for an app with a newer schema version.
    """
    errors: Errors = {}
    if not _is_uuid(id):
        errors["id"] = ["Not a UUID in canonical lower-case text."]
    for name, value in data.items():
        schema = contract.schemas.get(name)
        if schema is None:
            if name not in contract.fields and not allow_unknown:
                errors[name] = ["Unknown field."]
        elif value is None:
            if name in contract.required:
                errors[name] = ["Missing data for required field."]
        else:
            _check(value, schema, name, errors)
    if op == "put":
        missing = [name for name in contract.required if data.get(name) is None]
        errors |= {name: ["Missing data for required field."] for name in missing}
    # A patch of some of their fields is completed on the server.
    if op == "put" or all(name in data for names in contract.alternatives for name in names):
        errors = _missing(contract, data) | errors
    if not errors and (size := len(dump(data).encode())) > record_bytes:
        errors["data"] = [f"Has {size:,} bytes, at most {record_bytes:,} are allowed."]
    if errors:
        raise InvalidRecord(collection, errors)


def _missing(contract: Contract, data: Fields) -> Errors:
    """Errors by field if none of the contract's alternatives is complete."""
    wanted = ", or ".join(" with ".join(names) for names in contract.alternatives)
    return {name: [f"Missing: a record has {wanted}."] for name in contract.missing(data)}


def _check(value: Json, schema: Schema, path: str, errors: Errors) -> None:
    check = _CHECKS[str(schema["type"])]
    if message := check(value, schema):
        errors[path] = [message]
        return
    if isinstance(value, list):
        items = schema["items"]
        assert isinstance(items, dict)
        for index, item in enumerate(value):
            _check(item, items, f"{path}.{index}", errors)
    elif isinstance(value, dict):
        _check_members(value, schema, path, errors)


def _check_members(value: Fields, schema: Schema, path: str, errors: Errors) -> None:
    properties, required = schema["properties"], schema.get("required", [])
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    for name in required:
        if value.get(str(name)) is None:
            errors[f"{path}.{name}"] = ["Missing data for required field."]
    for name, item in value.items():
        inner = properties.get(name)
        if not isinstance(inner, dict):
            errors[f"{path}.{name}"] = ["Unknown field."]
        elif item is not None:
            _check(item, inner, f"{path}.{name}", errors)
        elif "required" not in schema:  # a map: its values are no fields
            errors[f"{path}.{name}"] = ["May not be null."]


def _text_error(value: Json, schema: Schema) -> str:
    if not isinstance(value, str):
        return "Not text."
    if _FORBIDDEN.search(value):
        return "May not contain NUL or lone surrogates."
    choices = schema.get("enum")
    if isinstance(choices, list):
        return "" if value in choices else f"Must be one of {', '.join(map(str, choices))}."
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if not _is_within(len(value), low, high):
        return f"Must be {low} to {high} characters long."
    pattern = schema.get("pattern")
    matches = not isinstance(pattern, str) or re.fullmatch(pattern, value)
    is_valid = _FORMATS.get(str(schema.get("format")), bool)
    return "" if matches and (not value or is_valid(value)) else f"Not a valid {_kind(schema)}."


def _number_error(value: Json, schema: Schema) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "Not a number."
    low, high, step = schema["minimum"], schema["maximum"], schema.get("multipleOf")
    if not _is_within(value, low, high):
        return f"Must be from {low} to {high}."
    if isinstance(step, int | float) and not (value / step).is_integer():
        return f"Must be a multiple of {step}."
    return ""


def _integer_error(value: Json, schema: Schema) -> str:
    if isinstance(value, float) and not isinstance(value, bool):
        return "Must be a whole number, written without fraction or exponent."
    return _number_error(value, schema)


def _boolean_error(value: Json, _: Schema) -> str:
    return "" if isinstance(value, bool) else "Neither true nor false."


def _array_error(value: Json, schema: Schema) -> str:
    if not isinstance(value, list):
        return "Not a list."
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    if not _is_within(len(value), low, high):
        return f"Must have {low} to {high} items."
    if schema.get("uniqueItems") and len(set(map(dump, value))) != len(value):
        return "An item is repeated."
    return ""


def _object_error(value: Json, _: Schema) -> str:
    return "" if isinstance(value, dict) else "Not an object."


_CHECKS: Mapping[str, Callable[[Json, Schema], str]] = {
    "array": _array_error,
    "boolean": _boolean_error,
    "integer": _integer_error,
    "number": _number_error,
    "object": _object_error,
    "string": _text_error,
}


def _is_within(value: float, low: Json, high: Json) -> bool:
    """True if `low` <= value <= `high`; False for NaN."""
    above = not isinstance(low, int | float) or value >= low
    return above and (not isinstance(high, int | float) or value <= high)


def _kind(schema: Schema) -> str:
    kind = str(schema.get("format", "text"))
    return f"{kind} ({schema['pattern']})" if "pattern" in schema else kind


def _is_calendar_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _is_time_zone(text: str) -> bool:
    zones = _time_zones()
    return not zones or text in zones


@cache
def _time_zones() -> frozenset[str]:
    """Time zones of this machine; empty where it has no database."""
    # Debian lists its own `localtime`, which is no IANA zone.
    return frozenset(zoneinfo.available_timezones()) - {"localtime"}


_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": _is_calendar_day,
    "date-time": _is_calendar_day,
    "time-zone": _is_time_zone,
}
