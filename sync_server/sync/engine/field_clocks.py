"""Encoding of a record's stamps: null while one write set them all, else a small JSON object.

The column `field_clocks` is null for a record whose every register has the record's own stamp.
Otherwise `{"d": [clock, device], "s": [[clock, device, [register…]]…], "w": device, "v": version}`:
`d` is the stamp of the registers that `s` does not name (the record's own when absent), the
register `""` is the deletion, `w` is the device that changed the record last where it isn't the
stamp's, `v` is the newest schema version whose fields the object covers (1 when absent).
"""

from collections import Counter
from collections.abc import Mapping

import orjson

from schema.collection import Collection
from schema.ids import Json
from sync_server.sync.engine.clock import NEVER, Stamp
from sync_server.sync.engine.merge import RecordState

DELETION = ""


def encode_clocks(state: RecordState, collection: Collection, writer: str) -> str | None:
    """The `field_clocks` column of a state that `writer` changed last."""
    top = state.stamp
    stamps = dict.fromkeys(collection.registers, NEVER)
    stamps.update((name, stamp) for name, (stamp, _) in state.registers.items())
    stamps[DELETION] = state.deletion
    default = _common_stamp(stamps)
    document: dict[str, object] = {}
    if default != top:
        document["d"] = list(default)
    exceptions: dict[Stamp, list[str]] = {}
    for name in sorted(stamps):
        undeclared = name != DELETION and name not in collection.registers
        if stamps[name] != default or undeclared:
            exceptions.setdefault(stamps[name], []).append(name)
    if exceptions:
        document["s"] = [[*stamp, names] for stamp, names in sorted(exceptions.items())]
    if writer != top.device_id:
        document["w"] = writer
    version = collection.newest_since
    if version > 1:
        document["v"] = version
    return orjson.dumps(document).decode() if document else None


def decode_state(
    data: Mapping[str, Json],
    deleted: bool,
    top: Stamp,
    field_clocks: str | None,
    collection: Collection,
) -> RecordState:
    """The state of a stored row."""
    document = orjson.loads(field_clocks) if field_clocks else {}
    default = Stamp(*document["d"]) if "d" in document else top
    stamps = {
        name: Stamp(clock, device)
        for clock, device, names in document.get("s", ())
        for name in names
    }
    known = collection.registers_known(document.get("v", 1))
    registers = {}
    for name, fields in members_by_register(data, collection).items():
        stamp = stamps.get(name, default if name in known or fields else NEVER)
        if stamp != NEVER:
            registers[name] = (stamp, fields)
    return RecordState(registers, deleted, stamps.get(DELETION, default))


def register_stamps(
    data: Mapping[str, Json], top: Stamp, field_clocks: str | None, collection: Collection
) -> dict[str, Stamp]:
    """The stamps of a stored row by register, `deleted` among them; without those never written."""
    state = decode_state(data, False, top, field_clocks, collection)
    stamps = {name: stamp for name, (stamp, _) in state.registers.items()}
    return stamps | ({"deleted": state.deletion} if state.deletion != NEVER else {})


def writers(top: Stamp, field_clocks: str | None) -> set[str]:
    """The devices whose writes a record holds."""
    document = orjson.loads(field_clocks) if field_clocks else {}
    stamps = [document.get("d", top), *document.get("s", ())]
    return {top.device_id, *(device for _, device, *_ in stamps)} - {NEVER.device_id}


def stored_clocks(top: Stamp, field_clocks: str | None) -> list[int]:
    """The clocks of a stored row's registers."""
    document = orjson.loads(field_clocks) if field_clocks else {}
    stamps = [top, document.get("d", top), *document.get("s", ())]
    return [stamp[0] for stamp in stamps]


def last_writer(top: Stamp, field_clocks: str | None) -> str:
    """The device whose write changed the record last."""
    writer: str = (orjson.loads(field_clocks) if field_clocks else {}).get("w", top.device_id)
    return writer


def members_by_register(
    data: Mapping[str, Json], collection: Collection
) -> dict[str, dict[str, Json]]:
    """A record's fields, sorted into registers; an undeclared field is its own register."""
    registers: dict[str, dict[str, Json]] = {name: {} for name in collection.registers}
    for name, value in data.items():
        field = collection.fields.get(name)
        registers.setdefault(field.register if field else name, {})[name] = value
    return registers


def _common_stamp(stamps: Mapping[str, Stamp]) -> Stamp:
    counts = Counter(stamps.values())
    return max(counts, key=lambda stamp: (counts[stamp], stamp))
