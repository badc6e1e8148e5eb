"""Changes of records that their content identifies: where a change is stored, aliases and moves.

A record with a natural key is stored under the id derived from it. Any other id that a change of
it was sent with becomes an alias of that id.
"""

import orjson

from schema.ids import derived_id
from sync_server.sync.engine.changes import BatchContext, ValidChange
from sync_server.sync.engine.merge import RecordState, RegisterWrites, bury, join, merge
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.engine.resolve import Resolution, guard, resolve, row, state_of
from sync_server.sync.engine.working_set import WorkingSet


def find_record(change: ValidChange, working: WorkingSet) -> StoredRecord | None:
    """The record that a change names, by its id, an alias or its natural key."""
    for key in change.candidate_keys:
        record = working.record(key if key[1] == change.derived_id else working.target(key))
        if record is not None:
            return record
    return None


def resolve_keyed(
    change: ValidChange, working: WorkingSet, context: BatchContext
) -> tuple[ValidChange, Resolution]:
    """Resolve a change of a collection with a natural key, and write what it changes.

    The returned change has the id at which its record is stored.
    """
    before = find_record(change, working)
    if change.sent.op == "put" and before is not None and _has_other_key(change, before):
        merged = merge(state_of(before, change.collection), change.writes)
        if change.collection.canonical_id(context.user_id, merged.state.data) == change.derived_id:
            return _move(change, before, working, context)
        change = _without_key(change)
    id = before.id if before is not None else change.derived_id or change.id
    change = change._replace(id=id)
    resolution = resolve(change, before, context, working.version + 1)
    if resolution.changed and resolution.record is not None:
        working.write(resolution.record)
    _name(change, resolution, working)
    return change, resolution


def _has_other_key(change: ValidChange, record: StoredRecord) -> bool:
    if change.derived_id is not None:
        return record.id != change.derived_id
    return change.collection.key_parts(orjson.loads(record.data)) is not None


def _without_key(change: ValidChange) -> ValidChange:
    """A put that lost a part of the natural key: it leaves all of the key as it is."""
    collection = change.collection
    assert collection.natural_key is not None
    key = collection.natural_key
    names = (*key.parts, key.when) if key.when else key.parts
    lost = {collection.fields[name].register for name in names}
    writes = change.writes.registers
    others = {name: members for name, members in writes.items() if name not in lost}
    return change._replace(fast=None, registers=others)


def _move(
    change: ValidChange, before: StoredRecord, working: WorkingSet, context: BatchContext
) -> tuple[ValidChange, Resolution]:
    """Move a record to the id of its new natural key; its old id becomes an alias of it."""
    if conflict := guard(change, before, context):
        return change._replace(id=before.id), conflict
    collection, stamp = change.collection, change.stamp
    change = change._replace(id=change.derived_id or _free_id(change, before, context))
    source, target = state_of(before, collection), state_of(working.record(change.key), collection)
    if working.target(change.key) == before.key:
        # The record was here before: the tombstone is of its move, not of a deletion.
        target = RecordState(target.registers, source.deleted, source.deletion)
    if before.live:
        tombstone = RegisterWrites(stamp, {}, deleted=True)
        buried = bury(merge(source, tombstone).state, stamp)
        working.write(row(change._replace(id=before.id), buried, working.version + 1))
    merged = merge(join(source, target), change.writes)
    record = row(change, merged.state, working.version + 1)
    working.write(record)
    working.repoint(before.key, record.id)
    working.alias(before.key, record.id)
    resolution = Resolution("merged" if merged.lost else "applied", record)
    _name(change, resolution, working)
    return change, resolution


def _free_id(change: ValidChange, before: StoredRecord, context: BatchContext) -> str:
    """The id of a record that loses its natural key: the one that was sent, unless it is derived.

    A new one follows from the write, so that a repeat of it has the same.
    """
    if change.sent.id != before.id:
        return change.sent.id
    parts = (before.id, str(change.stamp.clock), change.stamp.device_id)
    return derived_id(change.collection.name, context.user_id, parts)


def _name(change: ValidChange, resolution: Resolution, working: WorkingSet) -> None:
    """Let the id that was sent reach the record, now that it is stored."""
    record = resolution.record
    if record is None or resolution.failed or not change.collection.aliased:
        return
    sent: RecordKey = (record.collection, change.sent.id)
    if sent != record.key:
        working.alias(sent, record.id)
    if record.live:
        working.alias(record.key, record.id)
