"""Large bodies that a parser would take long for: a child process reads them first.

A parser holds Python's lock, so that a thread would not help. Up to a megabyte, almost every body
is read at once, in some milliseconds; the others have an error somewhere, or many more separators
than a push has fields.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.sync.push import request as push_request
from sync_server.sync.push.request import SyncBody
from sync_server.web.body import read_body
from sync_server.web.child_process import preload, run_in_child
from sync_server.web.errors import InvalidRequest, TooManyChanges
from sync_server.web.idempotency import IdempotencyKey, required_key

LARGE_BYTES, VERY_LARGE_BYTES = 64 * 1024, 1024 * 1024
TIME_LIMIT_S = 10.0
_SEPARATORS_PER_CHANGE = 64

preload(__name__)


@dataclass(frozen=True, slots=True)
class PushBody:
    """The body of a push, with the key that it was sent under."""

    text: bytes
    key: IdempotencyKey


async def read_push_body(request: web.Request) -> PushBody:
    """Body of a push whose envelope can be decoded.

    Raises IdempotencyKeyMissing, InvalidRequest and the like.
    """
    key = required_key(request)
    text = await _read(request, push_request.is_envelope, decode_push)
    return PushBody(text, IdempotencyKey(key, await _fingerprint(text)))


async def read_sync_body(request: web.Request) -> tuple[SyncBody, PushBody]:
    """Body of a combined push and pull whose two parts can be decoded, and its push.

    Raises the same.
    """
    key = required_key(request)
    parts = push_request.decode_sync_body(
        await _read(request, push_request.is_sync_body, decode_sync)
    )
    text = bytes(parts.push)
    return parts, PushBody(text, IdempotencyKey(key, await _fingerprint(text)))


def decode_push(body: bytes, max_changes: int) -> bytes:
    """The body, with NUL for lone surrogates where it has any; raises its error."""
    body = push_request.repaired(body)
    if len(push_request.decode_envelope(body).changes) > max_changes:
        raise TooManyChanges(f"A push carries at most {max_changes} changes.")
    return body


def decode_sync(body: bytes, max_changes: int) -> bytes:
    """The same of a combined body, with its push."""
    body = push_request.repaired(body)
    decode_push(bytes(push_request.decode_sync_body(body).push), max_changes)
    return body


async def _fingerprint(body: bytes) -> bytes:
    """SHA-256 of a push; that of a very large one is computed in a thread."""
    if len(body) <= VERY_LARGE_BYTES:
        return hashlib.sha256(body).digest()
    return (await asyncio.to_thread(hashlib.sha256, body)).digest()


async def _read(
    request: web.Request,
    can_decode: Callable[[bytes], bool],
    decode: Callable[[bytes, int], bytes],
) -> bytes:
    config = request.app[CONFIG]
    body = await read_body(request, config.sync.push_max_bytes)
    if len(body) <= LARGE_BYTES:
        return body
    limit = config.sync.push_max_changes
    usual = len(body) <= VERY_LARGE_BYTES and body.count(b",") <= _SEPARATORS_PER_CHANGE * limit
    if usual and can_decode(body):
        return body
    try:
        return await run_in_child(decode, TIME_LIMIT_S, body, limit)
    except TimeoutError:
        raise InvalidRequest("Reading the body takes too long.") from None
