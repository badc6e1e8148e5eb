"""From a change as sent to a write that can be merged: validation and identity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.ids import UserId
from schema.validate import FastRecord, Invalid, validate_patch, validate_put, validate_put_fast
from sync_server.sync.engine.clock import Stamp, corrected
from sync_server.sync.engine.field_clocks import members_by_register
from sync_server.sync.engine.merge import Members, Write
from sync_server.sync.push.request import Change, Refusal, Refused


@dataclass(frozen=True, slots=True)
class Batch:
    """What all changes of a push share. `shift` and `now_us` are in microseconds.

    `ahead` has the clocks that are too far ahead, with those that they are merged as.
    """

    user_id: UserId
    device_id: str
    schema_version: int
    shift: int
    now_us: int
    base_version: int | None = None
    ahead: Mapping[int, int] = field(default_factory=dict)

    def corrected(self, clock: int) -> int:
        """A clock of the device as it is merged."""
        return self.ahead.get(clock) or corrected(clock, self.shift)


class Prepared(NamedTuple):
    """A change that is valid in itself.

    `id` is where it is stored; `fallback_id` is the derived id of a patch that would create a
    record with a natural key. `fast` holds a put's text when the fast path took it; `registers`
    is made from it only when it must be merged.
    """

    collection: Collection
    id: str
    sent: Change
    stamp: Stamp
    fast: FastRecord | None = None
    written: Mapping[str, Members] | None = None
    fallback_id: str | None = None

    @property
    def write(self) -> Write:
        """The registers that the change writes."""
        if self.sent.op == "delete":
            return Write(self.stamp, {}, deleted=True)
        if self.written is not None:
            return Write(self.stamp, self.written, deleted=False)
        assert self.fast is not None
        fields = msgspec.json.decode(self.fast.text)
        return Write(self.stamp, members_by_register(fields, self.collection), deleted=False)


def prepare(change: Change, batch: Batch) -> Prepared | Refused:
    """Check one change and find out which record it is about."""
    collection = COLLECTIONS.get(change.collection)
    if collection is None:
        detail = f"There is no collection named {change.collection!r}."
        return Refused(change.collection, change.id, Refusal("unknown_collection", detail))
    try:
        return _prepare(change, collection, batch)
    except Invalid as error:
        refusal = Refusal(error.code, error.detail, error.errors)
        return Refused(change.collection, change.id, refusal)


def _prepare(change: Change, collection: Collection, batch: Batch) -> Prepared:
    stamp = Stamp(batch.corrected(change.clock), batch.device_id)
    if change.op == "put":
        return _prepare_put(change, collection, batch, stamp)
    own_id = _only_id(collection, batch.user_id) or change.id
    if change.op == "delete":
        return Prepared(collection, own_id, change, stamp)
    registers = validate_patch(collection, bytes(change.data), batch.schema_version)
    fallback_id = None
    if collection.natural_key is not None:
        fields = {name: value for members in registers.values() for name, value in members.items()}
        fallback_id = collection.canonical_id(batch.user_id, fields)
    return Prepared(collection, own_id, change, stamp, written=registers, fallback_id=fallback_id)


def _prepare_put(change: Change, collection: Collection, batch: Batch, stamp: Stamp) -> Prepared:
    if batch.schema_version == SCHEMA_VERSION:
        fast = validate_put_fast(collection, change.data)
        if fast is not None:
            derived = fast.canonical_id(batch.user_id) if collection.natural_key else None
            return Prepared(collection, derived or change.id, change, stamp, fast)
    fields = validate_put(collection, bytes(change.data), batch.schema_version)
    derived = collection.canonical_id(batch.user_id, fields)
    sorted_fields = members_by_register(fields, collection)
    known = collection.registers_known(batch.schema_version)
    written = {
        name: members
        for name, members in sorted_fields.items()
        if name in known or name not in collection.registers
    }
    return Prepared(collection, derived or change.id, change, stamp, written=written)


def _only_id(collection: Collection, user_id: UserId) -> str | None:
    """The id of the one record that a collection keyed by the user alone can have."""
    key = collection.natural_key
    return collection.canonical_id(user_id, {}) if key and not key.parts and not key.when else None
