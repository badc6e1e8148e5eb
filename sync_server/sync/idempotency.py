"""Idempotent writes: a request under an Idempotency-Key takes effect once."""

from collections.abc import Callable

from aiohttp import web

from sync_server.config.settings import CONFIG
from sync_server.rate_limit.charge import Cost, charge, refund
from sync_server.rate_limit.policies import PUSH_CHANGES, PUSH_REQUESTS
from sync_server.store.postgres import FENCE, POOL, acquire, of_user
from sync_server.sync.notify.publisher import PUBLISHER
from sync_server.sync.operation import Operation
from sync_server.sync.stored_response import WriteResult, replay
from sync_server.web.idempotency import IdempotencyKey, cached_response
from sync_server.web.identity import user_of

IS_STORED = f"""
SELECT EXISTS (
  SELECT FROM idempotency_keys
  WHERE {of_user("idempotency_keys")} AND key = $2 AND body = $3)
FROM {FENCE}
"""


async def once(
    request: web.Request,
    key: IdempotencyKey | None,
    prepare: Callable[[], Operation],
    *extra_costs: Cost,
) -> WriteResult:
    """The result of a write, or its replay when the key already has a response.

    The handler must be limited by PUSH_CHANGES. A replay costs no changes. A cached response is
    one only if PostgreSQL has the same: Valkey may remember writes that a restored backup lacks.
    Raises IdempotencyKeyReused, RateLimited, and the errors of `prepare` and of the operation.
    """
    cached = cached_response(request, key) if key else None
    if key and cached is not None and await _is_stored(request, key, cached):
        await charge(request, *extra_costs)
        return replay(cached)
    operation = prepare()
    user_id = user_of(request)
    await charge(request, *_costs(request, max(operation.cost, 1)), *extra_costs)
    result = await operation.run()
    if result.replayed:
        await refund(request)
    publisher = request.app[PUBLISHER]
    if key:
        publisher.cache_response(user_id, key, result.version, result.stored)
    if result.changed:
        publisher.publish(user_id, result.version)
    return result


def _costs(request: web.Request, changes: int) -> list[Cost]:
    """Costs of a write: its changes, and itself. Without a limit of changes there is neither."""
    user_id = user_of(request)
    costs = [Cost(PUSH_CHANGES, user_id, changes)]
    if PUSH_CHANGES.limit(request.app[CONFIG]).amount:
        costs.append(Cost(PUSH_REQUESTS, user_id))
    return costs


async def _is_stored(request: web.Request, key: IdempotencyKey, response: bytes) -> bool:
    user_id = user_of(request)
    async with acquire(request.app[POOL], request.app[CONFIG]) as connection:
        return bool(await connection.fetchval(IS_STORED, user_id, key.text, response))
