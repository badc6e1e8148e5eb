"""The Idempotency-Key header, and repeats answered from Valkey without touching PostgreSQL."""

import struct
from dataclasses import dataclass

from aiohttp import web

from sync_server.web.errors import IdempotencyKeyInvalid, IdempotencyKeyMissing

CACHED_FOR_S = 3600
CACHED: web.RequestKey[object] = web.RequestKey("cached", object)
"""What Valkey holds under the request's key: fetched together with what it knows of the token."""

_HEAD = struct.Struct(">32sQ")


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer that was given under a key: `body` is JSON text, compressed with zstd."""

    fingerprint: bytes
    version: int
    body: bytes

    def packed(self) -> bytes:
        """The bytes that Valkey keeps."""
        return _HEAD.pack(self.fingerprint, self.version) + self.body


def idempotency_key(request: web.Request) -> str:
    """The request's key; raises IdempotencyKeyMissing or IdempotencyKeyInvalid."""
    keys = request.headers.getall("Idempotency-Key", [])
    if not keys or not keys[0]:
        raise IdempotencyKeyMissing
    key = keys[0]
    if len(keys) > 1 or not is_key(key):
        raise IdempotencyKeyInvalid
    return key


def is_key(text: str) -> bool:
    """Whether the text is 1 to 255 visible ASCII characters."""
    return 1 <= len(text) <= 255 and all("!" <= char <= "~" for char in text)


def cache_key(user_id: str, key: str) -> str:
    """Where an answer is cached; the braces keep a user's keys in one slot of a cluster."""
    return f"answer:{{{user_id}}}:{key}"


def remembered(packed: object) -> Remembered | None:
    """What Valkey kept under a key, or None: then PostgreSQL knows."""
    if not isinstance(packed, bytes) or len(packed) < _HEAD.size:
        return None
    fingerprint, version = _HEAD.unpack_from(packed)
    return Remembered(fingerprint, version, packed[_HEAD.size :])
