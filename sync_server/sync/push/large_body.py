"""Large bodies that a parser would take long for: a child process reads them first.

A parser holds Python's lock, so that a thread would not help. Up to a megabyte, almost every body
is read at once, in some milliseconds; the others have an error somewhere, or many more separators
than a push has fields.
"""

import asyncio
from collections.abc import Callable

from sync_server.config.settings import Config
from sync_server.sync.push import request as push_request
from sync_server.sync.push.pipeline import push_fingerprint
from sync_server.web.child_process import preload, run_in_child
from sync_server.web.errors import InvalidRequest, TooManyChanges

LARGE_BYTES, VERY_LARGE_BYTES = 64 * 1024, 1024 * 1024
TIME_LIMIT_S = 10.0
_SEPARATORS_PER_CHANGE = 64

preload(__name__)


async def readable_push(body: bytes, config: Config) -> bytes:
    """Body of a push whose envelope can be decoded; raises InvalidRequest and the like."""
    return await _readable(body, config, push_request.is_envelope, decode_push)


async def readable_sync(body: bytes, config: Config) -> bytes:
    """Body of a combined push and pull whose two parts can be decoded; raises the same."""
    return await _readable(body, config, push_request.is_sync_body, decode_sync)


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


async def fingerprint(body: bytes) -> bytes:
    """Fingerprint of a push; that of a very large one is computed in a thread."""
    if len(body) <= VERY_LARGE_BYTES:
        return push_fingerprint(body)
    return await asyncio.to_thread(push_fingerprint, body)


async def _readable(
    body: bytes,
    config: Config,
    can_decode: Callable[[bytes], bool],
    decode: Callable[[bytes, int], bytes],
) -> bytes:
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
