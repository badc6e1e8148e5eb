"""What an import writes: what is not there yet, and what only imports have written and reads anew.

A change's clock is the midnight with which the day of its line began, in UTC: the log was written
then, not today. So whatever a person wrote about that record, before or after the import, is later
and wins, on every device and in any order; and two imports of one log write the same under the same
clock, which the merge takes for one write. Several records of one day share a clock; that is no
matter, since clocks are compared within a record only.

An import mends what imports have written (the unit was wrong; a set was changed in the other app)
one microsecond after what it mends. What a person has edited or deleted is left alone.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import orjson

from schema import COLLECTIONS
from sync_server.imports.records import Data, Made
from sync_server.sync.engine.clock import NEVER, Stamp
from sync_server.sync.engine.field_clocks import decode_state, members_by_register

DAY_US = 86_400_000_000
EPOCH = datetime.date(1970, 1, 1)
SHARED = "body_metrics"
"""The collection whose records a file and a person make together: a weight here, a waist there."""

RecordKey = tuple[str, str]
Does = Literal["makes", "corrects"]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record that is there; `data` and `field_clocks` are JSON text."""

    clock: int
    device_id: str
    deleted: bool
    data: str
    field_clocks: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change to push, as JSON text, and what it does."""

    collection: str
    does: Does
    line: int
    text: bytes


@dataclass(slots=True)
class Plan:
    """What is to be written, and how many records are right as they are."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0


def planned(
    records: Iterable[Made], stored: Mapping[RecordKey, Stored], device_id: str, now_us: int
) -> Plan:
    """Compare the records of a file with those that are there; `now_us` caps days to come.

    `device_id` is the one under whose name imports write.
    """
    plan = Plan()
    for made in records:
        midnight = min(max((made.date - EPOCH).days * DAY_US, 1), now_us)
        before = stored.get((made.collection, made.id))
        if before is None:
            op = "patch" if made.collection == SHARED else "put"
            change: Change | None = _change(made, "makes", op, midnight, made.data)
        else:
            change = _amended(made, before, device_id, midnight)
        if change is None:
            plan.unchanged += 1
        else:
            plan.changes.append(change)
    return plan


def _amended(made: Made, before: Stored, device_id: str, midnight: int) -> Change | None:
    data: Data = orjson.loads(before.data)
    if before.deleted or data == made.data:
        return None
    collection = COLLECTIONS[made.collection]
    stamp = Stamp(before.clock, before.device_id)
    registers = decode_state(data, False, stamp, before.field_clocks, collection).registers
    does: Does = "corrects"
    clock, written = midnight, Data()
    for name, members in members_by_register(made.data, collection).items():
        writer, held = registers.get(name, (NEVER, {}))
        if held == members or (made.collection == SHARED and not members):
            continue
        if made.collection == SHARED and not held:
            does = "makes"
        elif writer.device_id != device_id:
            continue
        clock = max(clock, writer.clock + 1)
        written |= members or {name: None}
    return _change(made, does, "patch", clock, written) if written else None


def _change(made: Made, does: Does, op: str, clock: int, data: Data) -> Change:
    change = {
        "collection": made.collection,
        "id": made.id,
        "op": op,
        "clock": clock,
        "data": data,
    }
    return Change(made.collection, does, made.line, msgspec.json.encode(change))
