"""The Idempotency-Key header, and the cache of responses in Valkey."""

import hashlib
import struct
from dataclasses import dataclass

from aiohttp import web

from sync_server.web.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)

CACHED_FOR_S = 3600
CACHED: web.RequestKey[object] = web.RequestKey("cached", object)
"""The cached response of the request's key: fetched together with the token's revocation."""

_HEAD = struct.Struct(">32sQ")


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request's key, with the fingerprint (SHA-256) of the request that it stands for."""

    text: str
    fingerprint: bytes


def required_key(request: web.Request) -> str:
    """The request's key; raises IdempotencyKeyMissing or IdempotencyKeyInvalid."""
    keys = request.headers.getall("Idempotency-Key", [])
    if not keys or not keys[0]:
        raise IdempotencyKeyMissing
    key = keys[0]
    if len(keys) > 1 or not is_key(key):
        raise IdempotencyKeyInvalid
    return key


def optional_key(request: web.Request) -> str | None:
    """The request's key, None without the header; raises IdempotencyKeyInvalid."""
    return required_key(request) if "Idempotency-Key" in request.headers else None


def key_of(request: web.Request, body: bytes) -> IdempotencyKey | None:
    """The request's optional key with its fingerprint: SHA-256 of method, path and body.

    It never equals that of a push, which covers the body alone, and the body is JSON.
    """
    text = optional_key(request)
    if text is None:
        return None
    line = f"{request.method} {request.path}\n"
    return IdempotencyKey(text, hashlib.sha256(line.encode() + body).digest())


def is_key(text: str) -> bool:
    """True if the text is 1 to 255 visible ASCII characters."""
    return 1 <= len(text) <= 255 and all("!" <= char <= "~" for char in text)


def cache_key(user_id: str, key: str) -> str:
    """The Valkey key of a response; the braces keep a user's keys in one slot of a cluster."""
    return f"answer:{{{user_id}}}:{key}"


def encode_cached(fingerprint: bytes, version: int, stored: bytes) -> bytes:
    """The Valkey value of a response in its stored form."""
    return _HEAD.pack(fingerprint, version) + stored


def cached_response(request: web.Request, key: IdempotencyKey) -> bytes | None:
    """The stored form of the key's cached response; None if only PostgreSQL can tell.

    Raises IdempotencyKeyReused when it is the response of another request.
    """
    packed = request[CACHED]
    if not isinstance(packed, bytes) or len(packed) < _HEAD.size:
        return None
    fingerprint, _ = _HEAD.unpack_from(packed)
    if fingerprint != key.fingerprint:
        raise IdempotencyKeyReused
    return packed[_HEAD.size :]
