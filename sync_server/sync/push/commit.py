"""The commit of a resolved batch: records, moved days, rejected changes and the response."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

import orjson

from sync_server.store.postgres import Connection
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import BatchContext, Rejection
from sync_server.sync.engine.clock import DeviceClock
from sync_server.sync.engine.history import ReplacedValues
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.engine.working_set import MovedRecord, WorkingSet
from sync_server.sync.push import sql
from sync_server.sync.push.quota import Usage
from sync_server.sync.push.response import error_document
from sync_server.sync.stored_response import WriteResult
from sync_server.web.idempotency import IdempotencyKey


@dataclass(frozen=True, slots=True)
class RejectedChange:
    """A change as it was sent, with the reason why it was rejected."""

    text: bytes
    rejection: Rejection


async def commit(
    connection: Connection,
    context: BatchContext,
    batch: BatchResult,
    key: IdempotencyKey | None,
    result: WriteResult,
    rejected: Iterable[RejectedChange] = (),
    usage: Usage | None = None,
    replaced: Sequence[ReplacedValues] = (),
) -> None:
    """Write the batch and its response; the caller holds the user's lock."""
    now = datetime.datetime.fromtimestamp(context.now_us / 1e6, datetime.UTC)
    await _store_rejected(connection, context, list(rejected), now)
    written = batch.written
    await _store_moved(connection, context, written.moved)
    if batch.device_clock is not None:
        await _store_clock(connection, context, batch.device_clock)
    # Sorted, so that no two transactions take row locks in opposite orders.
    records = [written.records[record_key] for record_key in sorted(written.records)]
    rows = ",".join([_row_text(record) for record in records])
    await connection.execute(
        sql.WRITE_WITH_HISTORY if replaced else sql.WRITE,
        context.user_id,
        f"[{rows}]",
        now,
        batch.version,
        key.text if key else None,
        key.fingerprint if key else None,
        result.stored,
        result.response.status,
        *(astuple(usage) if usage else (None, None, None)),
        max((record.clock for record in records), default=None),
        *((_history_text(replaced), context.session_id) if replaced else ()),
    )
    await _store_aliases(connection, context, written)


def _row_text(record: StoredRecord) -> str:
    day = f',"day":"{record.day}"' if record.day else ""
    parent_id = f',"parent_id":"{record.parent_id}"' if record.parent_id else ""
    clocks = f',"field_clocks":{record.field_clocks}' if record.field_clocks else ""
    stored = record._replace(field_clocks=None).text  # without the clocks of the wire
    return stored[:-1] + day + parent_id + clocks + "}"


def _history_text(replaced: Sequence[ReplacedValues]) -> str:
    # In the order of their keys, so that neighbours share a page of the index.
    return f"[{','.join([values.text for values in sorted(replaced)])}]"


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


async def _store_clock(connection: Connection, context: BatchContext, clock: DeviceClock) -> None:
    await connection.execute(
        sql.STORE_CLOCK,
        context.user_id,
        context.device_id,
        clock.offset,
        clock.offset_at,
        clock.last_sent,
        clock.last_corrected,
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
