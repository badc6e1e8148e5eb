"""Validation: what a put or a patch carries, in canonical form, or why it is refused.

Canonical: a field at null is absent, a default that is not null is written, text is in NFC and
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
from schema.nested import canonical
from schema.parsed import Invalid, invalid, kept, parsed

__all__ = ["Fast", "Invalid", "partial", "whole", "whole_text"]

_COMPILED = {name: compile_collection(collection) for name, collection in COLLECTIONS.items()}
_encode = msgspec.json.Encoder().encode


class Fast(msgspec.Struct, gc=False):
    """A whole record that the fast path took: its canonical JSON text, and what is promoted."""

    text: str
    collection: Collection
    record: Any

    @property
    def day(self) -> str | None:
        """The promoted day, `YYYY-MM-DD`."""
        name = self.collection.day_field
        return getattr(self.record, name) if name else None

    @property
    def parent_id(self) -> str | None:
        """The promoted parent."""
        name = self.collection.parent_field
        return getattr(self.record, name) if name else None

    def canonical_id(self, user_id: UserId) -> str | None:
        """The id that the natural key derives, or None when there is none."""
        key = self.collection.natural_key
        if key is None or (key.when and not getattr(self.record, key.when)):
            return None
        names = (*key.parts, key.when) if key.when else key.parts
        data = {name: getattr(self.record, name) for name in names}
        return self.collection.canonical_id(user_id, data)


def whole_text(collection: Collection, raw: bytes | msgspec.Raw) -> Fast | None:
    """A put's data by the fast path, or None: then `whole` decides."""
    compiled = _COMPILED.get(collection.name)
    record = decode_fast(compiled, bytes(raw)) if compiled else None
    return None if record is None else Fast(_encode(record).decode(), collection, record)


def whole(collection: Collection, raw: bytes, schema_version: int) -> dict[str, Json]:
    """A put's data in canonical form; raises Invalid."""
    data = parsed(raw)
    unknown = _unknown(collection, raw, data, schema_version)
    younger = [name for name, spec in collection.fields.items() if spec.since > schema_version]
    try:
        loaded = collection.schema.load(data, unknown=EXCLUDE, partial=younger)
    except ValidationError as error:
        raise invalid(error.messages_dict) from None
    parts = {name: field for name, field in collection.schema.fields.items() if name not in younger}
    return canonical(loaded, parts) | {
        name: value for name, value in unknown.items() if value is not None
    }


def partial(collection: Collection, raw: bytes, schema_version: int) -> dict[str, dict[str, Json]]:
    """A patch's registers, each with its present members; raises Invalid.

    A register that is touched is written whole: absent optional members are reset.
    """
    data = parsed(raw)
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
        raise invalid(errors)
    registers: dict[str, dict[str, Json]] = {}
    for name, value in values.items():
        spec = collection.fields.get(name)
        members = registers.setdefault(spec.register if spec else name, {})
        if value is not None:
            members[name] = value
    for register, members in registers.items():
        _complete(collection, register, members)
    return registers


def _complete(collection: Collection, register: str, members: dict[str, Json]) -> None:
    group = collection.registers.get(register, ())
    absent = [collection.fields[name] for name in group if name not in members]
    missing = [spec.name for spec in absent if spec.required]
    if missing:
        words = f"Written together with {', '.join(members) or 'its group'}: send it too."
        raise Invalid(
            "incomplete_group",
            f"A patch carries all or nothing of a group: {', '.join(missing)} must be there too.",
            {name: [words] for name in missing},
        )
    members.update((spec.name, spec.default) for spec in absent if spec.default is not None)


def _unknown(
    collection: Collection, raw: bytes, data: Mapping[str, Any], schema_version: int
) -> Mapping[str, Json]:
    """The fields that only a newer schema knows; raises Invalid where there can be none."""
    fields = collection.fields
    names = [name for name in data if name not in fields or fields[name].since > schema_version]
    if names and schema_version <= SCHEMA_VERSION:
        words = f"Schema version {schema_version} has no such field."
        raise invalid({name: [words] for name in names})
    return kept(raw, names) if names else {}
