"""Merges: writes of one record, and the record that they make in any order."""

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.validate import complete, validate_patch, validate_put
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.field_clocks import DELETION, members_by_register
from sync_server.sync.engine.merge import ABSENT, RecordState, RegisterWrites, merge
from tools.vectors.values import Case, file_text
from trackforge_client.device.completion import complete_groups
from trackforge_client.device.contracts import contract_of

ABOUT = (
    "Each case has writes of one record, each with its collection's fields as sent, groups "
    "complete. Applied in any order they make `record`: its data, its deletion and the stamp "
    "[clock, device_id] of each register; the register of a group has the name of its first "
    "field, the deletion has the empty name."
)
DEVICES = ("00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b")
ID = "0192f0c4-6f0e-7c4e-9a53-000000000001"
_SET = {"session_id": ID, "exercise_id": ID, "position": 1}
_FOOD = {"name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59, "fat_g": 7}
_PUTS: Mapping[str, list[dict[str, Any]]] = {
    "workout_sets": [_SET | {"reps": 8, "weight_kg": 80}, _SET | {"reps": 5, "rpe": 8.5}],
    "foods": [_FOOD, _FOOD | {"name": "Rolled oats", "fiber_g": 10.5, "brand": "Mill"}],
    "body_metrics": [{"date": "2026-11-23", "weight_kg": 81.4}, {"date": "2026-11-23"}],
    "diet_plans": [{"name": "Cut", "days_of_week": [1, 2]}, {"name": "Cut", "days_of_week": []}],
}
_PATCHES: Mapping[str, list[dict[str, Any]]] = {
    "workout_sets": [
        {"reps": 6}, {"weight_kg": 82.5}, {"notes": "light"}, {"notes": None}, {"kind": "drop"},
    ],
    "foods": [{"fiber_g": 9}, {"brand": None}, {"notes": "Café"}, {"energy_kcal": 372.5}],
    "body_metrics": [{"waist_cm": 80}, {"weight_kg": None}, {"steps": 9000}],
    "diet_plans": [{"active": False}, {"starts_on": "2026-01-01"}, {"target_protein_g": 160}],
}  # fmt: skip


def text() -> str:
    """Text of merge.json."""
    chance = random.Random(1)
    return file_text(ABOUT, {"cases": [_case(chance, number) for number in range(120)]})


def merged(collection: Collection, writes: Iterable[Case]) -> Case:
    """Record of a case after its writes in this order, merged by the server."""
    return record_of(state_after(collection, writes))


def state_after(collection: Collection, writes: Iterable[Case]) -> RecordState:
    """State after writes in this order, merged by the server."""
    state: RecordState = ABSENT
    for write in writes:
        state = merge(state, _register_writes(collection, write)).state
    return state


def record_of(state: RecordState) -> Case:
    """Record of a state with the stamps of its registers; the deletion has the empty name."""
    clocks = {name: list(stamp) for name, (stamp, _) in state.registers.items()}
    clocks[DELETION] = list(state.deletion)
    return {"data": state.data, "deleted": state.deleted, "clocks": clocks}


def _register_writes(collection: Collection, write: Case) -> RegisterWrites:
    stamp = Stamp(write["clock"], write["device_id"])
    if write["op"] == "delete":
        return RegisterWrites(stamp, {}, deleted=True)
    raw = json.dumps(write["data"]).encode()
    if write["op"] == "patch":
        registers = {
            name: complete(collection, name, named, {})
            for name, named in validate_patch(collection, raw, SCHEMA_VERSION).items()
        }
        return RegisterWrites(stamp, registers, deleted=False)
    fields = validate_put(collection, raw, SCHEMA_VERSION)
    return RegisterWrites(stamp, members_by_register(fields, collection), deleted=False)


def random_writes(chance: random.Random, number: int) -> tuple[str, list[Case]]:
    """Collection and writes of a record, the first one a put."""
    name = sorted(_PUTS)[number % len(_PUTS)]
    return name, [_write(chance, name, step) for step in range(chance.randrange(2, 6))]


def _case(chance: random.Random, number: int) -> Case:
    name, writes = random_writes(chance, number)
    record = merged(COLLECTIONS[name], writes)
    return {"collection": name, "writes": writes, "record": record}


def _write(chance: random.Random, name: str, step: int) -> Case:
    op = chance.choices(("put", "patch", "delete"), (2, 5, 1))[0] if step else "put"
    # Two different writes of one device never have the same clock.
    clock = 1_795_399_900_000_000 + chance.randrange(3) * 10 + step // 2 * 100
    data: dict[str, Any] = {}
    if op == "put":
        data = chance.choice(_PUTS[name])
    elif op == "patch":
        data = complete_groups(contract_of(name), _PUTS[name][0], chance.choice(_PATCHES[name]))
    device = DEVICES[(step + chance.randrange(2)) % 2]
    return {"op": op, "clock": clock + (step if device == DEVICES[0] else step // 3),
            "device_id": device, "data": data}  # fmt: skip
