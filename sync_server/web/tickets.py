"""Stream tickets: single-use credentials for URLs, where a token must never be.

A ticket is stored in Valkey only, under its digest. Without Valkey there are no tickets: a ticket
that could be used twice would not be one.
"""

import hashlib
import secrets

import orjson
from aiohttp import web

from sync_server.security.tokens import Claims
from sync_server.store.breaker import BREAKER
from sync_server.store.redis import REDIS
from sync_server.web.errors import TicketsUnavailable, Unauthorized

TICKET_LIFETIME_S = 60
_UNAVAILABLE = object()


async def issue_ticket(app: web.Application, claims: Claims) -> str:
    """A ticket with the claims of an access token; raises TicketsUnavailable."""
    ticket = secrets.token_urlsafe(32)
    scopes = sorted(claims.scopes)
    value = orjson.dumps([claims.user_id, claims.jti, claims.family_id, claims.expires_at, scopes])
    stored = await app[BREAKER].call(
        lambda: app[REDIS].set(_key(ticket), value, ex=TICKET_LIFETIME_S), None
    )
    if not stored:
        raise TicketsUnavailable
    return ticket


async def redeem_ticket(app: web.Application, ticket: str) -> Claims:
    """The claims of a ticket, which is used up by this; raises Unauthorized or TicketsUnavailable.

    The session is not checked here.
    """
    value = await app[BREAKER].call(lambda: app[REDIS].getdel(_key(ticket)), _UNAVAILABLE)
    if value is _UNAVAILABLE:
        raise TicketsUnavailable
    if not isinstance(value, bytes):
        raise Unauthorized("The ticket is unknown, expired or used.")
    user_id, jti, family_id, expires_at, scopes = orjson.loads(value)
    return Claims(user_id, jti, family_id, expires_at, frozenset(scopes))


def _key(ticket: str) -> str:
    return f"ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"
