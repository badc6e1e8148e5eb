"""Identity of a request: its bearer token and scopes; a route without a scope is closed."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from schema.ids import UserId
from sync_server.security.scopes import ADMIN as ADMIN
from sync_server.security.scopes import ONE_FACTOR, UNVERIFIED, Scope
from sync_server.security.scopes import SUPPORT as SUPPORT
from sync_server.security.scopes import SYNC as SYNC
from sync_server.security.tokens import Claims
from sync_server.web.access_tokens import bearer_token, claims_of_token
from sync_server.web.admission import ADMISSION
from sync_server.web.errors import (
    ApiError,
    EmailUnverified,
    Forbidden,
    SecondFactorNotProven,
    Unauthorized,
)
from sync_server.web.fair_share import FAIR_SHARES, run_public
from sync_server.web.rejected_bodies import REJECTED_BODIES
from sync_server.web.revocation import require_live_session
from sync_server.web.session_state import reject_revoked
from sync_server.web.tickets import redeem_ticket

_NO_TURN = nullcontext()
_SCOPE = "__scope__"
_TICKET = "__ticket__"
_REVOKED = "__revoked__"
_LASTING = "__lasting__"
_UNVERIFIED = "__unverified__"
_OPEN = Scope("")
_Handler = TypeVar("_Handler", bound=Handler)


@dataclass(frozen=True, slots=True)
class Identity:
    """Authenticated caller: user, token and session. `expires_at` is in Unix seconds."""

    user_id: UserId
    jti: str
    family_id: str
    expires_at: int
    scopes: frozenset[str]

    @classmethod
    def of(cls, claims: Claims) -> "Identity":
        """Identity of a token's claims."""
        return cls(
            UserId(claims.user_id),
            claims.jti,
            claims.family_id,
            claims.expires_at,
            claims.scopes,
        )

    @property
    def claims(self) -> Claims:
        """The claims of the identity, as a token has them."""
        return Claims(self.user_id, self.jti, self.family_id, self.expires_at, self.scopes)


ADMITTED: web.RequestKey[bool] = web.RequestKey("admitted", bool)
"""Set once a request no longer waits for others of its user."""
IDENTITY: web.RequestKey[Identity] = web.RequestKey("identity", Identity)


def public(handler: _Handler) -> _Handler:
    """Mark a handler as open to anyone."""
    setattr(handler, _SCOPE, _OPEN)
    return handler


def needs(
    scope: Scope,
    *,
    ticket: bool = False,
    revoked: bool = False,
    unverified: bool = False,
    lasting: bool = False,
) -> Callable[[_Handler], _Handler]:
    """Mark a handler as open to tokens with the scope.

    `ticket` also admits a ticket in the URL, `revoked` a token that was revoked, `unverified` a
    user whose e-mail address is not verified, where that is demanded. A `lasting` request has its
    own limits.
    """

    def mark(handler: _Handler) -> _Handler:
        setattr(handler, _SCOPE, scope)
        setattr(handler, _TICKET, ticket)
        setattr(handler, _REVOKED, revoked)
        setattr(handler, _UNVERIFIED, unverified)
        setattr(handler, _LASTING, lasting)
        return handler

    return mark


def scope_of(handler: object) -> Scope | None:
    """Scope that a handler requires; empty if it is public, None if it declares nothing."""
    return getattr(handler, _SCOPE, None)


def user_of(request: web.Request) -> UserId:
    """The user who asks."""
    return request[IDENTITY].user_id


def check_routes(app: web.Application) -> None:
    """Raise RuntimeError for a handler without an access mark, `public` or `needs`."""
    for route in app.router.routes():
        if scope_of(route.handler) is None:
            raise RuntimeError(
                f"{route.method} {route.resource} is marked neither public nor needs."
            )


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Require a live token of the right scope, unless the route is public.

    A route that does not exist is no secret. Another page's preflight carries no token.
    """
    route = request.match_info
    if route.http_exception is not None:
        return await handler(request)
    if scope_of(route.handler) == _OPEN:
        return await run_public(request, handler)
    if getattr(route.handler, _TICKET, False) and _has_ticket(request):
        claims = await redeem_ticket(request.app, request.query["ticket"])
    else:
        claims = claims_of_token(request.app, bearer_token(request))
    identity = Identity.of(claims)
    work, can_work = _admitted(request, handler, identity), partial(_can_work, request)
    try:
        response = await request.app[FAIR_SHARES].run(identity.user_id, work, can_work)
    except ApiError as error:
        await request.app[REJECTED_BODIES].answer(identity.user_id, request, error.status)
        raise
    return await handler(request) if response is None else response


def _can_work(request: web.Request) -> bool:
    return ADMITTED in request and request.content.is_eof()


async def _admitted(
    request: web.Request, handler: Handler, identity: Identity
) -> web.StreamResponse | None:
    """The response; None for a lasting request, which the caller may go on with."""
    admission, user_id = request.app[ADMISSION], identity.user_id
    async with admission.of(request).admit(user_id):
        heavy = request.app[FAIR_SHARES].heavy(user_id)
        async with admission.heavy_turns.take(heavy) if heavy else _NO_TURN:
            request[ADMITTED] = True
            await _check(request, identity)
            if getattr(request.match_info.handler, _LASTING, False):
                return None
            return await handler(request)


async def _check(request: web.Request, identity: Identity) -> None:
    """Raise Unauthorized, EmailUnverified or Forbidden unless the caller may call the route."""
    handler = request.match_info.handler
    try:
        await reject_revoked(request, identity.claims)
    except Unauthorized:
        if not getattr(handler, _REVOKED, False):
            raise
    unverified = getattr(handler, _UNVERIFIED, False)
    require_scope(identity, scope_of(handler), unverified=unverified)
    request[IDENTITY] = identity


def require_scope(identity: Identity, scope: Scope | None, *, unverified: bool = False) -> None:
    """Raise EmailUnverified, SecondFactorNotProven or Forbidden unless the token has the scope."""
    if UNVERIFIED in identity.scopes:
        if not unverified:
            raise EmailUnverified
    elif scope not in identity.scopes:
        raise SecondFactorNotProven if ONE_FACTOR in identity.scopes else Forbidden


def _has_ticket(request: web.Request) -> bool:
    return "ticket" in request.query and "Authorization" not in request.headers


async def live_identity(app: web.Application, claims: Claims) -> Identity:
    """Identity of the claims, once their session is checked; raises ApiError."""
    identity = Identity.of(claims)
    await require_live_session(app, identity.user_id, identity.family_id, identity.jti)
    return identity
