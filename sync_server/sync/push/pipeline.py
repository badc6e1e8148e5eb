"""Pushes: a validated batch of a device's changes, committed in one transaction."""

from collections.abc import Callable
from functools import partial

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.config.units import DAY_S
from sync_server.store.postgres import Pool
from sync_server.sync.operation import Operation
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.device_push import DevicePush
from sync_server.sync.push.offers import OFFERS
from sync_server.sync.push.request import PushRequest, read_push
from sync_server.sync.push.transaction import run_transaction
from sync_server.sync.push.validation import validate_push
from sync_server.sync.stored_response import WriteResult
from sync_server.web.idempotency import IdempotencyKey
from sync_server.web.identity import Identity


def prepare_push(
    pool: Pool,
    config: Config,
    identity: Identity,
    key: IdempotencyKey,
    body: bytes,
    now_us: int,
    sent_at: int | None,
    note: Callable[[str, int], None],
) -> Operation:
    """Read a push; its cost is the number of its changes.

    `note` is called with the id of the device and this number. Raises the errors of `read_push`.
    """
    user_id, session_id = identity.user_id, identity.family_id
    request = read_push(user_id, key, body, config, now_us, sent_at, session_id=session_id)
    changes = len(request.envelope.changes)
    note(request.envelope.device_id, changes)
    return Operation(changes, partial(commit_push, pool, config, request))


async def push(
    pool: Pool, config: Config, user_id: UserId, body: bytes, now_us: int, session_id: str
) -> WriteResult:
    """Read a push of the server's own and commit it, without an Idempotency-Key.

    Its clocks may be as old as the records of an imported file.
    """
    request = read_push(user_id, None, body, config, now_us, min_clock=1, session_id=session_id)
    return await commit_push(pool, config, request)


async def commit_push(pool: Pool, config: Config, request: PushRequest) -> WriteResult:
    """Validate a push and commit it, or find the response that its key already has."""
    raw = request.envelope.changes
    context, changes = await in_thread_if_many(raw, validate_push, request, config)
    horizon_us = request.now_us - config.retention.tombstone_retention_days * DAY_S * 1_000_000
    push = DevicePush(request, context, changes, horizon_us, config.sync.offer_days)
    result = await run_transaction(pool, config, push)
    if not result.replayed:
        for status in push.offered:
            OFFERS.labels(status).inc()
    return result
