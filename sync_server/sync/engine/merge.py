"""Merge of a record, a map of last-write-wins registers, with the registers of one change.

`merge` is commutative, associative and idempotent, so any order, any batching and any number of
repeats of the same writes end in the same record.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from schema.ids import Json
from sync_server.sync.engine.clock import NEVER, Stamp

Members = Mapping[str, Json]
"""The present fields of a register by name. A field at null is absent."""


@dataclass(frozen=True, slots=True)
class RecordState:
    """A record as its registers, each with the stamp of its last write.

    `registers` maps a register's name to its stamp and members; a register that was never written
    is absent.
    """

    registers: Mapping[str, tuple[Stamp, Members]]
    deleted: bool
    deletion: Stamp

    @property
    def stamp(self) -> Stamp:
        """The greatest stamp of any register."""
        return max([self.deletion, *(stamp for stamp, _ in self.registers.values())])

    @property
    def data(self) -> dict[str, Json]:
        """The record's fields, flat."""
        return {
            name: value for _, members in self.registers.values() for name, value in members.items()
        }


@dataclass(frozen=True, slots=True)
class RegisterWrites:
    """The registers that one change writes, and the deletion register."""

    stamp: Stamp
    registers: Mapping[str, Members]
    deleted: bool


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The state after a write, and how many registers the write newly won or lost."""

    state: RecordState
    won: int
    lost: int


ABSENT = RecordState(registers={}, deleted=False, deletion=NEVER)


def merge(state: RecordState, write: RegisterWrites) -> MergeResult:
    """Merge by register: the greater stamp wins.

    Two different writes under one stamp are a fault of the device. The greater canonical JSON
    wins then, so that replicas still agree.
    """
    registers = dict(state.registers)
    won = lost = 0
    for name, members in write.registers.items():
        stored = registers.get(name, (NEVER, {}))
        order = _compare((write.stamp, members), stored)
        if order > 0:
            registers[name] = (write.stamp, members)
            won += 1
        lost += order < 0
    deleted, deletion = state.deleted, state.deletion
    order = _compare((write.stamp, write.deleted), (deletion, deleted))
    if order > 0:
        deleted, deletion = write.deleted, write.stamp
    # A later "not deleted" overwrites nothing of an edit: only the opposite value is a loss.
    deletion_lost = order < 0 and (deleted != write.deleted or not write.registers)
    return MergeResult(
        RecordState(registers, deleted, deletion), won + (order > 0), lost + deletion_lost
    )


def join(left: RecordState, right: RecordState) -> RecordState:
    """The state that has every write of both."""
    registers = dict(left.registers)
    for name, write in right.registers.items():
        if name not in registers or _compare(write, registers[name]) > 0:
            registers[name] = write
    deletions = (left.deletion, left.deleted), (right.deletion, right.deleted)
    deletion, deleted = deletions[_compare(*deletions) < 0]
    return RecordState(registers, deleted, deletion)


def bury(state: RecordState, stamp: Stamp) -> RecordState:
    """The tombstone of a live state, whatever the stamp of its last "not deleted"."""
    return RecordState(state.registers, True, max(stamp, state.deletion))


def _compare(left: tuple[Stamp, object], right: tuple[Stamp, object]) -> int:
    if left[0] != right[0]:
        return 1 if left[0] > right[0] else -1
    if left[1] == right[1]:
        return 0
    return 1 if canonical_json(left[1]) > canonical_json(right[1]) else -1


def canonical_json(value: object) -> bytes:
    """Canonical JSON of a value: sorted keys, no spaces."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
