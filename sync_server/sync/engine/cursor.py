"""Cursors: opaque, URL-safe positions in one user's history."""

import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass

from sync_server.security.sealed_token import InvalidSeal, seal, unseal

_FORMAT = 1
_FIELDS = struct.Struct(">BQQQ8s")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a history.

    `version` is the last one seen. `start` is, while a first sync pages, the version at which it
    began (0 afterwards): tombstones up to it are left out. `epoch` names the history.
    """

    epoch: int
    version: int
    start: int = 0

    @property
    def safe_version(self) -> int:
        """The version above which the device still needs every tombstone."""
        return max(self.version, self.start)


class MalformedCursor(ValueError):
    """The text is no cursor of this user under this filter."""


def filter_digest(collections: Collection[str] | None) -> bytes:
    """Digest of a `collections` filter, in any order: 8 bytes."""
    if collections is None:
        return bytes(8)
    return hashlib.sha256("\n".join(sorted(collections)).encode()).digest()[:8]


def encode_cursor(cursor: Cursor, user_id: str, collections: Collection[str] | None) -> str:
    """The cursor as a token of 60 characters."""
    payload = _FIELDS.pack(
        _FORMAT, cursor.epoch, cursor.version, cursor.start, filter_digest(collections)
    )
    return seal(payload, user_id)


def decode_cursor(token: str, user_id: str, collections: Collection[str] | None) -> Cursor:
    """Decode a token; raises MalformedCursor for another text, user or filter."""
    cursor, digest = _decode(token, user_id)
    if digest != filter_digest(collections):
        raise MalformedCursor("The cursor was issued under another collections filter.")
    return cursor


def decode_any_filter(token: str, user_id: str) -> Cursor:
    """Decode a token of any filter: for guards, where only the position matters."""
    return _decode(token, user_id)[0]


def _decode(token: str, user_id: str) -> tuple[Cursor, bytes]:
    try:
        payload = unseal(token, user_id)
    except InvalidSeal:
        raise MalformedCursor("The cursor is malformed or belongs to another user.") from None
    if len(payload) != _FIELDS.size or payload[0] != _FORMAT:
        raise MalformedCursor("The cursor is of an unknown format.")
    _, epoch, version, start, digest = _FIELDS.unpack(payload)
    return Cursor(epoch, version, start), digest
