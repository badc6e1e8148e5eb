"""The commit of a resolved batch: records, moved days, rejected changes and the response."""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter

from schema import COLLECTIONS
from sync_server.store.postgres import READ_TIMEOUT_S, Connection, to_timestamp
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import BatchContext
from sync_server.sync.engine.history import ReplacedValues
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.push import sql
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.quota import Usage
from sync_server.sync.push.snapshot import PushSnapshot
from sync_server.sync.stored_response import WriteResult
from sync_server.web.idempotency import IdempotencyKey

HISTORY_ROWS = Counter("trackforge_history_rows_total", "Replaced values written to the history.")


@dataclass(frozen=True, slots=True)
class ResolvedWrite:
    """A batch that is ready to be committed, and the snapshot that it was resolved against.

    `usage` is None for a user without counters.
    """

    context: BatchContext
    key: IdempotencyKey | None
    snapshot: PushSnapshot
    batch: BatchResult
    result: WriteResult
    usage: Usage | None
    replaced: Sequence[ReplacedValues] = ()

    @property
    def is_one_statement(self) -> bool:
        """True if nothing but `commit` is needed to write it."""
        written = self.batch.written
        return self.usage is not None and not (
            written.moved
            or written.aliases
            or written.repointed
            or any(result.resolution.rejection for result in self.batch.results)
        )


async def commit(connection: Connection, write: ResolvedWrite) -> bool:
    """Write the batch and its response; False, and nothing, if the snapshot is out of date.

    What only the holder of the user's lock may write is not part of it: see `commit_rest`.
    """
    replaced = write.replaced
    return bool(
        await connection.fetchval(
            sql.WRITE_WITH_HISTORY if replaced else sql.WRITE,
            write.context.user_id,
            await in_thread_if_many(write.batch.written.records, records_text, write),
            *_parameters(write),
            *((history_text(replaced), write.context.session_id) if replaced else ()),
        )
    )


async def insert_new(connection: Connection, write: ResolvedWrite) -> bool:
    """Write a batch of new records, none of which was read, and its response.

    False, and nothing, if the snapshot is out of date; raises UniqueViolationError if a record
    exists, or the key has a response.
    """
    records = list(write.batch.written.records.values())
    aliased = [record for record in records if COLLECTIONS[record.collection].aliased]
    collections, *columns = await in_thread_if_many(records, _columns, records)
    return bool(
        await connection.fetchval(
            sql.INSERT_NEW,
            write.context.user_id,
            collections,
            *_parameters(write),
            *columns,
            [record.collection for record in aliased],
            [record.id for record in aliased],
            write.snapshot.device_clock.last_corrected,
            timeout=READ_TIMEOUT_S,
        )
    )


def _columns(records: Sequence[StoredRecord]) -> tuple[str, ...]:
    """The columns of new records, each as one text."""
    return (
        sql.SEPARATOR.join([record.collection for record in records]),
        sql.SEPARATOR.join([record.id for record in records]),
        sql.SEPARATOR.join([str(record.clock) for record in records]),
        sql.SEPARATOR.join([record.field_clocks or "" for record in records]),
        sql.SEPARATOR.join([record.day or "" for record in records]),
        sql.SEPARATOR.join([record.parent_id or "" for record in records]),
        sql.SEPARATOR.join([record.data for record in records]),
    )


def _parameters(write: ResolvedWrite) -> tuple[object, ...]:
    """The parameters that every commit has, from the third on."""
    batch, key, usage = write.batch, write.key, write.usage
    head, clock = write.snapshot.head, batch.device_clock
    clocks = [record.clock for record in batch.written.records.values()]
    return (
        to_timestamp(write.context.now_us),
        batch.version,
        key.text if key else None,
        key.fingerprint if key else None,
        write.result.stored,
        write.result.response.status,
        *((usage.records, usage.tombstones, usage.bytes) if usage else (None, None, None)),
        max(clocks, default=None),
        head["head"],
        head["epoch"],
        head["purged_version"],
        write.context.device_id,
        *(
            (clock.offset, clock.offset_at, clock.last_sent, clock.last_corrected)
            if clock
            else (None, None, None, None)
        ),
    )


def records_text(write: ResolvedWrite) -> str:
    """The records of the batch as a JSON array."""
    records = write.batch.written.records
    # Sorted, so that no two transactions take row locks in opposite orders.
    return f"[{','.join([_row_text(records[record_key]) for record_key in sorted(records)])}]"


def _row_text(record: StoredRecord) -> str:
    day = f',"day":"{record.day}"' if record.day else ""
    parent_id = f',"parent_id":"{record.parent_id}"' if record.parent_id else ""
    clocks = f',"field_clocks":{record.field_clocks}' if record.field_clocks else ""
    stored = record._replace(field_clocks=None).text  # without the clocks of the wire
    return stored[:-1] + day + parent_id + clocks + "}"


def history_text(replaced: Sequence[ReplacedValues]) -> str:
    """Replaced values as a JSON array."""
    HISTORY_ROWS.inc(len(replaced))
    # In the order of their keys, so that neighbours share a page of the index.
    return f"[{','.join([values.text for values in sorted(replaced)])}]"
