"""A whole push, decided in memory: every change in order against the records that are stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync_server.sync.engine.resolve import Outcome, Stored, apply, relocated
from sync_server.sync.push.request import Refusal, Refused
from sync_server.sync.push.response import Result
from sync_server.sync.push.validation import Batch, Prepared

RecordKey = tuple[str, str]
"""(collection, id)"""


@dataclass(frozen=True, slots=True)
class Vacated:
    """The day, or the parent, that a moved record left."""

    version: int
    day: str | None
    parent_id: str | None


@dataclass(slots=True)
class Decided:
    """What a push does: results in order, records to write, the user's version afterwards."""

    version: int
    results: list[Result] = field(default_factory=list)
    records: dict[RecordKey, Stored] = field(default_factory=dict)
    vacated: list[Vacated] = field(default_factory=list)


def keys_of(changes: Iterable[Prepared | Refused]) -> set[RecordKey]:
    """The records that must be read before the batch can be decided."""
    return set(_keys(changes))


def _keys(changes: Iterable[Prepared | Refused]) -> Iterator[RecordKey]:
    for change in changes:
        if isinstance(change, Prepared):
            yield change.collection.name, change.id
            if change.fallback_id:
                yield change.collection.name, change.fallback_id


def decide(
    changes: list[Prepared | Refused],
    stored: Mapping[RecordKey, Stored],
    batch: Batch,
    version: int,
    atomic: bool,
) -> Decided:
    """Apply the changes in order, as if each had been sent apart."""
    decided = Decided(version)
    for change in changes:
        if isinstance(change, Refused):
            outcome = Outcome("rejected", refusal=change.refusal)
        else:
            change, outcome = _decide_one(change, stored, batch, decided)
        decided.results.append(Result(change, outcome))
    if atomic and any(r.outcome.status in ("rejected", "conflict") for r in decided.results):
        return Decided(version, [_aborted(result) for result in decided.results])
    return decided


def _decide_one(
    change: Prepared, stored: Mapping[RecordKey, Stored], batch: Batch, decided: Decided
) -> tuple[Prepared, Outcome]:
    key = (change.collection.name, change.id)
    before = decided.records.get(key) or stored.get(key)
    if before is None and change.fallback_id:
        change = relocated(change)
        key = (change.collection.name, change.id)
        before = decided.records.get(key) or stored.get(key)
    outcome = apply(change, before, batch, decided.version + 1)
    if outcome.changed and outcome.record is not None:
        decided.version += 1
        decided.records[key] = outcome.record
        if before is not None:
            decided.vacated.extend(_vacated(before, outcome.record))
    return change, outcome


def _vacated(before: Stored, after: Stored) -> Iterator[Vacated]:
    if (before.day, before.parent_id) != (after.day, after.parent_id):
        yield Vacated(after.version, before.day, before.parent_id)


def _aborted(result: Result) -> Result:
    if result.outcome.status in ("rejected", "conflict"):
        return result
    refusal = Refusal("batch_aborted", "Another change of this atomic push was refused.")
    return Result(result.change, Outcome("rejected", refusal=refusal))
