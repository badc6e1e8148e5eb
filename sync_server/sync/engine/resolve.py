"""Conflict resolution of one change against the stored record: pure."""

from typing import Literal, NamedTuple

import orjson

from schema.collection import Collection
from schema.ids import Json
from schema.validate import Invalid
from sync_server.sync.engine.changes import BatchContext, Rejection, ValidChange
from sync_server.sync.engine.field_clocks import decode_state, encode_clocks, last_writer
from sync_server.sync.engine.merge import ABSENT, RecordState, merge
from sync_server.sync.engine.records import StoredRecord

Status = Literal["applied", "merged", "stale", "unchanged", "conflict", "rejected"]


class Resolution(NamedTuple):
    """The outcome of a change: its status, and the record after it.

    `has_news` is True if the record holds writes that the device may not know.
    """

    status: Status
    record: StoredRecord | None = None
    rejection: Rejection | None = None
    has_news: bool = False

    @property
    def changed(self) -> bool:
        """True if the record must be written."""
        return self.status in ("applied", "merged")

    @property
    def failed(self) -> bool:
        """True if nothing of the change was accepted, by rejection or by a guard."""
        return self.status in ("rejected", "conflict")


def put_clocks(collection: Collection) -> str | None:
    """The `field_clocks` column of a record whose registers all come from one put."""
    since = collection.newest_since
    return f'{{"v":{since}}}' if since > 1 else None


def resolve(
    change: ValidChange, stored: StoredRecord | None, context: BatchContext, version: int
) -> Resolution:
    """Resolve a change; `version` is the record's new version if it changes."""
    fast = change.fast
    if fast is not None and (stored is None or _overwrites(change, stored)):
        if conflict := guard(change, stored, context):
            return conflict
        return Resolution(
            "applied",
            StoredRecord(
                change.collection.name,
                change.id,
                version,
                change.stamp.clock,
                change.stamp.device_id,
                put_clocks(change.collection),
                False,
                fast.day,
                fast.parent_id,
                fast.text,
            ),
        )
    return _merge(change, stored, context, version)


def _overwrites(change: ValidChange, stored: StoredRecord) -> bool:
    """True if a put replaces, without a merge, a record that one put wrote."""
    return (
        change.stamp > stored.stamp
        and stored.field_clocks == put_clocks(change.collection)
        and change.collection.natural_key is None
    )


def guard(
    change: ValidChange, stored: StoredRecord | None, context: BatchContext
) -> Resolution | None:
    """The conflict of a change whose guards do not hold."""
    sent, correction = change.sent, context.correction
    clock, version = (stored.clock, stored.version) if stored else (None, 0)
    holds = (
        (
            sent.base_clock is None
            or clock in (sent.base_clock, *correction.guesses(sent.base_clock))
        )
        and (sent.base_version is None or sent.base_version == version)
        and not _changed_elsewhere(stored, context)
    )
    return None if holds else Resolution("conflict", stored)


def _changed_elsewhere(stored: StoredRecord | None, context: BatchContext) -> bool:
    if context.base_cursor is None or stored is None:
        return False
    # A pull that did not cover the collection has seen none of its changes.
    position = context.base_cursor.position(stored.collection)
    return (
        stored.version > (position.version if position else 0)
        and last_writer(stored.stamp, stored.field_clocks) != context.device_id
    )


def state_of(stored: StoredRecord | None, collection: Collection) -> RecordState:
    """The registers of a stored record."""
    if stored is None:
        return ABSENT
    data: dict[str, Json] = orjson.loads(stored.data)
    return decode_state(data, stored.deleted, stored.stamp, stored.field_clocks, collection)


def _merge(
    change: ValidChange, stored: StoredRecord | None, context: BatchContext, version: int
) -> Resolution:
    collection = change.collection
    if stored is None and (conflict := guard(change, stored, context)):
        return conflict
    before = state_of(stored, collection)
    try:
        merged = merge(before, change.writes_over(before))
    except Invalid as error:
        return Resolution("rejected", rejection=Rejection(error.code, error.detail, error.errors))
    if rejection := _rejection(change, before, merged.state):
        return Resolution("rejected", rejection=rejection)
    if stored is not None and not merged.won:
        return Resolution("stale" if merged.lost else "unchanged", stored)
    if conflict := guard(change, stored, context):
        return conflict
    after = row(change, merged.state, version)
    return Resolution("merged" if merged.lost else "applied", after)


def _rejection(change: ValidChange, before: RecordState, after: RecordState) -> Rejection | None:
    collection = change.collection
    if change.sent.op == "delete":
        return None
    data = after.data
    if change.sent.op == "patch" and not before.registers:
        missing = [name for name, field in collection.fields.items() if field.required]
        if any(name not in data for name in missing) or collection.missing(data):
            return Rejection(
                "unknown_record",
                "There is no such record, and the patch lacks required fields.",
            )
    if collection.natural_key is None or not before.registers:
        return None
    if collection.key_parts(before.data) != collection.key_parts(data):
        return Rejection(
            "natural_key_change",
            "The change would alter the record's natural key: delete it and put another.",
        )
    return None


def row(change: ValidChange, state: RecordState, version: int) -> StoredRecord:
    """The stored record of a state, under the change's id."""
    collection = change.collection
    data, stamp = state.data, state.stamp
    day = data.get(collection.day_field) if collection.day_field else None
    parent_id = data.get(collection.parent_field) if collection.parent_field else None
    return StoredRecord(
        collection.name,
        change.id,
        version,
        stamp.clock,
        stamp.device_id,
        encode_clocks(state, collection, change.stamp.device_id),
        state.deleted,
        str(day) if day is not None else None,
        str(parent_id) if parent_id is not None else None,
        orjson.dumps(data).decode(),
    )
