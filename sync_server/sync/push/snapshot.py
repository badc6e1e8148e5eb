"""Everything that a write needs to read, as it was at one moment: one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from sync_server.store.postgres import READ_TIMEOUT_S, Connection
from sync_server.sync.engine.batch import keys_of
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.engine.clock import DeviceClock
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push import sql
from sync_server.sync.push.batch_thread import in_thread_if_many
from sync_server.sync.push.offers import Restore, offers_of, read_restore
from sync_server.web.errors import AccountDeleted, IdempotencyKeyReused
from sync_server.web.idempotency import IdempotencyKey

_RECORD_WIDTH = len(StoredRecord._fields)

Changes: TypeAlias = Sequence[ValidChange | InvalidChange]
HeadRow: TypeAlias = Mapping[str, Any]
"""A user's head with the rows of the device and the key, by column of READ_FOR_PUSH."""


@dataclass(frozen=True, slots=True)
class PushSnapshot:
    """The head row, the records and aliases of a batch, and the key's stored response.

    `restore` is there for a batch with offers.
    """

    head: HeadRow
    stored: dict[RecordKey, StoredRecord]
    aliases: dict[RecordKey, str]
    restore: Restore | None = None

    @property
    def response(self) -> bytes | None:
        """The response stored under the key."""
        response: bytes | None = self.head["response"]
        return response

    @property
    def max_clock(self) -> int:
        """The greatest clock stored for the user."""
        clock: int = self.head["max_clock"]
        return clock

    @property
    def device_clock(self) -> DeviceClock:
        """The clock of the device, as its earlier pushes showed it."""
        head = self.head
        if head["offset_at"] is None:
            return DeviceClock()
        return DeviceClock(
            head["offset_us"], head["offset_at"], head["last_sent"], head["last_corrected"]
        )

    def working_set(self) -> WorkingSet:
        """The records and aliases, for a batch to write over."""
        return WorkingSet(self.head["head"], self.stored, self.aliases)


def _key_columns(changes: Changes) -> tuple[str, ...]:
    """Collections and ids of the records to read; and of those to find by an alias, if any.

    Each column is one text.
    """
    aliased = {
        key
        for change in changes
        if isinstance(change, ValidChange) and change.collection.aliased
        for key in change.candidate_keys
    }
    return tuple(
        sql.SEPARATOR.join([key[place] for key in keys])
        for keys in (keys_of(changes), aliased)
        if keys or keys is not aliased
        for place in (0, 1)
    )


async def read_snapshot(
    connection: Connection,
    context: BatchContext,
    key: IdempotencyKey | None,
    changes: Changes,
) -> PushSnapshot:
    """Read the rows that a write needs; raises AccountDeleted or IdempotencyKeyReused."""
    columns = await in_thread_if_many(changes, _key_columns, changes)
    rows = await connection.fetch(
        sql.READ_WITH_ALIASES if len(columns) > 2 else sql.READ_FOR_PUSH,
        context.user_id,
        context.device_id,
        # Never null: not every planner takes a comparison with null (docs/scale.md).
        key.text if key else "",
        *columns,
        timeout=READ_TIMEOUT_S,
    )
    if not rows:
        raise AccountDeleted
    # After the columns of a record and its alias.
    head = dict(list(rows[0].items())[_RECORD_WIDTH + 1 :])
    if key and head["fingerprint"] is not None and head["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReused
    stored, aliases, has_offers = await in_thread_if_many(changes, _contents, rows, changes)
    restore = await read_restore(connection, context.user_id) if has_offers else None
    return PushSnapshot(head, stored, aliases, restore)


def _contents(
    rows: Sequence[asyncpg.Record], changes: Changes
) -> tuple[dict[RecordKey, StoredRecord], dict[RecordKey, str], bool]:
    """The records and aliases of the rows, and True if some change is an offer."""
    stored, aliases = {}, {}
    for row in rows:
        if row[0] is None:
            continue
        record = StoredRecord(*row[:_RECORD_WIDTH])
        stored[record.key] = record
        if row["alias"] is not None:
            aliases[record.collection, row["alias"]] = record.id
    return stored, aliases, bool(offers_of(changes))
