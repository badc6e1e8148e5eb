"""Pages of a pull: changed records in the order of their versions, and views of their days."""

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
from sync_server.store.postgres import Connection, Pool, read_transaction
from sync_server.sync.engine.cursor import Cursor, MalformedCursor, decode_cursor, encode_cursor
from sync_server.sync.engine.records import record_text
from sync_server.sync.pull import sql
from sync_server.sync.pull.query import MAX_TOUCHED_DAYS, PullQuery
from sync_server.web.errors import AccountDeleted, CursorExpired, InvalidCursor

ViewDays = Callable[
    [Connection, UserId, Sequence[datetime.date]], Awaitable[list[dict[str, object]]]
]
VIEW_DAYS: web.AppKey[ViewDays] = web.AppKey("view_days")
"""Computes day views; set by the application, so that sync depends on no domain."""

# The collections whose day is that of their parent, and the collections of those parents.
_DATED_BY_PARENT = [name for name, collection in COLLECTIONS.items() if collection.parent_day]
_DATING_PARENTS = [c.parent_day for c in COLLECTIONS.values() if c.parent_day]


@dataclass(frozen=True, slots=True)
class PullPage:
    """The response of a pull: JSON text, or None if the client's ETag is still current."""

    etag: str
    text: bytes | None


@dataclass(frozen=True, slots=True)
class History:
    """A user's history: its version, its epoch, and the version up to which it was purged."""

    version: int
    epoch: int
    purged_version: int


@dataclass(frozen=True, slots=True)
class Position:
    """The start of a page in a history: after `version`, without the tombstones up to `start`.

    `start` is 0 unless a first sync is under way.
    """

    history: History
    version: int
    start: int


async def pull(
    pool: Pool,
    config: Config,
    user_id: UserId,
    query: PullQuery,
    view_days: ViewDays,
    now_us: int,
    if_none_match: str = "",
) -> PullPage:
    """One page; raises InvalidCursor, CursorExpired or AccountDeleted."""
    cursor = _read_cursor(query, user_id)
    async with read_transaction(pool, config, user_id) as connection:
        history, rows = await _read_rows(connection, user_id, query, cursor)
        position = _position(cursor, history)
        has_more, rows = len(rows) > query.limit, rows[: query.limit]
        following = _next_cursor(position, rows, has_more)
        await _acknowledge(connection, user_id, query, position, following, has_more, now_us)
        etag = _etag(position, user_id, query)
        if if_none_match and etag in if_none_match:
            return PullPage(etag, None)
        days = await _days(connection, user_id, query, position, following.version if rows else 0)
        views = await view_days(connection, user_id, days) if days else []
    token = encode_cursor(following, user_id, query.collections)
    return PullPage(etag, _page_text(rows, token, has_more, views, now_us))


def check_cursor(query: PullQuery, user_id: UserId) -> None:
    """Raise InvalidCursor for a malformed cursor, or one of another user or other collections."""
    _read_cursor(query, user_id)


def _read_cursor(query: PullQuery, user_id: UserId) -> Cursor | None:
    if not query.cursor:
        return None
    try:
        return decode_cursor(query.cursor, user_id, query.collections)
    except MalformedCursor as error:
        raise InvalidCursor(str(error)) from None


def _position(cursor: Cursor | None, history: History) -> Position:
    """The cursor's position in the history; raises CursorExpired."""
    if cursor is None:
        # At least 1, so that the first sync of an empty account is still known as one.
        return Position(history, version=0, start=max(history.version, 1))
    if (
        cursor.epoch != history.epoch
        or cursor.version > history.version
        or cursor.safe_version < history.purged_version
    ):
        raise CursorExpired
    return Position(history, cursor.version, cursor.start)


def _etag(position: Position, user_id: UserId, query: PullQuery) -> str:
    history, given = position.history, sorted(query.given.items())
    page = repr((history.epoch, history.version, user_id, given))
    return f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'


async def _read_rows(
    connection: Connection, user_id: UserId, query: PullQuery, cursor: Cursor | None
) -> tuple[History, list[asyncpg.Record]]:
    """The history, and the records of the page with one more if another page follows."""
    after, start = (cursor.version, cursor.start) if cursor else (0, None)
    arguments = [user_id, after, start, query.limit + 1]
    if query.collections is None:
        rows = await connection.fetch(sql.READ_PAGE, *arguments)
    else:
        rows = await connection.fetch(sql.READ_FILTERED_PAGE, *arguments, list(query.collections))
    for index, row in enumerate(rows):
        if row["collection"] is None:
            return _history(rows.pop(index)), rows
    raise AccountDeleted


def _history(head: asyncpg.Record) -> History:
    """The history of the head row, which READ_PAGE puts into the columns of a record."""
    return History(
        version=head["version"], epoch=head["clock"], purged_version=int(head["device_id"])
    )


def _next_cursor(position: Position, rows: list[asyncpg.Record], has_more: bool) -> Cursor:
    last = rows[-1]["version"] if rows else position.version
    if has_more:
        return Cursor(position.history.epoch, last, position.start)
    return Cursor(position.history.epoch, max(last, position.history.version))


async def _days(
    connection: Connection, user_id: UserId, query: PullQuery, position: Position, last: int
) -> list[datetime.date]:
    match query.day_views:
        case "none":
            return []
        case "touched":
            if not last:
                return []
            rows = await connection.fetch(
                sql.READ_TOUCHED_DAYS,
                user_id,
                position.version,
                last,
                position.start,
                MAX_TOUCHED_DAYS,
                query.collections,
                _DATED_BY_PARENT,
                _DATING_PARENTS,
            )
            return sorted(datetime.date.fromisoformat(row[0]) for row in rows)
        case (first, final):
            length = (final - first).days + 1
            return [first + datetime.timedelta(days=offset) for offset in range(length)]


async def _acknowledge(
    connection: Connection,
    user_id: UserId,
    query: PullQuery,
    position: Position,
    following: Cursor,
    has_more: bool,
    now_us: int,
) -> None:
    """Store the version up to which the device has every record.

    That is the version of the cursor it sent; in a first sync, the end of the last page, since
    only then the device has all tombstones that it needs.
    """
    if not query.device_id or (position.start and has_more):
        return
    version = following.version if position.start else position.version
    now = datetime.datetime.fromtimestamp(now_us / 1e6, datetime.UTC)
    await connection.execute(sql.ACKNOWLEDGE, user_id, query.device_id, version, now)


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
