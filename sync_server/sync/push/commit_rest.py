"""The parts of a commit that only the holder of the user's lock may write."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from sync_server.store.postgres import Connection, to_timestamp
from sync_server.sync.engine.changes import BatchContext, Rejection
from sync_server.sync.engine.working_set import MovedRecord, WorkingSet
from sync_server.sync.push import sql
from sync_server.sync.push.commit import ResolvedWrite
from sync_server.sync.push.offers import count_offers
from sync_server.sync.push.response import error_document


@dataclass(frozen=True, slots=True)
class RejectedChange:
    """A change as it was sent, with the reason why it was rejected."""

    text: bytes
    rejection: Rejection


async def commit_rest(
    connection: Connection,
    write: ResolvedWrite,
    rejected: Iterable[RejectedChange],
    offered: Sequence[str],
) -> None:
    """Write what a batch has beside records: rejected changes, moved days, aliases, offers.

    `offered` are statuses. The caller holds the user's lock.
    """
    now = to_timestamp(write.context.now_us)
    if offered:
        await count_offers(connection, write.context.user_id, offered, now)
    await _store_rejected(connection, write.context, list(rejected), now)
    await _store_moved(connection, write.context, write.batch.written.moved)
    await _store_aliases(connection, write.context, write.batch.written)


async def _store_moved(
    connection: Connection, context: BatchContext, moved: list[MovedRecord]
) -> None:
    if moved:
        await connection.execute(
            sql.STORE_MOVED,
            context.user_id,
            [record.version for record in moved],
            [record.day for record in moved],
            [record.parent_id for record in moved],
        )


async def _store_aliases(
    connection: Connection, context: BatchContext, written: WorkingSet
) -> None:
    """Write the aliases; their targets are stored."""
    moved = [(collection, old, new) for (collection, old), new in written.repointed.items()]
    dropped = [key for key, target in written.aliases.items() if target is None]
    named = [(*key, target) for key, target in written.aliases.items() if target is not None]
    for statement, rows in (
        (sql.REPOINT_ALIASES, moved),
        (sql.DROP_ALIASES, dropped),
        (sql.STORE_ALIASES, named),
    ):
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            await connection.execute(statement, context.user_id, *columns)


async def _store_rejected(
    connection: Connection,
    context: BatchContext,
    rejected: list[RejectedChange],
    now: datetime.datetime,
) -> None:
    # A change that is rejected again has the same id: it is stored once.
    by_id = {_rejected_id(context.user_id, change.text): change for change in rejected}
    if by_id:
        await connection.execute(
            sql.STORE_REJECTED,
            context.user_id,
            context.device_id,
            now,
            list(by_id),
            [change.text for change in by_id.values()],
            [orjson.dumps(error_document(it.rejection)).decode() for it in by_id.values()],
        )


def _rejected_id(user_id: str, text: bytes) -> str:
    return str(uuid.uuid5(uuid.UUID(user_id), hashlib.sha256(text).hexdigest()))
