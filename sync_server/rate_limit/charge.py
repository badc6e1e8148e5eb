"""Spending from limits: handlers say what a request costs, and whom."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web
from prometheus_client import Counter

from sync_server.config.settings import CONFIG, Config
from sync_server.rate_limit.memory_window import Charge, Reading
from sync_server.rate_limit.policies import Policy, limit_header, policies_of, policy_header
from sync_server.rate_limit.redis_window import Limiter, Spent
from sync_server.store.redis import BREAKER, REDIS
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import InvalidCredentials, RateLimited

REFUSED = Counter(
    "trackforge_rate_limited_total", "Requests refused by a rate limit, by policy.", ("policy",)
)
LIMITER: web.AppKey[Limiter] = web.AppKey("limiter", Limiter)
POLICY_HEADERS: web.AppKey[dict[object, str]] = web.AppKey("policy_headers", dict)


@dataclass(frozen=True, slots=True)
class Spend:
    """What a request costs a subject under a policy."""

    policy: Policy
    subject: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Bill:
    """What a request has spent; readings come in the order of the policies."""

    policies: Sequence[Policy]
    spent: Spent

    def readings(self) -> list[tuple[Policy, Reading]]:
        """Each policy with what is left."""
        return list(zip(self.policies, self.spent.readings, strict=True))


BILLS: web.RequestKey[list[Bill]] = web.RequestKey("bills", list)


async def spend(request: web.Request, *spends: Spend) -> None:
    """Charge a request to all of the limits, or to none of them and raise RateLimited.

    One call is one round trip. The handler must name the policies with `limited`.
    """
    config = request.app[CONFIG]
    declared = policies_of(request.match_info.handler)
    policies, charges = [], []
    for it in spends:
        if it.policy not in declared:
            raise RuntimeError(f"The handler does not say that it is limited by {it.policy.name}.")
        limit = it.policy.limit(config)
        if limit.amount:
            policies.append(it.policy)
            charges.append(Charge(_key(it, config), limit.amount, limit.seconds, it.weight))
    if not charges:
        return
    wary = any(policy.wary for policy in policies)
    spent = await request.app[LIMITER].spend(charges, request[REQUEST_ID], wary=wary)
    bill = Bill(policies, spent)
    request.setdefault(BILLS, []).append(bill)
    refusals = [(policy, it.seconds) for policy, it in bill.readings() if not it.fits]
    if refusals:
        for policy, _ in refusals:
            REFUSED.labels(policy.name).inc()
        seconds = max(1, *(seconds for _, seconds in refusals))
        raise RateLimited(
            f"Too many requests: try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )


async def refund(request: web.Request) -> None:
    """Give back all that this request has spent: only failures were to be counted."""
    for at, bill in enumerate(request.get(BILLS, [])):
        await request.app[LIMITER].refund(bill.spent, request[REQUEST_ID])
        readings = [
            replace(reading, left=min(reading.left + charge.weight, charge.limit))
            for charge, reading in zip(bill.spent.charges, bill.spent.readings, strict=True)
        ]
        request[BILLS][at] = replace(bill, spent=replace(bill.spent, readings=readings))


@asynccontextmanager
async def attempt(request: web.Request, *spends: Spend) -> AsyncIterator[None]:
    """A block that may find the password wrong: only that, or a broken connection, is charged.

    It is charged before and given back after, so that guesses sent all at once are counted too.
    """
    await spend(request, *spends)
    try:
        yield
    except InvalidCredentials:
        raise
    except Exception:
        await refund(request)
        raise
    await refund(request)


async def limiting(app: web.Application) -> AsyncIterator[None]:
    """What limits need while the application runs; after the cache."""
    app[LIMITER] = Limiter(app[REDIS], app[BREAKER])
    headers: dict[object, str] = {
        route.handler: policy_header(policies_of(route.handler), app[CONFIG])
        for route in app.router.routes()
    }
    app[POLICY_HEADERS] = headers
    yield


async def add_limit_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer of a limited route: its policies and, when known, what is left."""
    policies = request.app[POLICY_HEADERS].get(request.match_info.handler)
    if policies:
        response.headers["RateLimit-Policy"] = policies
        if bills := request.get(BILLS):
            response.headers["RateLimit"] = limit_header(
                reading for bill in bills for reading in bill.readings()
            )


def _key(it: Spend, config: Config) -> str:
    subject = it.subject
    if it.policy.personal:
        key = next(iter(config.secret_keys.values()))
        message = f"rate limit\n{it.policy.name}\n{subject}".encode()
        subject = hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
    return f"rl:{{{subject}}}:{it.policy.name}"
