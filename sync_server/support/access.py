"""Access to accounts by the operator's staff: past row-level security, recorded."""

import uuid

from aiohttp import web

from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.web.audit import Action, audit
from sync_server.web.clock import utc_now
from sync_server.web.error_middleware import REQUEST_ID
from sync_server.web.errors import NotFound
from sync_server.web.identity import user_of


def account_of(request: web.Request, name: str = "id") -> UserId:
    """The id in the request's path; raises NotFound."""
    return UserId(uuid_of(request.match_info[name]))


def uuid_of(text: str) -> str:
    """A UUID in canonical text; raises NotFound."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise NotFound from None


async def note(
    connection: Connection, request: web.Request, user_id: str, action: Action, **details: int
) -> None:
    """Record an access in the account's audit trail."""
    actor_id, request_id = user_of(request), request[REQUEST_ID]
    await audit(connection, user_id, actor_id, action, request_id, utc_now(), **details)
