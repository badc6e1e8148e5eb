"""Stamps of a record's registers: as the server gave them, and after an accepted write; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from trackforge_client.device.contract import Contract
from trackforge_client.device.json_types import Fields

DELETED = "deleted"
"""Register of the deletion."""


class Stamp(NamedTuple):
    """Clock and device of a register's last write; the greater one wins."""

    clock: int
    device_id: str


Clocks = Mapping[str, Stamp]
"""Stamps by register."""
NEVER = Stamp(0, "")


def expanded(
    contract: Contract, data: Fields, deleted: bool, own: Stamp, clocks: Clocks | None
) -> Clocks:
    """Stamps of all registers that were written; without `clocks` all have the record's own."""
    if clocks is not None:
        return clocks
    names = data.keys() if deleted else {*contract.fields, *data}
    return dict.fromkeys([*(contract.register_of(name) for name in names), DELETED], own)


def after_write(contract: Contract, before: Clocks, op: str, data: Fields, stamp: Stamp) -> Clocks:
    """Stamps after an accepted `put`, `patch` or `delete` of this stamp."""
    names = {"put": {*contract.fields, *data}, "patch": data.keys()}.get(op, frozenset())
    registers = {DELETED, *(contract.register_of(name) for name in names)}
    written = {name: max(stamp, before.get(name, NEVER)) for name in registers}
    return {**before, **written}


def compact(clocks: Clocks) -> tuple[Stamp, Clocks | None]:
    """Stamp of the record, and those of its registers unless all are the same."""
    own = max(clocks.values())
    return own, None if all(stamp == own for stamp in clocks.values()) else clocks
