"""JSON input: parse an object, report invalid fields, keep unknown fields of newer schemas."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from schema.ids import Json

MAX_NAMES_SHOWN = 5


class Invalid(Exception):
    """Validation error of a record or patch; `code` is a rejection code of the protocol."""

    def __init__(self, code: str, detail: str, errors: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, errors


def invalid_record(errors: Mapping[str, Any]) -> Invalid:
    """Validation error of some fields: messages by field name."""
    names = sorted(map(str, errors))
    hidden = len(names) - MAX_NAMES_SHOWN
    more = f" and {hidden} more" if hidden > 0 else ""
    shown = ", ".join(name[:50] for name in names[:MAX_NAMES_SHOWN])
    return Invalid("invalid_record", f"Not valid: {shown}{more}.", dict(errors))


def parse_object(raw: bytes) -> dict[str, Any]:
    """JSON object of the bytes; the last value of a repeated key wins. Raises Invalid."""
    try:
        value = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise Invalid("invalid_record", f"The data is not proper JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Invalid("invalid_record", "The data is not a JSON object.")
    return value


def keep_unknown(raw: bytes, names: list[str]) -> dict[str, Json]:
    """Unknown fields of a newer schema, unchecked: in NFC, and storable. Raises Invalid.

    msgspec reads whole numbers of any size exactly; orjson writes none beyond 64 bits, and nothing
    nested deeper than 254: values that both cannot carry without loss are rejected.
    """
    if "" in names:
        raise invalid_record({"": ["A field needs a name."]})
    try:
        data = msgspec.json.decode(raw)
        fields = {name: data[name] for name in names}
        orjson.dumps(fields)
        return {_normalize(name): _normalize(value) for name, value in fields.items()}
    except (msgspec.DecodeError, RecursionError, TypeError) as error:
        messages = [f"Cannot be stored without loss: {error}."]
        raise invalid_record(dict.fromkeys(names, messages)) from None


def _normalize(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise TypeError("the character NUL")
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_normalize(item) for item in value]
    if isinstance(value, dict):
        return {_normalize(name): _normalize(item) for name, item in value.items()}
    return value
