"""Pulling: a page of changes in the order of their versions, and the days they concern."""

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
from sync_server.sync.engine.cursor import BadCursor, Cursor, decode_cursor, encode_cursor
from sync_server.sync.pull.query import MAX_TOUCHED_DAYS, PullQuery
from sync_server.sync.push import sql as statements
from sync_server.web.errors import AccountDeleted, CursorExpired, InvalidCursor

ViewDays = Callable[
    [Connection, UserId, Sequence[datetime.date]], Awaitable[list[dict[str, object]]]
]
VIEW_DAYS: web.AppKey[ViewDays] = web.AppKey("view_days")
"""Computes day views; the application fills it, so that syncing knows no domain."""

# The collections whose day is that of their parent, and the collections of those parents.
_DATED_BY_PARENT = [name for name, collection in COLLECTIONS.items() if collection.parent_day]
_DATING_PARENTS = [c.parent_day for c in COLLECTIONS.values() if c.parent_day]


@dataclass(frozen=True, slots=True)
class Page:
    """A pull's answer: JSON text, or None when the ETag that the client holds still stands."""

    etag: str
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Head:
    """How far a user's history goes, which history it is, and up to where it was purged."""

    version: int
    epoch: int
    purged_version: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull begins: after `version`, without the tombstones up to `start`."""

    epoch: int
    head: int
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
) -> Page:
    """One page; raises InvalidCursor, CursorExpired or AccountDeleted."""
    cursor = _read_cursor(query, user_id)
    async with read_transaction(pool, config, user_id) as connection:
        head, rows = await _read_page(connection, user_id, query, cursor)
        place = _find_place(cursor, head)
        etag = _etag(place, user_id, query)
        if query.device_id and cursor and not place.start:
            await _acknowledge(connection, user_id, query.device_id, place.version, now_us)
        if if_none_match and etag in if_none_match:
            return Page(etag, None)
        has_more = len(rows) > query.limit
        rows = rows[: query.limit]
        following = _next_cursor(place, rows, has_more)
        if query.device_id and place.start and not has_more:
            await _acknowledge(connection, user_id, query.device_id, following.version, now_us)
        days = await _days(connection, user_id, query, place, following.version if rows else 0)
        views = await view_days(connection, user_id, days) if days else []
    token = encode_cursor(following, user_id, query.collections)
    return Page(etag, _page_text(rows, token, has_more, views, now_us))


def check_cursor(query: PullQuery, user_id: UserId) -> None:
    """Raise InvalidCursor for one that is none, of somebody else, or of other collections."""
    _read_cursor(query, user_id)


def _read_cursor(query: PullQuery, user_id: UserId) -> Cursor | None:
    if not query.cursor:
        return None
    try:
        return decode_cursor(query.cursor, user_id, query.collections)
    except BadCursor as error:
        raise InvalidCursor(str(error)) from None


def _find_place(cursor: Cursor | None, head: Head) -> Place:
    """Where the cursor points in the history that the head tells of."""
    if cursor is None:
        # At least 1, so that a first sync of an empty account is still known as one.
        return Place(head.epoch, head.version, version=0, start=max(head.version, 1))
    if (
        cursor.epoch != head.epoch
        or cursor.version > head.version
        or cursor.safe_version < head.purged_version
    ):
        raise CursorExpired
    return Place(head.epoch, head.version, cursor.version, cursor.start)


def _etag(place: Place, user_id: UserId, query: PullQuery) -> str:
    asked = repr((place.epoch, place.head, user_id, sorted(query.given.items())))
    return f'"{hashlib.sha256(asked.encode()).hexdigest()[:32]}"'


async def _read_page(
    connection: Connection, user_id: UserId, query: PullQuery, cursor: Cursor | None
) -> tuple[Head, list[asyncpg.Record]]:
    after, start = (cursor.version, cursor.start) if cursor else (0, None)
    arguments = [user_id, after, start, query.limit + 1]
    if query.collections is None:
        rows = await connection.fetch(statements.READ_PAGE, *arguments)
    else:
        rows = await connection.fetch(
            statements.READ_FILTERED_PAGE, *arguments, list(query.collections)
        )
    place = next((at for at, row in enumerate(rows) if row["collection"] is None), None)
    if place is None:
        raise AccountDeleted
    head = rows.pop(place)
    return Head(head["version"], head["clock"], int(head["device_id"])), rows


def _next_cursor(place: Place, rows: list[asyncpg.Record], has_more: bool) -> Cursor:
    last = rows[-1]["version"] if rows else place.version
    if has_more:
        return Cursor(place.epoch, last, place.start)
    return Cursor(place.epoch, max(last, place.head))


async def _days(
    connection: Connection, user_id: UserId, query: PullQuery, place: Place, last: int
) -> list[datetime.date]:
    match query.day_views:
        case "none":
            return []
        case "touched":
            rows = last and await connection.fetch(
                statements.READ_TOUCHED_DAYS,
                user_id,
                place.version,
                last,
                place.start,
                MAX_TOUCHED_DAYS,
                query.collections,
                _DATED_BY_PARENT,
                _DATING_PARENTS,
            )
            return sorted(datetime.date.fromisoformat(row[0]) for row in rows or ())
        case (first, final):
            length = (final - first).days + 1
            return [first + datetime.timedelta(days=offset) for offset in range(length)]


async def _acknowledge(
    connection: Connection, user_id: UserId, device_id: str, version: int, now_us: int
) -> None:
    now = datetime.datetime.fromtimestamp(now_us / 1e6, datetime.UTC)
    await connection.execute(statements.ACKNOWLEDGE, user_id, device_id, version, now)


def _page_text(
    rows: list[asyncpg.Record],
    token: str,
    has_more: bool,
    views: list[dict[str, object]],
    now_us: int,
) -> bytes:
    # The stored text passes through: nothing on this path parses a record.
    changes = ",".join(
        [
            f'{{"collection":"{collection}","id":"{id}","version":{version},"clock":{clock},'
            f'"device_id":"{device_id}","deleted":{"true" if deleted else "false"},"data":{data}}}'
            for collection, id, version, clock, device_id, deleted, data in rows
        ]
    )
    return (
        (
            f'{{"changes":[{changes}],"cursor":"{token}",'
            f'"has_more":{"true" if has_more else "false"},"day_views":'
        ).encode()
        + orjson.dumps(views)
        + f',"server_clock":{now_us}}}'.encode()
    )
