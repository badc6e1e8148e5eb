"""The routes of an account's identities at OpenID Connect providers."""

from aiohttp import web

from sync_server.auth import identity_queries
from sync_server.auth.factors import locked_account, note, notify
from sync_server.auth.oidc import find_owner, identity_of
from sync_server.auth.schemas.requests import ID_TOKEN_EXAMPLE, IdToken
from sync_server.auth.schemas.responses import IDENTITIES
from sync_server.config.settings import CONFIG
from sync_server.rate_limit.policies import LOGIN_IP, limited
from sync_server.store.postgres import POOL, transaction
from sync_server.web.body import read_fields
from sync_server.web.clock import utc_now
from sync_server.web.errors import (
    IdentityTaken,
    InvalidIdToken,
    NotFound,
    ProviderUnavailable,
    RecentLoginRequired,
)
from sync_server.web.identity import SYNC, needs, user_of
from sync_server.web.openapi import operation
from sync_server.web.recent_login import require_recent_login
from sync_server.web.respond import NO_STORE, json_response


@operation(responses={200: IDENTITIES})
@needs(SYNC, unverified=True)
async def list_identities(request: web.Request) -> web.StreamResponse:
    """The user's identities at providers."""
    user_id = user_of(request)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        rows = await identity_queries.list_all(connection, user_id)
    return json_response(request, {"identities": [dict(row) for row in rows]})


@operation(
    responses={204: None},
    errors=(InvalidIdToken, IdentityTaken, RecentLoginRequired, ProviderUnavailable),
    body=IdToken,
    example=ID_TOKEN_EXAMPLE,
)
@limited(LOGIN_IP)
@needs(SYNC, unverified=True)
async def link_identity(request: web.Request) -> web.StreamResponse:
    """Link an identity to the account, which needs a recent log-in; linking it again is a 204."""
    await require_recent_login(request)
    provider, identity = await identity_of(request, await read_fields(request, IdToken()))
    user_id, now = user_of(request), utc_now()
    owner = await find_owner(request, identity)
    if owner == user_id:
        return web.Response(status=204, headers=NO_STORE)
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        account = await locked_account(connection, user_id)
        if not await identity_queries.insert(connection, user_id, provider.name, identity, now):
            raise IdentityTaken
        await note(connection, request, "identity_linked", now)
    notify(request, "identity_linked", account.email, now, provider.name)
    return web.Response(status=204, headers=NO_STORE)


@operation(
    responses={204: None},
    errors=(NotFound, RecentLoginRequired),
    path={"provider": {"type": "string"}},
)
@needs(SYNC, unverified=True)
async def unlink_identity(request: web.Request) -> web.StreamResponse:
    """Unlink the identity of a provider, which needs a recent log-in.

    An account that never had a password gets one by `/auth/password/forgot`.
    """
    await require_recent_login(request)
    user_id, name, now = user_of(request), request.match_info["provider"], utc_now()
    async with transaction(request.app[POOL], request.app[CONFIG], user_id) as connection:
        account = await locked_account(connection, user_id)
        if "\0" in name or not await identity_queries.delete(connection, user_id, name):
            raise NotFound
        await note(connection, request, "identity_unlinked", now)
    notify(request, "identity_unlinked", account.email, now, name)
    return web.Response(status=204, headers=NO_STORE)
