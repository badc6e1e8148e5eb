"""Changes of a batch: as sent, as validated, and as rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from schema.collection import Collection
from schema.ids import UserId
from schema.validate import FastRecord
from sync_server.sync.engine.clock import Stamp, corrected
from sync_server.sync.engine.cursor import Cursor
from sync_server.sync.engine.field_clocks import members_by_register
from sync_server.sync.engine.merge import Members, RegisterWrites
from sync_server.sync.engine.records import RecordKey


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """A change as a device sent it; `data` is JSON text that is not parsed yet."""

    collection: str
    id: str
    op: str
    clock: int
    data: msgspec.Raw = msgspec.Raw()
    base_clock: int | None = None
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """The reason why a change cannot be applied; `errors` are by field."""

    code: str
    detail: str
    errors: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class InvalidChange:
    """A change that failed validation; collection and id are echoed as they came."""

    collection: object
    id: object
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class BatchContext:
    """The properties that all changes of a batch share. Times are in microseconds.

    `ahead` maps each clock that is too far ahead to the clock that it is merged with.
    """

    user_id: UserId
    device_id: str
    schema_version: int
    shift: int
    now_us: int
    base_cursor: Cursor | None = None
    ahead: Mapping[int, int] = field(default_factory=dict)

    def corrected(self, clock: int) -> int:
        """A clock of the device as it is merged."""
        return self.ahead.get(clock) or corrected(clock, self.shift)


class ValidChange(NamedTuple):
    """A change that passed validation.

    `id` is where it is stored. `fallback_id` is the derived id of a patch that would create a
    record with a natural key. `fast` holds a put's text when the fast path accepted it; its
    registers are derived from it only when it must be merged.
    """

    collection: Collection
    id: str
    sent: Change
    stamp: Stamp
    fast: FastRecord | None = None
    registers: Mapping[str, Members] | None = None
    fallback_id: str | None = None

    @property
    def candidate_keys(self) -> list[RecordKey]:
        """The records that the change may be about: the first one that exists is its target."""
        ids = (self.id, self.fallback_id) if self.fallback_id else (self.id,)
        return [(self.collection.name, id) for id in ids]

    @property
    def writes(self) -> RegisterWrites:
        """The registers that the change writes."""
        if self.sent.op == "delete":
            return RegisterWrites(self.stamp, {}, deleted=True)
        if self.registers is not None:
            return RegisterWrites(self.stamp, self.registers, deleted=False)
        assert self.fast is not None
        fields = msgspec.json.decode(self.fast.text)
        registers = members_by_register(fields, self.collection)
        return RegisterWrites(self.stamp, registers, deleted=False)
