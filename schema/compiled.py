"""Fast validation: one msgspec Struct per declaration.

Accepts only valid data, and rejects anything doubtful; `validate_put` then decides.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from schema.collection import Collection
from schema.nested import Checks, checks_of, passes, struct_of

_BACKSLASH = ord("\\")


@dataclass(frozen=True, slots=True)
class CompiledCollection:
    """Decoder of a collection's records, and the checks that types cannot express."""

    decode: Callable[[bytes], Any]
    checks: Checks
    alternatives: tuple[tuple[str, ...], ...]


def compile_collection(collection: Collection) -> CompiledCollection:
    """Fast validator of a collection."""
    parts = collection.schema.fields
    decoder = msgspec.json.Decoder(struct_of(collection.name, parts))
    return CompiledCollection(decoder.decode, checks_of(parts), collection.alternatives)


def decode_fast(compiled: CompiledCollection, raw: bytes) -> Any | None:
    """Record as a Struct, or None if the fast path cannot accept it."""
    if not raw.isascii() and not _is_nfc(raw):
        return None
    # An escape may hide NUL, a surrogate or a combining character. One byte is found faster.
    if _BACKSLASH in raw and b"\\u" in raw:
        return None
    try:
        record = compiled.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    if compiled.alternatives and not _has_one_of(compiled.alternatives, record):
        return None
    return record if passes(compiled.checks, record) else None


def _has_one_of(alternatives: tuple[tuple[str, ...], ...], record: Any) -> bool:
    return any(all(getattr(record, name) is not None for name in names) for names in alternatives)


def _is_nfc(raw: bytes) -> bool:
    try:
        return unicodedata.is_normalized("NFC", raw.decode())
    except UnicodeDecodeError:
        return False
