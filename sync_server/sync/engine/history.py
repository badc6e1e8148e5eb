"""Values that a batch replaced: overwritten and deleted records, and writes that lost."""

from typing import Literal, NamedTuple

import orjson

from schema.ids import Json
from sync_server.sync.engine.clock import NEVER
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.engine.resolve import state_of
from sync_server.sync.engine.working_set import LosingChange, WorkingSet

Why = Literal["overwritten", "deleted", "lost"]


class ReplacedValues(NamedTuple):
    """Values that no record holds any more; `data` is JSON text, the stamp is of their write.

    `version` is the one that the record had. Values that lost never were a version of the record:
    theirs is their clock, which no version reaches.
    """

    collection: str
    id: str
    version: int
    clock: int
    device_id: str
    why: Why
    data: str

    @property
    def text(self) -> str:
        """JSON text."""
        return (
            f'{{"collection":"{self.collection}","id":"{self.id}","version":{self.version},'
            f'"clock":{self.clock},"device_id":"{self.device_id}","why":"{self.why}",'
            f'"data":{self.data}}}'
        )


def replaced_values(written: WorkingSet) -> list[ReplacedValues]:
    """Everything that a batch replaced, in no particular order."""
    return [
        *(_as_it_was(before, after, written) for before, after in written.replaced),
        *(values for losing in written.losing if (values := _lost_values(losing))),
    ]


def _as_it_was(before: StoredRecord, after: StoredRecord, written: WorkingSet) -> ReplacedValues:
    # A record that got another id leaves a tombstone and an alias: it is not deleted.
    deleted = after.deleted and written.target(before.key) == before.key
    return ReplacedValues(
        before.collection,
        before.id,
        before.version,
        before.clock,
        before.device_id,
        "deleted" if deleted else "overwritten",
        before.data,
    )


def _lost_values(losing: LosingChange) -> ReplacedValues | None:
    """The values of a change that the record does not have, None if it has all.

    Those that a deleted record has are lost too: nobody sees them.
    """
    change, record, won = losing
    after = state_of(record, change.collection)
    fields: dict[str, Json] = {}
    for name, members in change.writes_over(after).registers.items():
        _, stored = after.registers.get(name, (NEVER, {}))
        if members != stored or (record.deleted and won):
            fields |= members
    if not fields:
        return None
    clock, device_id = change.stamp
    data = orjson.dumps(fields).decode()
    return ReplacedValues(record.collection, record.id, clock, clock, device_id, "lost", data)
