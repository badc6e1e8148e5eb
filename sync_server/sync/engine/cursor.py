"""Cursors: opaque, URL-safe places in one user's history."""

import base64
import binascii
import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass

_FORMAT = 1
_FIELDS = struct.Struct(">BQQQ8s")
_SEAL_BYTES = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a history.

    `version` is the last one seen. `start` is, while a first sync pages, the version at which it
    began (0 afterwards): tombstones up to it are left out. `epoch` names the history.
    """

    epoch: int
    version: int
    start: int = 0

    @property
    def safe_version(self) -> int:
        """The tombstones above this version are still to come for the holder."""
        return max(self.version, self.start)


class BadCursor(ValueError):
    """The text is no cursor of this user under this filter."""


def filter_digest(collections: Collection[str] | None) -> bytes:
    """Eight bytes that name a `collections` filter, whatever its order."""
    if collections is None:
        return bytes(8)
    return hashlib.sha256("\n".join(sorted(collections)).encode()).digest()[:8]


def _seal(user_id: str, payload: bytes) -> bytes:
    # Not a secret: a forged cursor could only point elsewhere in its owner's own history.
    return hashlib.blake2b(payload, key=user_id.encode(), digest_size=_SEAL_BYTES).digest()


def encode_cursor(cursor: Cursor, user_id: str, collections: Collection[str] | None) -> str:
    """The cursor as a token of 60 characters."""
    payload = _FIELDS.pack(
        _FORMAT, cursor.epoch, cursor.version, cursor.start, filter_digest(collections)
    )
    return base64.urlsafe_b64encode(payload + _seal(user_id, payload)).decode().rstrip("=")


def decode_cursor(token: str, user_id: str, collections: Collection[str] | None) -> Cursor:
    """Read a token back; raises BadCursor for any other text, user or filter."""
    cursor, digest = _decode(token, user_id)
    if digest != filter_digest(collections):
        raise BadCursor("The cursor was made under another collections filter.")
    return cursor


def decode_any_filter(token: str, user_id: str) -> Cursor:
    """Read a token whatever its filter: for guards, where only the place matters."""
    return _decode(token, user_id)[0]


def _decode(token: str, user_id: str) -> tuple[Cursor, bytes]:
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor("The cursor is malformed.") from None
    payload, seal = packed[:-_SEAL_BYTES], packed[-_SEAL_BYTES:]
    if len(payload) != _FIELDS.size or seal != _seal(user_id, payload):
        raise BadCursor("The cursor is malformed or belongs to someone else.")
    form, epoch, version, start, digest = _FIELDS.unpack(payload)
    if form != _FORMAT:
        raise BadCursor("The cursor is of an unknown format.")
    return Cursor(epoch, version, start), digest
