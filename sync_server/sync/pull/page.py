"""Pages of a pull: changed records in the order of their versions, and views of their days."""

import asyncio
import datetime
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg
import orjson
from aiohttp import web

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import (
    Connection,
    Pool,
    acquire,
    begin_transaction,
)
from sync_server.sync.engine.cursor import (
    Cursor,
    MalformedCursor,
    decode_cursor,
    encode_cursor,
)
from sync_server.sync.engine.records import record_text
from sync_server.sync.pull import sql
from sync_server.sync.pull.acknowledgement import (
    acknowledged,
    is_news,
    store_acknowledgement,
)
from sync_server.sync.pull.positions import (
    History,
    PageStart,
    last_version,
    next_cursor,
    page_start,
)
from sync_server.sync.pull.query import MAX_TOUCHED_DAYS, PullQuery
from sync_server.sync.pull.snapshot import read_snapshot
from sync_server.web.errors import InvalidCursor

ViewDays = Callable[
    [Connection, UserId, Sequence[datetime.date]], Awaitable[list[dict[str, object]]]
]
VIEW_DAYS: web.AppKey[ViewDays] = web.AppKey("view_days")
"""Computes day views; set by the application, so that sync depends on no domain."""

# The collections whose day is that of their parent, and the collections of those parents.
_DATED_BY_PARENT = [name for name, collection in COLLECTIONS.items() if collection.parent_day]
_DATING_PARENTS = [c.parent_day for c in COLLECTIONS.values() if c.parent_day]
_SMALL_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PullPage:
    """The response of a pull: JSON text, or None if the client's ETag is still current.

    `delivered` is the version up to which the device has every record with this page, None where
    a filter or another page leaves some out.
    """

    etag: str
    text: bytes | None
    delivered: int | None = None


async def pull(
    pool: Pool,
    config: Config,
    user_id: UserId,
    query: PullQuery,
    view_days: ViewDays,
    now_us: int,
    if_none_match: str = "",
) -> PullPage:
    """One page; raises InvalidCursor, CursorExpired or AccountDeleted.

    A page without day views, of a device whose acknowledgement is stored already, is one statement.
    """
    cursor = _read_cursor(query, user_id)
    async with acquire(pool, config) as connection:
        found = await read_snapshot(connection, user_id, query, cursor)
        begin = page_start(cursor, found.history, query)
        rows = fitting(found.rows[: query.limit], query.max_bytes)
        has_more = len(found.rows) > len(rows)
        last = last_version(begin, rows[-1]["version"] if rows else None, has_more)
        etag = _etag(found.history, user_id, query)
        is_current = bool(if_none_match) and etag in if_none_match
        acked = acknowledged(query, begin, last, has_more)
        is_acked, needs_days = not is_news(acked, found.acked), _needs_days(query, rows)
        views: list[dict[str, object]] = []
        if not is_acked or (needs_days and not is_current):
            async with begin_transaction(connection, config, user_id):
                if (device_id := query.device_id) and not is_acked:
                    await store_acknowledgement(
                        connection, config, user_id, device_id, acked, now_us
                    )
                if needs_days and not is_current:
                    is_partial = has_more and begin.start > 0
                    days = await _days(connection, user_id, query, begin, last, is_partial)
                    views = await view_days(connection, user_id, days) if days else []
    delivered = None if has_more or query.collections is not None else found.history.version
    if is_current:
        return PullPage(etag, None, delivered)
    token = encode_cursor(next_cursor(begin, query, last, has_more), user_id)
    return PullPage(etag, await _render(rows, token, has_more, views, now_us), delivered)


def fitting(rows: list[asyncpg.Record], max_bytes: int | None) -> list[asyncpg.Record]:
    """The first rows whose texts have at most so many bytes, one at least; None is no bound."""
    if max_bytes is None:
        return rows
    for index, row in enumerate(rows):
        max_bytes -= len(record_text(*row).encode()) + 1
        if max_bytes < 0 and index:
            return rows[:index]
    return rows


def check_cursor(query: PullQuery, user_id: UserId) -> None:
    """Raise InvalidCursor for a malformed cursor, or one of another user."""
    _read_cursor(query, user_id)


def _read_cursor(query: PullQuery, user_id: UserId) -> Cursor | None:
    if not query.cursor:
        return None
    try:
        return decode_cursor(query.cursor, user_id)
    except MalformedCursor as error:
        raise InvalidCursor(str(error)) from None


def _etag(history: History, user_id: UserId, query: PullQuery) -> str:
    given = sorted(query.given.items())
    page = repr((history.epoch, history.version, user_id, given))
    return f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'


def _needs_days(query: PullQuery, rows: list[asyncpg.Record]) -> bool:
    return query.day_views != "none" and (query.day_views != "touched" or bool(rows))


async def _days(
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


async def _render(
    rows: list[asyncpg.Record],
    token: str,
    has_more: bool,
    views: list[dict[str, object]],
    now_us: int,
) -> bytes:
    arguments = rows, token, has_more, views, now_us
    if len(rows) <= _SMALL_PAGE:
        return _page_text(*arguments)
    # Thousands of records take longer than other requests may wait for the event loop.
    return await asyncio.to_thread(_page_text, *arguments)


def _page_text(
    rows: list[asyncpg.Record],
    token: str,
    has_more: bool,
    views: list[dict[str, object]],
    now_us: int,
) -> bytes:
    # The stored text passes through: no record is parsed on this path.
    changes = ",".join([record_text(*row) for row in rows])
    return (
        (
            f'{{"changes":[{changes}],"cursor":"{token}",'
            f'"has_more":{"true" if has_more else "false"},"day_views":'
        ).encode()
        + orjson.dumps(views)
        + f',"server_clock":{now_us}}}'.encode()
    )
