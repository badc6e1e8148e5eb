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
from schema.nested import Checks, checks_of, hold, struct_of

_BACKSLASH = ord("\\")


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a collection needs to check a whole record: a decoder and what types cannot say."""

    decode: Callable[[bytes], Any]
    checks: Checks


def compile_collection(collection: Collection) -> Compiled:
    """Make the fast validator of a collection."""
    parts = collection.schema.fields
    decoder = msgspec.json.Decoder(struct_of(collection.name, parts))
    return Compiled(decoder.decode, checks_of(parts))


def decode_fast(compiled: Compiled, raw: bytes) -> Any | None:
    """The record as a Struct, or None when the declaration must be asked."""
    if not raw.isascii() and not _is_normal(raw):
        return None
    # An escape may hide NUL, a surrogate or a combining character. One byte is found faster.
    if _BACKSLASH in raw and b"\\u" in raw:
        return None
    try:
        record = compiled.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return record if hold(compiled.checks, record) else None


def _is_normal(raw: bytes) -> bool:
    try:
        return unicodedata.is_normalized("NFC", raw.decode())
    except UnicodeDecodeError:
        return False
