"""From a request that writes to its answer: made once under a key, counted, and told to all."""

import time
from collections.abc import Sequence

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge, refund
from sync_server.rate_limit.policies import PUSH_CHANGES
from sync_server.store.postgres import POOL
from sync_server.sync.notify.publisher import ANNOUNCER
from sync_server.sync.server_writes.commit_edits import Edit, Request, Tell, write_edits
from sync_server.sync.stored_response import Reply, request_fingerprint
from sync_server.web.errors import IdempotencyKeyReused, TooManyChanges
from sync_server.web.idempotency import CACHED, Remembered, idempotency_key, remembered
from sync_server.web.identity import user_of


def optional_key(request: web.Request) -> str | None:
    """The request's Idempotency-Key, None without; raises IdempotencyKeyInvalid."""
    return idempotency_key(request) if "Idempotency-Key" in request.headers else None


async def write_once(
    request: web.Request, edits: Sequence[Edit], tell: Tell, body: bytes
) -> web.StreamResponse:
    """Make the edits and answer, or repeat the answer that the key had; `body` is as received.

    The handler is limited by PUSH_CHANGES; a repeat costs nothing.
    """
    user_id, key = user_of(request), optional_key(request)
    fingerprint = request_fingerprint(request, body)
    earlier = remembered(request[CACHED]) if key else None
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return Reply.unpacked(earlier.body).response(request, replayed=True)
    config = request.app[CONFIG]
    if len(edits) > config.push_max_changes:
        raise TooManyChanges(f"A request writes at most {config.push_max_changes} records.")
    await charge(request, Cost(PUSH_CHANGES, user_id, max(len(edits), 1)))
    asked = Request(user_id, edits, time.time_ns() // 1000, key, fingerprint)
    answer = await write_edits(request.app[POOL], config, asked, tell)
    if answer.replayed:
        await refund(request)
    announcer = request.app[ANNOUNCER]
    if key:
        kept = Remembered(fingerprint, answer.version, answer.body)
        announcer.announce(user_id, key, kept, moved=answer.changed)
    elif answer.changed:
        announcer.announce_version(user_id, answer.version)
    return Reply.unpacked(answer.body).response(request, replayed=answer.replayed)
