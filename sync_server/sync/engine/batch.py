"""Resolution of a whole batch in memory: every change in order, against the stored records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sync_server.sync.engine.changes import BatchContext, InvalidChange, Rejection, ValidChange
from sync_server.sync.engine.clock import DeviceClock
from sync_server.sync.engine.field_clocks import writers
from sync_server.sync.engine.natural_keys import find_record, resolve_keyed
from sync_server.sync.engine.offers import resolve_offer
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.engine.resolve import Resolution, resolve
from sync_server.sync.engine.working_set import LosingChange, WorkingSet


class ChangeResult(NamedTuple):
    """A change with its resolution; `change.id` is the id where the record is stored."""

    change: ValidChange | InvalidChange
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The results of a batch in order, and what it has written.

    `device_clock` is to be stored, `shift` was added to the device's clocks.
    """

    written: WorkingSet
    results: list[ChangeResult]
    device_clock: DeviceClock | None = None
    shift: int = 0

    @property
    def version(self) -> int:
        """The user's new version."""
        return self.written.version


def keys_of(changes: Iterable[ValidChange | InvalidChange]) -> set[RecordKey]:
    """Keys of the records that must be read before the batch can be resolved."""
    return {
        key
        for change in changes
        if isinstance(change, ValidChange)
        for key in change.candidate_keys
    }


def resolve_batch(
    changes: Sequence[ValidChange | InvalidChange],
    working: WorkingSet,
    context: BatchContext,
    atomic: bool,
    known: Mapping[str, int] | None = None,
) -> BatchResult:
    """Resolve the changes in order, as if each had been sent alone.

    Atomic: one rejection or conflict applies nothing, and the other changes are rejected. `known`
    has the version of each collection up to which the device knows every record; None: it needs
    no news.
    """
    untouched = WorkingSet(working.version, working.stored, working.stored_aliases)
    results = [
        ChangeResult(change, Resolution("rejected", rejection=change.rejection))
        if isinstance(change, InvalidChange)
        else _resolve_one(change, working, context, known)
        for change in changes
    ]
    if atomic and any(result.resolution.failed for result in results):
        return BatchResult(untouched, [_aborted(result) for result in results])
    return BatchResult(working, results)


def _resolve_one(
    change: ValidChange,
    working: WorkingSet,
    context: BatchContext,
    known: Mapping[str, int] | None,
) -> ChangeResult:
    if change.offered is not None:
        return ChangeResult(change, resolve_offer(change, change.offered, working, context))
    if change.collection.natural_key is not None:
        before = find_record(change, working)
        change, resolution = resolve_keyed(change, working, context)
    else:
        before = working.record(change.key)
        resolution = resolve(change, before, context, working.version + 1)
        if resolution.changed and resolution.record is not None:
            working.write(resolution.record)
    if before is None:
        return ChangeResult(change, resolution)
    record = resolution.record
    if record is not None and resolution.status in ("stale", "merged"):
        working.losing.append(LosingChange(change, record, won=resolution.changed))
    if known is not None:
        unknown = before.version > known.get(change.collection.name, 0)
        resolution = resolution._replace(
            has_news=unknown and _has_other_writers(change, before, resolution, context)
        )
    return ChangeResult(change, resolution)


def _has_other_writers(
    change: ValidChange, before: StoredRecord, resolution: Resolution, context: BatchContext
) -> bool:
    # A patch keeps what others wrote to the members of a group that it does not name.
    records = (resolution.record, before if change.sent.op == "patch" else None)
    return any(
        not writers(record.stamp, record.field_clocks) <= {context.device_id}
        for record in records
        if record is not None
    )


def _aborted(result: ChangeResult) -> ChangeResult:
    if result.resolution.failed:
        return result
    rejection = Rejection("batch_aborted", "Another change of this atomic push was rejected.")
    return ChangeResult(result.change, Resolution("rejected", rejection=rejection))
