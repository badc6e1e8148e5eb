"""Pages of an account's lists, the latest first: their parameters and tokens."""

import datetime

import asyncpg

from schema.ids import UserId
from sync_server.rest.page_token import InvalidPageToken, decode_page_token, encode_page_token
from sync_server.web.errors import InvalidCursor
from sync_server.web.openapi import Parameter

Position = tuple[datetime.datetime, str]
"""Time and id of the last row of a page."""


def page_parameters(max_limit: int, what: str) -> dict[str, Parameter]:
    """Query parameters `limit` and `page_token` of a list of `what`."""
    return {
        "limit": Parameter(
            {"type": "integer", "minimum": 1, "maximum": max_limit}, f"{what} a page"
        ),
        "page_token": Parameter({"type": "string"}, "`next_page_token` of the page before"),
    }


def position(token: str | None, user_id: UserId, scope: str) -> Position | None:
    """The position of a page token, None without one; raises InvalidCursor."""
    if token is None:
        return None
    try:
        key, id = decode_page_token(token, user_id, scope)
    except InvalidPageToken as error:
        raise InvalidCursor(str(error)) from None
    return datetime.datetime.fromisoformat(str(key)), id


def next_token(rows: list[asyncpg.Record], limit: int, user_id: UserId, scope: str) -> str | None:
    """Token of the page after the first `limit` rows, None if there are no more."""
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return encode_page_token(last["created_at"].isoformat(), last["id"], user_id, scope)
