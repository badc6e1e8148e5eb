"""Pages of a pull: changed records in the order of their versions, and views of their days."""

import asyncio
import hashlib
from dataclasses import dataclass, replace

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, acquire, begin_transaction, transaction
from sync_server.store.replica import Replica
from sync_server.sync.engine.cursor import Cursor, MalformedCursor, decode_cursor, encode_cursor
from sync_server.sync.engine.records import record_text
from sync_server.sync.pull.acknowledgement import (
    Versions,
    acknowledged,
    is_news,
    store_acknowledgement,
)
from sync_server.sync.pull.page_days import ViewDays, days_of_page, needs_days
from sync_server.sync.pull.positions import (
    History,
    PageStart,
    last_version,
    next_cursor,
    page_start,
)
from sync_server.sync.pull.query import PullQuery
from sync_server.sync.pull.snapshot import PageSnapshot, read_snapshot
from sync_server.web.errors import AccountDeleted, InvalidCursor

_SMALL_PAGE = 1000
Views = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class PullPage:
    """The response of a pull: JSON text, or None if the client's ETag is still current.

    `delivered` is the version up to which the device has every record with this page, None where
    a filter or another page leaves some out.
    """

    etag: str
    text: bytes | None
    delivered: int | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page. `if_none_match` is the header of that name."""

    user_id: UserId
    query: PullQuery
    view_days: ViewDays
    now_us: int
    if_none_match: str = ""


@dataclass(frozen=True, slots=True)
class _PageDraft:
    """A page without its views. `acked` is empty if it is stored already."""

    history: History
    begin: PageStart
    rows: list[asyncpg.Record]
    last: int
    has_more: bool
    etag: str
    is_current: bool
    acked: Versions


async def pull(
    pool: Pool, config: Config, request: PageRequest, replica: Replica | None = None
) -> PullPage:
    """One page; raises InvalidCursor, CursorExpired or AccountDeleted.

    A page without day views, of a device whose acknowledgement is stored already, is one statement.
    With a replica, the primary gives the user's head only, and the replica the page if its head
    is the same, so no page is older than anything that any server has announced.
    """
    cursor = _read_cursor(request.query, request.user_id)
    async with acquire(pool, config) as connection:
        limit = 0 if replica and replica.is_usable else request.query.limit + 1
        found = await read_snapshot(connection, request.user_id, request.query, cursor, limit)
        draft = _draft(request, cursor, found)
        if limit or draft.begin.version >= found.history.version:
            return await _render(
                request, draft, await _complete(connection, config, request, draft)
            )
    if replica and (page := await _from_replica(pool, config, request, replica, cursor, found)):
        return page
    return await pull(pool, config, request)


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


def _draft(request: PageRequest, cursor: Cursor | None, found: PageSnapshot) -> _PageDraft:
    """The page of a snapshot; raises CursorExpired."""
    query = request.query
    begin = page_start(cursor, found.history, query)
    rows = fitting(found.rows[: query.limit], query.max_bytes)
    has_more = len(found.rows) > len(rows)
    last = last_version(begin, rows[-1]["version"] if rows else None, has_more)
    etag = _etag(found.history, request.user_id, query)
    is_current = bool(request.if_none_match) and etag in request.if_none_match
    acked = acknowledged(query, begin, last, has_more)
    if not is_news(acked, found.acked):
        acked = {}
    return _PageDraft(found.history, begin, rows, last, has_more, etag, is_current, acked)


def _etag(history: History, user_id: UserId, query: PullQuery) -> str:
    given = sorted(query.given.items())
    page = repr((history.epoch, history.version, user_id, given))
    return f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'


async def _complete(
    connection: Connection, config: Config, request: PageRequest, draft: _PageDraft
) -> Views:
    """The views of the page's days; the acknowledgement is stored in the same transaction."""
    query = request.query
    with_days = not draft.is_current and needs_days(query, draft.rows)
    if not draft.acked and not with_days:
        return []
    async with begin_transaction(connection, config, request.user_id):
        if draft.acked and query.device_id:
            await store_acknowledgement(
                connection, config, request.user_id, query.device_id, draft.acked, request.now_us
            )
        return await _views(connection, request, draft) if with_days else []


async def _views(connection: Connection, request: PageRequest, draft: _PageDraft) -> Views:
    is_partial = draft.has_more and draft.begin.start > 0
    days = await days_of_page(
        connection, request.user_id, request.query, draft.begin, draft.last, is_partial
    )
    return await request.view_days(connection, request.user_id, days) if days else []


async def _from_replica(
    pool: Pool,
    config: Config,
    request: PageRequest,
    replica: Replica,
    cursor: Cursor | None,
    primary: PageSnapshot,
) -> PullPage | None:
    """The page as the replica has it, None if its head is another than the primary's."""

    async def read(connection: Connection) -> tuple[_PageDraft, Views] | None:
        limit = request.query.limit + 1
        try:
            found = await read_snapshot(connection, request.user_id, request.query, cursor, limit)
        except AccountDeleted:
            return None  # registered a moment ago
        if found.history != primary.history:
            return None
        # An acknowledgement is written, and only the primary takes writes.
        draft = _draft(request, cursor, replace(found, acked=primary.acked))
        return draft, await _complete(connection, config, request, replace(draft, acked={}))

    if (answer := await replica.read(read)) is None:
        return None
    draft, views = answer
    if draft.acked and (device_id := request.query.device_id):
        async with transaction(pool, config, request.user_id) as connection:
            await store_acknowledgement(
                connection, config, request.user_id, device_id, draft.acked, request.now_us
            )
    return await _render(request, draft, views)


async def _render(request: PageRequest, draft: _PageDraft, views: Views) -> PullPage:
    is_whole = not draft.has_more and request.query.collections is None
    delivered = draft.history.version if is_whole else None
    if draft.is_current:
        return PullPage(draft.etag, None, delivered)
    following = next_cursor(draft.begin, request.query, draft.last, draft.has_more)
    token = encode_cursor(following, request.user_id)
    if len(draft.rows) <= _SMALL_PAGE:
        return PullPage(draft.etag, _page_text(draft, token, views, request.now_us), delivered)
    # Thousands of records take longer than other requests may wait for the event loop.
    text = await asyncio.to_thread(_page_text, draft, token, views, request.now_us)
    return PullPage(draft.etag, text, delivered)


def _page_text(draft: _PageDraft, token: str, views: Views, now_us: int) -> bytes:
    # The stored text passes through: no record is parsed on this path.
    changes = ",".join([record_text(*row) for row in draft.rows])
    return (
        (
            f'{{"changes":[{changes}],"cursor":"{token}",'
            f'"has_more":{"true" if draft.has_more else "false"},"day_views":'
        ).encode()
        + orjson.dumps(views)
        + f',"server_clock":{now_us}}}'.encode()
    )
