"""Validation of the data of puts and patches.

Canonical form: null fields are absent, defaults other than null are written, text is in NFC, and
numbers that may have a fraction are floats.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from marshmallow import EXCLUDE, ValidationError

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.compiled import compile_collection, decode_fast
from schema.ids import Json, UserId
from schema.json_input import Invalid, invalid_record, keep_unknown, parse_object
from schema.nested import canonical
from schema.snapshot import retained_members

__all__ = [
    "FastRecord",
    "Invalid",
    "complete",
    "validate_patch",
    "validate_put",
    "validate_put_fast",
]

_COMPILED = {name: compile_collection(collection) for name, collection in COLLECTIONS.items()}
_encode = msgspec.json.Encoder().encode


class FastRecord(msgspec.Struct, gc=False):
    """Record that the fast path accepted: its canonical JSON text, and its promoted fields."""

    text: str
    collection: Collection
    record: Any

    @property
    def day(self) -> str | None:
        """Promoted day, `YYYY-MM-DD`."""
        name = self.collection.day_field
        return getattr(self.record, name) if name else None

    @property
    def parent_id(self) -> str | None:
        """Promoted id of the parent."""
        name = self.collection.parent_field
        return getattr(self.record, name) if name else None

    def canonical_id(self, user_id: UserId) -> str | None:
        """Id derived from the natural key, or None without one."""
        key = self.collection.natural_key
        if key is None or (key.when and not getattr(self.record, key.when)):
            return None
        names = (*key.parts, key.when) if key.when else key.parts
        data = {name: getattr(self.record, name) for name in names}
        return self.collection.canonical_id(user_id, data)


def validate_put_fast(collection: Collection, raw: bytes | msgspec.Raw) -> FastRecord | None:
    """Data of a put by the fast path, or None: then `validate_put` decides."""
    compiled = _COMPILED.get(collection.name)
    record = decode_fast(compiled, bytes(raw)) if compiled else None
    return None if record is None else FastRecord(_encode(record).decode(), collection, record)


def validate_put(collection: Collection, raw: bytes, schema_version: int) -> dict[str, Json]:
    """Data of a put in canonical form; raises Invalid."""
    data = parse_object(raw)
    unknown = _unknown(collection, raw, data, schema_version)
    newer = [name for name, spec in collection.fields.items() if spec.since > schema_version]
    errors = _missing(collection, data)
    try:
        loaded = collection.schema.load(data, unknown=EXCLUDE, partial=newer)
    except ValidationError as error:
        raise invalid_record({**errors, **error.messages_dict}) from None
    if errors:
        raise invalid_record(errors)
    parts = {name: field for name, field in collection.schema.fields.items() if name not in newer}
    return canonical(loaded, parts) | {
        name: value for name, value in unknown.items() if value is not None
    }


def validate_patch(
    collection: Collection, raw: bytes, schema_version: int
) -> dict[str, dict[str, Json]]:
    """Registers of a patch, each with the members that it names; raises Invalid.

    A member that is reset is None. `complete` adds the members that the patch does not name.
    """
    data = parse_object(raw)
    values: dict[str, Json] = dict(_unknown(collection, raw, data, schema_version))
    errors: dict[str, object] = {}
    for name, value in data.items():
        field = collection.schema.fields.get(name)
        if field is None:
            continue
        try:
            values[name] = field.deserialize(value, name)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise invalid_record(errors)
    registers: dict[str, dict[str, Json]] = {}
    for name, value in values.items():
        spec = collection.fields.get(name)
        registers.setdefault(spec.register if spec else name, {})[name] = value
    return registers


def _missing(collection: Collection, data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Errors by field if none of the collection's alternatives is complete."""
    wanted = ", or ".join(" with ".join(names) for names in collection.alternatives)
    message = f"Missing: a record has {wanted}."
    return {name: [message] for name in collection.missing(data)}


def complete(
    collection: Collection,
    register: str,
    named: Mapping[str, Json],
    stored: Mapping[str, Json],
) -> dict[str, Json]:
    """Present members of a register after a patch that names some of them; raises Invalid.

    The others keep their stored values, or follow those that are named (see `retained_members`). A
    member that is reset, or that was never stored, gets its default.
    """
    retained = retained_members(collection, named, stored)
    members: dict[str, Json] = {
        name: value for name, value in {**retained, **named}.items() if value is not None
    }
    group = collection.registers.get(register, ())
    absent = [collection.fields[name] for name in group if name not in members]
    missing = [spec.name for spec in absent if spec.required]
    if collection.alternatives and collection.alternatives[0][0] in group:
        missing += collection.missing(members)
    if missing:
        message = f"Written together with {', '.join(named)}: nothing is stored to complete it."
        raise Invalid(
            "incomplete_group",
            f"The patch names part of a group, and nothing is stored for {', '.join(missing)}.",
            {name: [message] for name in missing},
        )
    members.update((spec.name, spec.default) for spec in absent if spec.default is not None)
    return members


def _unknown(
    collection: Collection, raw: bytes, data: Mapping[str, Any], schema_version: int
) -> Mapping[str, Json]:
    """Fields of a newer schema; raises Invalid if the sender's schema is not newer."""
    fields = collection.fields
    names = [name for name in data if name not in fields or fields[name].since > schema_version]
    if names and schema_version <= SCHEMA_VERSION:
        message = f"Schema version {schema_version} has no such field."
        raise invalid_record({name: [message] for name in names})
    return keep_unknown(raw, names) if names else {}
