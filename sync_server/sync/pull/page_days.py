"""Days of a page: those that its records touch, or those that the query names."""

import datetime
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
from aiohttp import web

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.sync.pull import sql
from sync_server.sync.pull.positions import PageStart
from sync_server.sync.pull.query import MAX_TOUCHED_DAYS, PullQuery

ViewDays = Callable[
    [Connection, UserId, Sequence[datetime.date]], Awaitable[list[dict[str, object]]]
]
VIEW_DAYS: web.AppKey[ViewDays] = web.AppKey("view_days")
"""Computes day views; set by the application, so that sync depends on no domain."""

# The collections whose day is that of their parent, and the collections of those parents.
_DATED_BY_PARENT = [name for name, collection in COLLECTIONS.items() if collection.parent_day]
_DATING_PARENTS = [c.parent_day for c in COLLECTIONS.values() if c.parent_day]


def needs_days(query: PullQuery, rows: list[asyncpg.Record]) -> bool:
    """True if the page may have day views."""
    return query.day_views != "none" and (query.day_views != "touched" or bool(rows))


async def days_of_page(
    connection: Connection,
    user_id: UserId,
    query: PullQuery,
    begin: PageStart,
    last: int,
    is_partial: bool,
) -> list[datetime.date]:
    """The days of a page; `is_partial` for one of a first sync that goes on."""
    match query.day_views:
        case "none":
            return []
        case "touched":
            rows = await connection.fetch(
                sql.READ_TOUCHED_DAYS,
                user_id,
                begin.version,
                last,
                begin.start,
                MAX_TOUCHED_DAYS,
                query.collections,
                _DATED_BY_PARENT,
                _DATING_PARENTS,
                last if is_partial else None,
            )
            return sorted(datetime.date.fromisoformat(row[0]) for row in rows)
        case (first, final):
            length = (final - first).days + 1
            return [first + datetime.timedelta(days=offset) for offset in range(length)]
