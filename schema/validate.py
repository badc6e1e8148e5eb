"""Validation: what a put or a patch carries, in canonical form, or why it is refused.

Canonical: a field at null is absent, a default that is not null is written, text is in NFC and
numbers that may have a fraction are floats.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson
from marshmallow import EXCLUDE, ValidationError

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.compiled import compile_collection, decode_fast
from schema.ids import Json, UserId

_COMPILED = {name: compile_collection(collection) for name, collection in COLLECTIONS.items()}
_encode = msgspec.json.Encoder().encode


class Invalid(Exception):
    """A record or patch that cannot be taken; `code` is one of the contract's."""

    def __init__(self, code: str, detail: str, errors: dict[str, object] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, errors


class Fast:
    """A whole record that the fast path took: its canonical JSON text, and what is promoted."""

    __slots__ = ("_collection", "_record", "text")

    def __init__(self, collection: Collection, record: Any) -> None:
        self._collection = collection
        self._record = record
        self.text: str = _encode(record).decode()

    @property
    def day(self) -> str | None:
        """The promoted day, `YYYY-MM-DD`."""
        name = self._collection.day_field
        return getattr(self._record, name) if name else None

    @property
    def parent_id(self) -> str | None:
        """The promoted parent."""
        name = self._collection.parent_field
        return getattr(self._record, name) if name else None

    def canonical_id(self, user_id: UserId) -> str | None:
        """The id that the natural key derives, or None when there is none."""
        key = self._collection.natural_key
        if key is None:
            return None
        names = (*key.parts, key.when) if key.when else key.parts
        data = {name: getattr(self._record, name) for name in names}
        return self._collection.canonical_id(user_id, data)


def whole_text(collection: Collection, raw: bytes | msgspec.Raw) -> Fast | None:
    """A put's data by the fast path, or None: then `whole` decides."""
    compiled = _COMPILED.get(collection.name)
    record = decode_fast(compiled, bytes(raw)) if compiled else None
    return None if record is None else Fast(collection, record)


def whole(collection: Collection, raw: bytes, schema_version: int) -> dict[str, Json]:
    """A put's data in canonical form; raises Invalid."""
    data = _known(collection, _object(raw), schema_version)
    kept = {name: data.pop(name) for name in list(data) if name not in collection.fields}
    missing = {
        name: None
        for name, spec in collection.fields.items()
        if spec.since > schema_version and spec.required
    }
    try:
        loaded = collection.schema.load(data, unknown=EXCLUDE, partial=tuple(missing))
    except ValidationError as error:
        raise _invalid(error.messages_dict) from None
    fields = {name: value for name, value in loaded.items() if value is not None}
    for name, spec in collection.fields.items():
        if spec.default is not None and spec.since <= schema_version:
            fields.setdefault(name, spec.default)
    return fields | {name: value for name, value in kept.items() if value is not None}


def partial(collection: Collection, raw: bytes, schema_version: int) -> dict[str, dict[str, Json]]:
    """A patch's registers, each with its present members; raises Invalid.

    A register that is touched is written whole: absent optional members are reset.
    """
    data = _known(collection, _object(raw), schema_version)
    errors: dict[str, object] = {}
    registers: dict[str, dict[str, Json]] = {}
    for name, value in data.items():
        spec = collection.fields.get(name)
        members = registers.setdefault(spec.register if spec else name, {})
        try:
            loaded = collection.schema.fields[name].deserialize(value, name) if spec else value
        except ValidationError as error:
            errors[name] = error.messages
            continue
        if loaded is not None:
            members[name] = loaded
    if errors:
        raise _invalid(errors)
    for register, members in registers.items():
        _complete(collection, register, members)
    return registers


def _complete(collection: Collection, register: str, members: dict[str, Json]) -> None:
    absent = [
        collection.fields[name]
        for name in collection.registers.get(register, ())
        if name not in members
    ]
    missing = [spec.name for spec in absent if spec.required]
    if missing:
        raise Invalid(
            "incomplete_group",
            f"{', '.join(collection.registers[register])} are written together.",
            {name: ["Missing from its group."] for name in missing},
        )
    members.update((spec.name, spec.default) for spec in absent if spec.default is not None)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise Invalid("invalid_record", f"The data is not proper JSON: {error}") from None
    if not isinstance(value, dict):
        raise Invalid("invalid_record", "The data is not a JSON object.")
    return value


def _known(collection: Collection, data: Mapping[str, Any], schema_version: int) -> dict[str, Any]:
    """The data, once it is clear that nothing in it is unknown to its schema version."""
    unknown = [
        name
        for name in data
        if name not in collection.fields or collection.fields[name].since > schema_version
    ]
    if unknown and schema_version <= SCHEMA_VERSION:
        raise _invalid({name: ["Unknown field."] for name in unknown})
    kept = orjson.dumps({name: data[name] for name in unknown})
    if b"\\u0000" in kept:
        raise _invalid({name: ["Text may not contain NUL."] for name in unknown})
    return dict(data)


def _invalid(errors: dict[str, Any]) -> Invalid:
    names = ", ".join(sorted(map(str, errors)))
    return Invalid("invalid_record", f"Not valid: {names}.", errors)
