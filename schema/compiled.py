"""The fast validator: a msgspec Struct made from each declaration.

It takes only what the declaration takes, and refuses whatever it is unsure of; the declaration has
the last word then.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.collection import Collection
from schema.fields import Text
from schema.nested import Items, struct_of


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a collection needs to check a whole record: a decoder and what types cannot say."""

    decode: Callable[[bytes], Any]
    checks: tuple[tuple[str, Callable[[Any], bool]], ...]


def compile_collection(collection: Collection) -> Compiled:
    """Make the fast validator of a collection."""
    declared = collection.schema.fields
    struct = struct_of(collection.name, declared)
    checks: list[tuple[str, Callable[[Any], bool]]] = []
    for name, field in declared.items():
        if isinstance(field, Text) and type(field).holds is not Text.holds:
            checks.append((name, field.holds))
        if isinstance(field, Items) and field.unique:
            checks.append((name, _is_unique))
    return Compiled(msgspec.json.Decoder(struct).decode, tuple(checks))


def _is_unique(items: list[Any]) -> bool:
    return len(set(items)) == len(items)


def decode_fast(compiled: Compiled, raw: bytes) -> Any | None:
    """The record as a Struct, or None when the declaration must be asked."""
    if not raw.isascii() and not _is_normal(raw):
        return None
    if b"\\u" in raw:  # an escape may hide NUL, a surrogate or a combining character
        return None
    try:
        record = compiled.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for name, check in compiled.checks:
        value = getattr(record, name)
        if value is not None and not check(value):
            return None
    return record


def _is_normal(raw: bytes) -> bool:
    try:
        return unicodedata.is_normalized("NFC", raw.decode())
    except UnicodeDecodeError:
        return False
