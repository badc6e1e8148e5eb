"""Positions of a page in a user's history: where it begins, and the cursor after it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson

from schema import COLLECTIONS
from sync_server.sync.engine.cursor import Cursor, Position
from sync_server.sync.pull.query import PullQuery
from sync_server.web.errors import CursorExpired


@dataclass(frozen=True, slots=True)
class History:
    """A user's history: its version, its epoch, and the version up to which it was purged.

    `restored` is None if the epoch did not begin with a restore; else JSON text that maps each
    earlier epoch, and "" for any other, to the version up to which its records are there.
    """

    version: int
    epoch: int
    purged_version: int
    restored: str | None

    def left_of(self, epoch: int) -> int:
        """The version up to which the records of another epoch are there."""
        if self.restored is None or epoch == self.epoch:
            # Nobody noted the backup's version: everything up to the present one may be of it.
            return self.version
        left: dict[str, int] = orjson.loads(self.restored)
        return left.get(str(epoch), left[""])


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


def given_positions(
    cursor: Cursor | None, query: PullQuery
) -> tuple[Position | None, Mapping[str, Position | None]]:
    """The position of all collections of the query, or one for each where they differ.

    None is the beginning.
    """
    if cursor is None:
        return None, {}
    if not cursor.positions:
        return cursor.rest, {}
    names = query.collections or tuple(COLLECTIONS)
    positions = {name: cursor.position(name) for name in names}
    distinct = set(positions.values())
    if query.collections is None:
        distinct.add(cursor.rest)
    return (distinct.pop(), {}) if len(distinct) == 1 else (None, positions)


def page_start(cursor: Cursor | None, history: History, query: PullQuery) -> PageStart:
    """The positions of the page in the history; raises CursorExpired."""
    if cursor is not None and (cursor.epoch != history.epoch or cursor.version > history.version):
        raise _restored(cursor, history)
    # At least 1, so that the first sync of an empty account is still known as one.
    beginning = Position(0, max(history.version, 1))
    rest, named = given_positions(cursor, query)
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
    return CursorExpired(
        "The server was restored from a backup: offer what is newer, then pull from the beginning.",
        extra={"reason": "restored", "restored_version": history.left_of(cursor.epoch)},
    )


def last_version(begin: PageStart, last_row: int | None, has_more: bool) -> int:
    """The version that the page reaches; `last_row` is that of its last record."""
    last = begin.version if last_row is None else last_row
    return last if has_more else max(last, begin.history.version)


def next_cursor(begin: PageStart, query: PullQuery, last: int, has_more: bool) -> Cursor:
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
