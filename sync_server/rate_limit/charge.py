"""Charging of requests to rate limits: handlers give the cost and the subject."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.rate_limit.memory_window import WindowCost
from sync_server.rate_limit.policies import Policy, limit_header, policies_of, policy_header
from sync_server.rate_limit.redis_window import Charged, RateLimiter
from sync_server.store.breaker import BREAKER
from sync_server.store.commands import COMMANDS
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import InvalidCredentials, RateLimited

LIMITED = Counter(
    "trackforge_rate_limited_total", "Requests rejected by a rate limit, by policy.", ("policy",)
)
LIMITER: web.AppKey[RateLimiter] = web.AppKey("limiter", RateLimiter)
POLICY_HEADERS: web.AppKey[dict[object, str]] = web.AppKey("policy_headers", dict)


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a request to a subject under a policy."""

    policy: Policy
    subject: str
    weight: int = 1


Charges = list[tuple[Sequence[Policy], Charged]]
"""Charges of one request, each with its policies in the order of its states."""

CHARGES: web.RequestKey[Charges] = web.RequestKey("charges", list)


async def charge(request: web.Request, *costs: Cost) -> None:
    """Charge a request to all of the limits, or to none of them and raise RateLimited.

    One call is one round trip. The handler must name the policies with `limited`.
    """
    config = request.app[CONFIG]
    declared = policies_of(request.match_info.handler)
    policies, window_costs = [], []
    for cost in costs:
        if cost.policy not in declared:
            raise RuntimeError(f"The handler is not marked as limited by {cost.policy.name}.")
        limit = cost.policy.limit(config)
        if limit.amount:
            policies.append(cost.policy)
            key = _key(cost, config)
            window_costs.append(WindowCost(key, limit.amount, limit.seconds, cost.weight))
    if not window_costs:
        return
    fail_strict = any(policy.fail_strict for policy in policies)
    charged = await request.app[LIMITER].charge(
        window_costs, request[REQUEST_ID], fail_strict=fail_strict
    )
    request.setdefault(CHARGES, []).append((policies, charged))
    waits = [
        (policy, state.seconds)
        for policy, state in zip(policies, charged.states, strict=True)
        if not state.fits
    ]
    if waits:
        for policy, _ in waits:
            LIMITED.labels(policy.name).inc()
        seconds = max(1, *(seconds for _, seconds in waits))
        raise RateLimited(
            f"Too many requests: try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )


async def refund(request: web.Request) -> None:
    """Refund all charges of this request."""
    for index, (policies, charged) in enumerate(request.get(CHARGES, [])):
        await request.app[LIMITER].refund(charged, request[REQUEST_ID])
        states = [
            replace(state, left=min(state.left + cost.weight, cost.limit))
            for cost, state in zip(charged.costs, charged.states, strict=True)
        ]
        request[CHARGES][index] = policies, replace(charged, states=states)


@asynccontextmanager
async def charge_failures(request: web.Request, *costs: Cost) -> AsyncIterator[None]:
    """A password check: only a wrong password, or a broken connection, is charged.

    Charged before and refunded after, so that parallel guesses are counted too.
    """
    await charge(request, *costs)
    try:
        yield
    except InvalidCredentials:
        raise
    except Exception:
        await refund(request)
        raise
    await refund(request)


async def rate_limit_context(app: web.Application) -> AsyncIterator[None]:
    """Cleanup context of the limiter and of the policy headers; after the cache."""
    app[LIMITER] = RateLimiter(app[COMMANDS], app[BREAKER])
    headers: dict[object, str] = {
        route.handler: policy_header(policies_of(route.handler), app[CONFIG])
        for route in app.router.routes()
    }
    app[POLICY_HEADERS] = headers
    yield


async def add_limit_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of a limited route's response: its policies and, once charged, what is left."""
    policies = request.app[POLICY_HEADERS].get(request.match_info.handler)
    if policies:
        response.headers["RateLimit-Policy"] = policies
        if charges := request.get(CHARGES):
            response.headers["RateLimit"] = limit_header(
                state
                for policies_, charged in charges
                for state in zip(policies_, charged.states, strict=True)
            )


def _key(cost: Cost, config: Config) -> str:
    subject = cost.subject
    if cost.policy.hash_subject:
        key = next(iter(config.auth.secret_keys.values()))
        message = f"rate limit\n{cost.policy.name}\n{subject}".encode()
        subject = hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
    return f"rl:{{{subject}}}:{cost.policy.name}"
