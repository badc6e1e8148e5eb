"""Changes of a batch: as sent, as validated, and as rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from schema.collection import Collection
from schema.ids import UserId
from schema.validate import FastRecord, complete
from sync_server.sync.engine.clock import NEVER, Correction, Stamp
from sync_server.sync.engine.cursor import Cursor
from sync_server.sync.engine.field_clocks import members_by_register
from sync_server.sync.engine.merge import Members, RecordState, RegisterWrites
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


class Offer(Change, kw_only=True):
    """A record as a device received it from a history that the server has lost.

    `clock` and `device_id` are the record's stamp; `clocks` has the stamps of its registers, None
    if all are the record's own.
    """

    version: int
    device_id: str = ""
    deleted: bool = False
    clocks: dict[str, tuple[int, str]] | None = None


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

    `session_id` is the session of the request, whose device's name the history shows.
    """

    user_id: UserId
    device_id: str
    schema_version: int
    now_us: int
    base_cursor: Cursor | None = None
    correction: Correction = field(default_factory=Correction)
    session_id: str | None = None


class ValidChange(NamedTuple):
    """A change that passed validation.

    `id` is the one that was sent, and after resolution the one where the record is stored.
    `derived_id` follows from the natural key in the data, if it is there. `fast` holds a put's
    text when the fast path accepted it; its registers are derived from it only when it must be
    merged. A patch's registers hold the members that it names, None for those that it resets.
    `offered` is the state of an offer, which has neither.
    """

    collection: Collection
    id: str
    sent: Change
    stamp: Stamp
    fast: FastRecord | None = None
    registers: Mapping[str, Members] | None = None
    derived_id: str | None = None
    offered: RecordState | None = None

    @property
    def key(self) -> RecordKey:
        """Collection and id."""
        return self.collection.name, self.id

    @property
    def candidate_keys(self) -> list[RecordKey]:
        """The records that the change may be about: the first one that exists is its target."""
        keys = [self.key]
        if self.derived_id is not None and self.derived_id != self.id:
            keys.append((self.collection.name, self.derived_id))
        return keys

    @property
    def writes(self) -> RegisterWrites:
        """The registers that a put or a delete writes."""
        if self.sent.op == "delete":
            return RegisterWrites(self.stamp, {}, deleted=True)
        if self.registers is not None:
            return RegisterWrites(self.stamp, self.registers, deleted=False)
        assert self.fast is not None
        fields = msgspec.json.decode(self.fast.text)
        registers = members_by_register(fields, self.collection)
        return RegisterWrites(self.stamp, registers, deleted=False)

    def writes_over(self, state: RecordState) -> RegisterWrites:
        """The registers that the change writes over a state; raises Invalid.

        What a patch does not name of a group keeps its value in the state.
        """
        if self.sent.op != "patch" or self.registers is None:
            return self.writes
        registers = {
            name: complete(self.collection, name, named, state.registers.get(name, (NEVER, {}))[1])
            for name, named in self.registers.items()
        }
        return RegisterWrites(self.stamp, registers, deleted=False)
