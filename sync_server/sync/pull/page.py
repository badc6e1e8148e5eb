"""Pages of a pull: changed records in the order of their versions, and views of their days."""

import datetime
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import orjson
from aiohttp import web

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, read_transaction
from sync_server.sync.engine.cursor import (
    Cursor,
    MalformedCursor,
    Position,
    decode_cursor,
    encode_cursor,
)
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
    """A user's history: its version, its epoch, and the version up to which it was purged.

    `restored_version` is that of the backup from which the epoch began, None if it did not.
    """

    version: int
    epoch: int
    purged_version: int
    restored_version: int | None


@dataclass(frozen=True, slots=True)
class PageStart:
    """The start of a page: the positions of its collections in a history.

    `positions` is empty where all collections are at `rest`.
    """

    history: History
    cursor: Cursor
    rest: Position
    positions: Mapping[str, Position]

    @property
    def all_positions(self) -> Collection[Position]:
        """The positions of the collections of the page."""
        return self.positions.values() or (self.rest,)

    @property
    def version(self) -> int:
        """The lowest version of any collection."""
        return min(position.version for position in self.all_positions)

    @property
    def start(self) -> int:
        """The lowest version up to which tombstones are left out."""
        return min(position.start for position in self.all_positions)


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
        begin = _page_start(cursor, history, query)
        has_more, rows = len(rows) > query.limit, rows[: query.limit]
        last = _last_version(begin, rows, has_more)
        if await _acknowledge(connection, user_id, query, begin, last, has_more, now_us):
            await connection.execute(sql.TRIM_DEVICES, user_id, config.quota_devices)
        etag = _etag(history, user_id, query)
        if if_none_match and etag in if_none_match:
            return PullPage(etag, None)
        days = await _days(connection, user_id, query, begin, last if rows else 0)
        views = await view_days(connection, user_id, days) if days else []
    token = encode_cursor(_next_cursor(begin, query, last, has_more), user_id)
    return PullPage(etag, _page_text(rows, token, has_more, views, now_us))


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


def _given_positions(
    cursor: Cursor | None, query: PullQuery
) -> tuple[Position | None, Mapping[str, Position | None]]:
    """The position of all collections of the query, or one for each where they differ.

    None is the beginning.
    """
    if cursor is None:
        return None, {}
    names = query.collections or tuple(COLLECTIONS)
    positions = {name: cursor.position(name) for name in names}
    distinct = set(positions.values())
    if query.collections is None:
        distinct.add(cursor.rest)
    return (distinct.pop(), {}) if len(distinct) == 1 else (None, positions)


def _page_start(cursor: Cursor | None, history: History, query: PullQuery) -> PageStart:
    """The positions of the page in the history; raises CursorExpired."""
    if cursor is not None and (cursor.epoch != history.epoch or cursor.version > history.version):
        raise _restored(cursor, history)
    # At least 1, so that the first sync of an empty account is still known as one.
    beginning = Position(0, max(history.version, 1))
    rest, named = _given_positions(cursor, query)
    begin = PageStart(
        history,
        cursor or Cursor(history.epoch),
        rest or beginning,
        {name: position or beginning for name, position in named.items()},
    )
    for position in begin.all_positions:
        if position.safe_version < history.purged_version:
            raise CursorExpired(extra={"reason": "purged"})
    return begin


def _restored(cursor: Cursor, history: History) -> CursorExpired:
    """The error for a cursor of a history that a backup has replaced."""
    version = history.restored_version
    if version is None or cursor.epoch == history.epoch:
        # Nobody noted the backup's version: everything up to the present one may be of it.
        version = history.version
    return CursorExpired(
        "The server was restored from a backup: pull from the beginning.",
        extra={"reason": "restored", "restored_version": version},
    )


def _etag(history: History, user_id: UserId, query: PullQuery) -> str:
    given = sorted(query.given.items())
    page = repr((history.epoch, history.version, user_id, given))
    return f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'


async def _read_rows(
    connection: Connection, user_id: UserId, query: PullQuery, cursor: Cursor | None
) -> tuple[History, list[asyncpg.Record]]:
    """The history, and the records of the page with one more if another page follows."""
    rest, positions = _given_positions(cursor, query)
    given = [position or Position(0) for position in positions.values()] or [rest or Position(0)]
    after = min(position.version for position in given)
    arguments = [user_id, after, rest.start if rest else None, query.limit + 1]
    if positions:
        versions = [position.version for position in given]
        starts = [position.start if position else None for position in positions.values()]
        rows = await connection.fetch(
            sql.READ_MIXED_PAGE, *arguments, list(positions), versions, starts
        )
    elif query.collections is None:
        rows = await connection.fetch(sql.READ_PAGE, *arguments)
    else:
        rows = await connection.fetch(sql.READ_FILTERED_PAGE, *arguments, list(query.collections))
    for index, row in enumerate(rows):
        if row["collection"] is None:
            return _history(rows.pop(index)), rows
    raise AccountDeleted


def _history(head: asyncpg.Record) -> History:
    """The history of the head row, which READ_PAGE puts into the columns of a record."""
    restored = head["data"]
    return History(
        version=head["version"],
        epoch=head["clock"],
        purged_version=int(head["device_id"]),
        restored_version=None if restored is None else int(restored),
    )


def _last_version(begin: PageStart, rows: list[asyncpg.Record], has_more: bool) -> int:
    """The version that the page reaches."""
    last: int = rows[-1]["version"] if rows else begin.version
    return last if has_more else max(last, begin.history.version)


def _next_cursor(begin: PageStart, query: PullQuery, last: int, has_more: bool) -> Cursor:
    """The cursor after the page; collections that it did not cover stay where they were."""

    def following(position: Position) -> Position:
        if not has_more:
            return Position(last)
        return Position(max(position.version, last), position.start)

    epoch = begin.history.epoch
    if query.collections is None and not has_more:
        return Cursor(epoch, Position(last))
    if query.collections is None and not begin.positions:
        return Cursor(epoch, following(begin.rest))
    names = query.collections or tuple(COLLECTIONS)
    reached = {name: following(begin.positions.get(name, begin.rest)) for name in names}
    return Cursor(epoch, begin.cursor.rest, {**begin.cursor.positions, **reached})


async def _days(
    connection: Connection, user_id: UserId, query: PullQuery, begin: PageStart, last: int
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
                begin.version,
                last,
                begin.start,
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
    begin: PageStart,
    last: int,
    has_more: bool,
    now_us: int,
) -> bool:
    """Store the version up to which the device has every record of each collection of the page.

    That is the version of the cursor it sent; in a first sync, the end of the last page, since
    only then the device has all tombstones that it needs. True if the device is new.
    """
    if not query.device_id:
        return False
    if query.collections is None and not begin.positions:
        given: Mapping[str, Position] = {"*": begin.rest}
    else:
        names = query.collections or tuple(COLLECTIONS)
        given = {name: begin.positions.get(name, begin.rest) for name in names}
    acked = {
        name: last if position.start else position.version
        for name, position in given.items()
        if not (position.start and has_more)
    }
    if not acked:
        return False
    now = datetime.datetime.fromtimestamp(now_us / 1e6, datetime.UTC)
    is_new = await connection.fetchval(
        sql.ACKNOWLEDGE,
        user_id,
        query.device_id,
        max(acked.values()),
        orjson.dumps(acked).decode(),
        now,
    )
    return bool(is_new)


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
