"""The snapshot of a page: the user's history, the device's acknowledgement and the records."""

from dataclasses import dataclass

import asyncpg

from schema.ids import UserId
from sync_server.store.postgres import READ_TIMEOUT_S, Connection
from sync_server.sync.engine.cursor import Cursor, Position
from sync_server.sync.pull import sql
from sync_server.sync.pull.positions import History, given_positions
from sync_server.sync.pull.query import PullQuery
from sync_server.web.errors import AccountDeleted


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """The history, the stored acknowledgements of the device as JSON text, and the records.

    There is one record more than the page has if another page follows.
    """

    history: History
    acked: str | None
    rows: list[asyncpg.Record]


async def read_snapshot(
    connection: Connection, user_id: UserId, query: PullQuery, cursor: Cursor | None, limit: int
) -> PageSnapshot:
    """All that a page needs, as it was at one moment, with at most so many records.

    Raises AccountDeleted.
    """
    rest, positions = given_positions(cursor, query)
    given = [position or Position(0) for position in positions.values()] or [rest or Position(0)]
    after = min(position.version for position in given)
    start = rest.start if rest else None
    arguments: list[object] = [user_id, after, start, limit, query.device_id]
    statement = sql.READ_PAGE
    if positions:
        statement = sql.READ_MIXED_PAGE
        versions = [position.version for position in given]
        starts = [position.start if position else None for position in positions.values()]
        arguments += [list(positions), versions, starts]
    elif query.collections is not None:
        statement = sql.READ_FILTERED_PAGE
        arguments.append(list(query.collections))
    rows = await connection.fetch(statement, *arguments, timeout=READ_TIMEOUT_S)
    for index, row in enumerate(rows):
        if row["collection"] is None:
            head = rows.pop(index)
            return PageSnapshot(_history(head), head["field_clocks"], rows)
    raise AccountDeleted


def _history(head: asyncpg.Record) -> History:
    """The history of the head row, which READ_PAGE puts into the columns of a record."""
    return History(
        version=head["version"],
        epoch=head["clock"],
        purged_version=int(head["device_id"]),
        restored=head["data"],
    )
