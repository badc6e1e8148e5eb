"""Everything that a write needs to read, as it was at one moment: one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sync_server.store.postgres import READ_TIMEOUT_S, Connection
from sync_server.sync.engine.batch import keys_of
from sync_server.sync.engine.changes import BatchContext, InvalidChange, ValidChange
from sync_server.sync.engine.clock import DeviceClock
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push import sql
from sync_server.sync.push.offers import Restore, offers_of, read_restore
from sync_server.web.errors import AccountDeleted, IdempotencyKeyReused
from sync_server.web.idempotency import IdempotencyKey

_RECORD_WIDTH = len(StoredRecord._fields)

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


def _aliased_keys(changes: Sequence[ValidChange | InvalidChange]) -> set[RecordKey]:
    return {
        key
        for change in changes
        if isinstance(change, ValidChange) and change.collection.aliased
        for key in change.candidate_keys
    }


async def read_snapshot(
    connection: Connection,
    context: BatchContext,
    key: IdempotencyKey | None,
    changes: Sequence[ValidChange | InvalidChange],
) -> PushSnapshot:
    """Read the rows that a write needs; raises AccountDeleted or IdempotencyKeyReused."""
    record_keys = keys_of(changes)
    aliased = _aliased_keys(changes)
    rows = await connection.fetch(
        sql.READ_WITH_ALIASES if aliased else sql.READ_FOR_PUSH,
        context.user_id,
        context.device_id,
        # Never null: not every planner takes a comparison with null (docs/scale.md).
        key.text if key else "",
        [collection for collection, _ in record_keys],
        [id for _, id in record_keys],
        *(
            ([collection for collection, _ in aliased], [id for _, id in aliased])
            if aliased
            else ()
        ),
        timeout=READ_TIMEOUT_S,
    )
    if not rows:
        raise AccountDeleted
    # After the columns of a record and its alias.
    head = dict(list(rows[0].items())[_RECORD_WIDTH + 1 :])
    if key and head["fingerprint"] is not None and head["fingerprint"] != key.fingerprint:
        raise IdempotencyKeyReused
    stored, aliases = {}, {}
    for row in rows:
        if row[0] is None:
            continue
        record = StoredRecord(*row[:_RECORD_WIDTH])
        stored[record.key] = record
        if row["alias"] is not None:
            aliases[record.collection, row["alias"]] = record.id
    restore = await read_restore(connection, context.user_id) if offers_of(changes) else None
    return PushSnapshot(head, stored, aliases, restore)
