"""JSON bytes as sent: an object, or why it is none; and what of it is kept without being known."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from schema.ids import Json

SHOWN = 5


class Invalid(Exception):
    """A record or patch that cannot be taken; `code` is one of the contract's."""

    def __init__(self, code: str, detail: str, errors: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, errors


def invalid(errors: Mapping[str, Any]) -> Invalid:
    """The refusal of some fields, for the reasons given by name."""
    names = sorted(map(str, errors))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    shown = ", ".join(name[:50] for name in names[:SHOWN])
    return Invalid("invalid_record", f"Not valid: {shown}{more}.", dict(errors))


def parsed(raw: bytes) -> dict[str, Any]:
    """The object that the bytes spell; of a key that comes twice the last counts."""
    try:
        value = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise Invalid("invalid_record", f"The data is not proper JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Invalid("invalid_record", "The data is not a JSON object.")
    return value


def kept(raw: bytes, names: list[str]) -> dict[str, Json]:
    """Fields of a newer schema, which nobody here can check: in NFC, and fit to be stored.

    msgspec reads whole numbers of any size exactly; orjson writes none beyond 64 bits, and nothing
    nested deeper than 254: what the two cannot carry unharmed is refused.
    """
    if "" in names:
        raise invalid({"": ["A field needs a name."]})
    try:
        data = msgspec.json.decode(raw)
        fields = {name: data[name] for name in names}
        orjson.dumps(fields)
        return {_normal(name): _normal(value) for name, value in fields.items()}
    except (msgspec.DecodeError, RecursionError, TypeError) as error:
        words = f"Cannot be kept unharmed: {error}."
        raise invalid({name: [words] for name in names}) from None


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise TypeError("the character NUL")
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {_normal(name): _normal(item) for name, item in value.items()}
    return value
