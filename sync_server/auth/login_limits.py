"""Limits of log-ins: guesses are limited, and do not lock users out of their own accounts.

Tight by account and caller: the address, or the device that proves a session of the account. Loose
by account alone, which callers that are known do not count for: an address where the account has
logged in lately, or such a device. So many guesses from many addresses keep strangers out only.
"""

import hashlib
import hmac

from aiohttp import web

from sync_server.auth import refresh_token_queries
from sync_server.config.settings import CONFIG
from sync_server.config.units import DAY_S
from sync_server.rate_limit.charge import Cost
from sync_server.rate_limit.policies import LOGIN_ACCOUNT, LOGIN_ACCOUNT_ALL, LOGIN_IP
from sync_server.security.tokens import BadToken, token_hash, user_of_refresh_token
from sync_server.store.breaker import BREAKER
from sync_server.store.postgres import POOL, transaction
from sync_server.store.redis import REDIS
from sync_server.web.client_address import address_of

KNOWN_FOR_S = 90 * DAY_S


async def login_costs(request: web.Request, email: str, token: str | None) -> list[Cost]:
    """Costs of a log-in to an e-mail; `token` is a refresh token of an earlier session, if any."""
    address = address_of(request)
    family_id = await _known_session(request, email, token)
    caller = f"session {family_id}" if family_id else address
    costs = [Cost(LOGIN_IP, address), Cost(LOGIN_ACCOUNT, f"{email}\n{caller}")]
    if not family_id and not await _is_known(request, email):
        costs.append(Cost(LOGIN_ACCOUNT_ALL, email))
    return costs


async def remember_caller(request: web.Request, email: str) -> None:
    """Note that the account has logged in from this address."""
    redis, key = request.app[REDIS], _key(request, email)
    await request.app[BREAKER].call(lambda: redis.set(key, b"1", ex=KNOWN_FOR_S), None)


async def _is_known(request: web.Request, email: str) -> bool:
    redis, key = request.app[REDIS], _key(request, email)
    return bool(await request.app[BREAKER].call(lambda: redis.exists(key), 0))


async def _known_session(request: web.Request, email: str, token: str | None) -> str | None:
    """The family of a refresh token, also one that was used or ended, of this very account."""
    if token is None:
        return None
    try:
        user_id = user_of_refresh_token(token)
    except BadToken:
        return None
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        return await refresh_token_queries.find_family_of_email(
            connection, user_id, token_hash(token), email
        )


def _key(request: web.Request, email: str) -> str:
    secret = next(iter(request.app[CONFIG].auth.secret_keys.values()))
    message = f"known caller\n{email}\n{address_of(request)}".encode()
    return f"known:{hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]}"
