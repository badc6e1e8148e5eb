"""Resolution of a whole batch in memory: every change in order, against the stored records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sync_server.sync.engine.changes import BatchContext, InvalidChange, Rejection, ValidChange
from sync_server.sync.engine.field_clocks import writers
from sync_server.sync.engine.records import RecordKey, StoredRecord
from sync_server.sync.engine.resolve import Resolution, resolve


@dataclass(frozen=True, slots=True)
class MovedRecord:
    """The day, or the parent, that a record moved away from at `version`."""

    version: int
    day: str | None
    parent_id: str | None


class ChangeResult(NamedTuple):
    """A change with its resolution; `change.id` is the id where the record is stored."""

    change: ValidChange | InvalidChange
    resolution: Resolution


@dataclass(slots=True)
class BatchResult:
    """The results of a batch in order, the records to write, and the user's new version."""

    version: int
    results: list[ChangeResult] = field(default_factory=list)
    records: dict[RecordKey, StoredRecord] = field(default_factory=dict)
    moved: list[MovedRecord] = field(default_factory=list)


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
    stored: Mapping[RecordKey, StoredRecord],
    context: BatchContext,
    version: int,
    atomic: bool,
    known: Mapping[str, int] | None = None,
) -> BatchResult:
    """Resolve the changes in order, as if each had been sent alone.

    Atomic: one rejection or conflict applies nothing, and the other changes are rejected. `known`
    has the version of each collection up to which the device knows every record; None: it needs
    no news.
    """
    batch = BatchResult(version)
    for change in changes:
        if isinstance(change, InvalidChange):
            resolution = Resolution("rejected", rejection=change.rejection)
        else:
            change, before, resolution = _resolve_one(change, stored, context, batch)
            if known is not None and before is not None:
                since = known.get(change.collection.name, 0)
                resolution = resolution._replace(
                    has_news=before.version > since and _has_other_writers(resolution, context)
                )
        batch.results.append(ChangeResult(change, resolution))
    if atomic and any(result.resolution.failed for result in batch.results):
        return BatchResult(version, [_aborted(result) for result in batch.results])
    return batch


def _resolve_one(
    change: ValidChange,
    stored: Mapping[RecordKey, StoredRecord],
    context: BatchContext,
    batch: BatchResult,
) -> tuple[ValidChange, StoredRecord | None, Resolution]:
    for key in change.candidate_keys:
        before = batch.records.get(key) or stored.get(key)
        if before is not None:
            break
    if key[1] != change.id:
        change = change._replace(id=key[1])
    resolution = resolve(change, before, context, batch.version + 1)
    if resolution.changed and resolution.record is not None:
        batch.version += 1
        batch.records[key] = resolution.record
        if before is not None:
            batch.moved.extend(_moved(before, resolution.record))
    return change, before, resolution


def _has_other_writers(resolution: Resolution, context: BatchContext) -> bool:
    record = resolution.record
    return record is not None and not (
        writers(record.stamp, record.field_clocks) <= {context.device_id}
    )


def _moved(before: StoredRecord, after: StoredRecord) -> Iterator[MovedRecord]:
    if (before.day, before.parent_id) != (after.day, after.parent_id):
        yield MovedRecord(after.version, before.day, before.parent_id)


def _aborted(result: ChangeResult) -> ChangeResult:
    if result.resolution.failed:
        return result
    rejection = Rejection("batch_aborted", "Another change of this atomic push was rejected.")
    return ChangeResult(result.change, Resolution("rejected", rejection=rejection))
