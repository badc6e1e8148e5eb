"""Offers: records of a history that the server has lost, merged by the stamps that they had."""

from collections.abc import Mapping

from schema.collection import Collection
from schema.ids import Json
from sync_server.sync.engine.changes import BatchContext, Offer, Rejection, ValidChange
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.field_clocks import members_by_register
from sync_server.sync.engine.merge import RecordState, join
from sync_server.sync.engine.resolve import Resolution, row, state_of
from sync_server.sync.engine.working_set import WorkingSet

_DELETED = "deleted"
_OTHER_KEY = Rejection("natural_key_change", "The natural key of the data belongs to another id.")


def offered_state(
    offer: Offer, fields: Mapping[str, Json], collection: Collection, schema_version: int
) -> RecordState:
    """The registers of an offer whose data is valid.

    A register that `clocks` does not name was never written, unless the data has a member of it.
    Without `clocks` the record's own stamp is that of all registers that its device knew.
    """
    own = Stamp(offer.clock, offer.device_id)
    stamps = {name: Stamp(*stamp) for name, stamp in (offer.clocks or {}).items()}
    one_put = offer.clocks is None and not offer.deleted
    known = collection.registers_known(schema_version) if one_put else frozenset[str]()
    registers = {
        name: (stamps.get(name, own), members)
        for name, members in members_by_register(fields, collection).items()
        if name in stamps or members or name in known
    }
    return RecordState(registers, offer.deleted, stamps.get(_DELETED, own))


def resolve_offer(
    change: ValidChange, offered: RecordState, working: WorkingSet, context: BatchContext
) -> Resolution:
    """Merge an offer into the record of its id, and write what it changes.

    `applied` and `unchanged`: the record has every write of the offer; `merged` and `stale`: others
    have won since.
    """
    stored = working.record(change.key)
    before = state_of(stored, change.collection)
    after = join(before, offered)
    if not _has_key(after, change.id, change, context):
        return Resolution("rejected", rejection=_OTHER_KEY)
    lost = join(offered, after) != offered
    if change.collection.aliased and not offered.deleted:
        _follow(change, offered, working, context)
    if stored is not None and after == before:
        return Resolution("stale" if lost else "unchanged", stored)
    record = row(change._replace(stamp=after.stamp), after, working.version + 1)
    working.write(record)
    return Resolution("merged" if lost else "applied", record)


def _follow(
    change: ValidChange, offered: RecordState, working: WorkingSet, context: BatchContext
) -> None:
    """Merge what was written to a record's former id, since it moved after the restore."""
    target = working.target(change.key)
    moved = working.record(target)
    if target == change.key or moved is None:
        return
    before = state_of(moved, change.collection)
    after = join(before, RecordState(offered.registers, before.deleted, before.deletion))
    if not _has_key(after, moved.id, change, context):
        key_registers = _key_registers(change.collection)
        others = {name: it for name, it in offered.registers.items() if name not in key_registers}
        after = join(before, RecordState(others, before.deleted, before.deletion))
    if after != before:
        named = change._replace(id=moved.id, stamp=after.stamp)
        working.write(row(named, after, working.version + 1))


def _has_key(state: RecordState, id: str, change: ValidChange, context: BatchContext) -> bool:
    """True if the state's natural key, if it has one, is that of the id."""
    if change.collection.natural_key is None:
        return True
    return change.collection.canonical_id(context.user_id, state.data) in (None, id)


def _key_registers(collection: Collection) -> set[str]:
    key = collection.natural_key
    assert key is not None
    names = (*key.parts, key.when) if key.when else key.parts
    return {collection.fields[name].register for name in names}
