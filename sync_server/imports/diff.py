"""Changes of an import: creates missing records, corrects registers that only imports wrote.

A change's clock is midnight UTC of its line's day, because the log was written then, not today.
So every edit of the user, before or after the import, is later and wins, on every device and in
any order. Two imports of one file write equal values under equal clocks, which the merge treats as
one write. Records of one day share a clock: clocks are compared within one record only.

A correction (the unit was wrong; a set was changed in the other app) has a clock one microsecond
after the register that it replaces. Registers that the user edited, and deleted records, stay.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec
import orjson

from schema import COLLECTIONS
from sync_server.imports.body_readings import READINGS, best_values, unite_readings
from sync_server.imports.records import Data, DerivedRecord
from sync_server.sync.engine.clock import NEVER, Stamp
from sync_server.sync.engine.field_clocks import decode_state, members_by_register

DAY_US = 86_400_000_000
EPOCH = datetime.date(1970, 1, 1)
SHARED_COLLECTION = "body_metrics"
"""Collection whose records combine registers of a file and of the user: weight and waist, say."""

RecordKey = tuple[str, str]
Effect = Literal["create", "correct"]


@dataclass(frozen=True, slots=True)
class ExistingRecord:
    """Stored version of a record; `data` and `field_clocks` are JSON text."""

    clock: int
    device_id: str
    deleted: bool
    data: str
    field_clocks: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Change to push, as JSON text, with its effect and the line it is from."""

    collection: str
    effect: Effect
    line: int
    text: bytes


@dataclass(slots=True)
class ImportPlan:
    """Changes to push, and the number of records that need none."""

    changes: list[PlannedChange] = field(default_factory=list)
    unchanged: int = 0


def plan_changes(
    records: Iterable[DerivedRecord],
    stored: Mapping[RecordKey, ExistingRecord],
    device_id: str,
    now_us: int,
    body_priority: Sequence[str] = (),
) -> ImportPlan:
    """Compare the records of a file with the stored ones; `now_us` caps clocks of future days.

    `device_id` is the device id of imports, `body_priority` that of the import's context.
    """
    plan = ImportPlan()
    for derived in records:
        existing = stored.get((derived.collection, derived.id))
        if derived.clock is not None:
            change = _restoration(derived, existing, min(derived.clock, now_us))
        else:
            midnight = min(max((derived.date - EPOCH).days * DAY_US, 1), now_us)
            joined = _with_stored_readings(derived, existing, body_priority)
            change = _derivation(joined, existing, device_id, midnight)
        if change is None:
            plan.unchanged += 1
        else:
            plan.changes.append(change)
    return plan


def _restoration(
    derived: DerivedRecord, existing: ExistingRecord | None, clock: int
) -> PlannedChange | None:
    """Change to a record of an export; None if the stored one is equal, newer or deleted."""
    if existing is None:
        return _planned_change(derived, "create", "put", clock, derived.data)
    current = existing.deleted or existing.clock >= clock
    if current or orjson.loads(existing.data) == derived.data:
        return None
    return _planned_change(derived, "correct", "put", clock, derived.data)


def _derivation(
    derived: DerivedRecord, existing: ExistingRecord | None, device_id: str, midnight: int
) -> PlannedChange | None:
    """Change to a record of another app's log; None if it is as it should be."""
    if existing is None:
        op = "patch" if derived.collection == SHARED_COLLECTION else "put"
        return _planned_change(derived, "create", op, midnight, derived.data)
    return _correction(derived, existing, device_id, midnight)


def _with_stored_readings(
    derived: DerivedRecord, existing: ExistingRecord | None, body_priority: Sequence[str]
) -> DerivedRecord:
    """A day's body values with the readings of sources that were imported before."""
    if existing is None or derived.collection != SHARED_COLLECTION:
        return derived
    stored: Data = orjson.loads(existing.data)
    readings = unite_readings(stored.get(READINGS), derived.data.get(READINGS))
    data = derived.data | best_values(readings, body_priority) | {READINGS: readings}
    return replace(derived, data=data)


def _correction(
    derived: DerivedRecord, existing: ExistingRecord, device_id: str, midnight: int
) -> PlannedChange | None:
    data: Data = orjson.loads(existing.data)
    if existing.deleted or data == derived.data:
        return None
    collection = COLLECTIONS[derived.collection]
    stamp = Stamp(existing.clock, existing.device_id)
    registers = decode_state(data, False, stamp, existing.field_clocks, collection).registers
    effect: Effect = "correct"
    clock, patch = midnight, Data()
    for name, members in members_by_register(derived.data, collection).items():
        writer, current = registers.get(name, (NEVER, {}))
        if current == members or (derived.collection == SHARED_COLLECTION and not members):
            continue
        if derived.collection == SHARED_COLLECTION and not current:
            effect = "create"
        elif name == READINGS:
            pass  # United with those of other sources, so nothing of another writer is lost.
        elif writer.device_id != device_id:
            continue
        clock = max(clock, writer.clock + 1)
        patch |= members or {name: None}
    return _planned_change(derived, effect, "patch", clock, patch) if patch else None


def _planned_change(
    derived: DerivedRecord, effect: Effect, op: str, clock: int, data: Data
) -> PlannedChange:
    change = {
        "collection": derived.collection,
        "id": derived.id,
        "op": op,
        "clock": clock,
        "data": data,
    }
    return PlannedChange(derived.collection, effect, derived.line, msgspec.json.encode(change))
