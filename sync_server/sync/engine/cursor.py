"""Cursors: opaque, URL-safe positions in one user's history, for each collection."""

import hashlib
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from schema import COLLECTIONS
from sync_server.security.sealed_token import InvalidSeal, seal, unseal

_ONE_POSITION, _MANY_POSITIONS = 1, 2
_FIELDS = struct.Struct(">BQQQ8s")
_HEAD = struct.Struct(">BQ")
_NAME_BYTES = 3
_REST = 255
# A token of 200 characters, without its seal.
_MAX_BYTES = 138
_MAX_SEARCHED = 14


class Position(NamedTuple):
    """A position in a history: `version` is the last one seen.

    `start` is, while a first sync pages, the version at which it began (0 afterwards): tombstones
    up to it are left out.
    """

    version: int
    start: int = 0

    @property
    def safe_version(self) -> int:
        """The version above which the device still needs every tombstone."""
        return max(self.version, self.start)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The positions of a device by collection, in the history named by `epoch`.

    `rest` is the position of every collection that `positions` does not name; None if the device
    has pulled none of these.
    """

    epoch: int
    rest: Position | None = None
    positions: Mapping[str, Position] = field(default_factory=dict)

    def position(self, collection: str) -> Position | None:
        """The position in a collection, None if the device has not pulled it."""
        return self.positions.get(collection, self.rest)

    @property
    def version(self) -> int:
        """The greatest version seen in any collection."""
        rest = (self.rest,) if self.rest else ()
        return max((position.version for position in (*rest, *self.positions.values())), default=0)


class MalformedCursor(ValueError):
    """The text is no cursor of this user."""


def filter_digest(collections: Collection[str] | None) -> bytes:
    """Digest of a `collections` filter, in any order: 8 bytes."""
    if collections is None:
        return bytes(8)
    return hashlib.sha256("\n".join(sorted(collections)).encode()).digest()[:8]


def encode_cursor(cursor: Cursor, user_id: str) -> str:
    """The cursor as a token of at most 200 characters."""
    distinct = set(cursor.positions.values())
    if cursor.rest is not None and distinct <= {cursor.rest}:
        return seal(_one_position(cursor.epoch, cursor.rest, None), user_id)
    if cursor.rest is None and len(distinct) == 1:
        # Also read by releases that knew one position only.
        return seal(_one_position(cursor.epoch, distinct.pop(), cursor.positions), user_id)
    return seal(_many_positions(cursor), user_id)


def decode_cursor(token: str, user_id: str) -> Cursor:
    """Decode a token; raises MalformedCursor for another text or user."""
    try:
        payload = unseal(token, user_id)
    except InvalidSeal:
        raise MalformedCursor("The cursor is malformed or belongs to another user.") from None
    if seal(payload, user_id) != token:
        raise MalformedCursor("The cursor is not the text that was issued.")
    if payload[:1] == bytes([_ONE_POSITION]) and len(payload) == _FIELDS.size:
        _, epoch, version, start, digest = _FIELDS.unpack(payload)
        position, names = Position(version, start), _filter_of(digest)
        if names is None:
            return Cursor(epoch, position)
        return Cursor(epoch, None, dict.fromkeys(names, position))
    if payload[:1] == bytes([_MANY_POSITIONS]) and len(payload) >= _HEAD.size:
        return _read_positions(payload)
    raise MalformedCursor("The cursor is of an unknown format.")


def _one_position(epoch: int, position: Position, names: Collection[str] | None) -> bytes:
    return _FIELDS.pack(_ONE_POSITION, epoch, *position, filter_digest(names))


@lru_cache(maxsize=64)
def _filter_of(digest: bytes) -> tuple[str, ...] | None:
    """The filter of a digest, None for no filter; raises MalformedCursor."""
    if digest == bytes(8):
        return None
    names = sorted(COLLECTIONS)[:_MAX_SEARCHED]
    for size in range(len(names) + 1):
        for subset in combinations(names, size):
            if filter_digest(subset) == digest:
                return subset
    raise MalformedCursor("The cursor was issued for collections that no longer exist.")


def _many_positions(cursor: Cursor) -> bytes:
    groups: dict[Position, list[str | None]] = {}
    if cursor.rest is not None:
        groups[cursor.rest] = [None]
    for name in sorted(cursor.positions):
        groups.setdefault(cursor.positions[name], []).append(name)
    while True:
        payload = _HEAD.pack(_MANY_POSITIONS, cursor.epoch) + b"".join(
            _group(position, names) for position, names in groups.items()
        )
        if len(payload) <= _MAX_BYTES:
            return payload
        # Too long: two positions become the lower one. Some changes come again, none is missed.
        (low, first), (_, second), *others = sorted(groups.items())
        merged = Position(low.version)
        groups = dict(others)
        groups[merged] = [*groups.get(merged, []), *first, *second]


def _group(position: Position, names: list[str | None]) -> bytes:
    named = [_short(name) for name in names if name is not None]
    rest = _varint(position.version) + _varint(position.start) + bytes([_REST])
    single = _varint(position.version) + _varint(position.start) + bytes([len(named)])
    return (rest if None in names else b"") + (single + b"".join(named) if named else b"")


def _read_positions(payload: bytes) -> Cursor:
    names = {_short(name): name for name in COLLECTIONS}
    _, epoch = _HEAD.unpack_from(payload)
    rest, positions = None, {}
    numbers = iter(payload[_HEAD.size :])
    for version in _varints(numbers):
        position = Position(version, next(_varints(numbers)))
        count = next(numbers)
        if count == _REST:
            rest = position
            continue
        for _ in range(count):
            short = bytes(next(numbers) for _ in range(_NAME_BYTES))
            if short in names:
                positions[names[short]] = position
    return Cursor(epoch, rest, positions)


def _short(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:_NAME_BYTES]


def _varint(number: int) -> bytes:
    """LEB128: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def _varints(numbers: Iterator[int]) -> Iterator[int]:
    """The LEB128 numbers at the front of the bytes, read one by one."""
    number = shift = 0
    for byte in numbers:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0
