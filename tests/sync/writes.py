"""Writes of the households that are put back to a backup, and the records that they lead to."""

from dataclasses import dataclass, field
from typing import Any

from trackforge_client.device.contracts import contract_of

Json = dict[str, Any]
Key = tuple[str, str]
Stamp = tuple[int, str]
EXERCISE = "0192f0c4-6f0e-7c4e-9a53-00000000000b"


@dataclass
class Writes:
    """Acknowledged writes of the devices of one run: the source of the expectation."""

    registers: dict[Key, dict[str, tuple[Stamp, Any]]] = field(default_factory=dict)
    count: int = 0
    offers: int = 0
    brought_back: int = 0

    def acknowledge(self, push: Json, results: list[Json]) -> None:
        """Note the results of a push that its device has received."""
        for change, result in zip(push["changes"], results, strict=True):
            if change["op"] == "offer":
                self.offers += 1
                self.brought_back += result["status"] in ("applied", "merged")
            elif result["status"] != "rejected":
                self.count += 1
                self._write(change, (change["clock"], push["device_id"]))

    def _write(self, change: Json, stamp: Stamp) -> None:
        contract = contract_of(change["collection"])
        record = self.registers.setdefault((change["collection"], change["id"]), {})
        data = change.get("data", {})
        if change["op"] == "put":
            data = {name: data.get(name, contract.defaults.get(name)) for name in contract.fields}
        writes: dict[str, Any] = {"": change["op"] == "delete"}
        for name, value in data.items():
            writes.setdefault(contract.group_of(name)[0], {})[name] = value
        for register, value in writes.items():
            if register not in record or stamp > record[register][0]:
                record[register] = (stamp, value)

    def expected(self) -> dict[Key, Json | None]:
        """The data of each record, None for a deleted one."""
        found: dict[Key, Json | None] = {}
        for key, registers in self.registers.items():
            members = [value for name, (_, value) in registers.items() if name]
            data = {name: it for group in members for name, it in group.items() if it is not None}
            found[key] = None if registers[""][1] else data
        return found


PUTS: dict[str, Any] = {
    "foods": lambda mark, source, _: {
        "name": mark, "energy_kcal": source.randint(1, 900), "protein_g": 1, "carbs_g": 1,
        "fat_g": source.randint(0, 50),
    },
    "workout_sessions": lambda mark, source, _: {
        "name": mark, "date": f"2026-11-{source.randint(1, 28):02}",
    },
    "workout_sets": lambda mark, source, sessions: {
        "session_id": source.choice(sessions), "exercise_id": EXERCISE, "position": 0,
        "reps": source.randint(1, 20), "weight_kg": source.randint(1, 200), "notes": mark,
    },
    "body_metrics": lambda mark, source, _: {
        "date": f"2026-11-{source.randint(1, 6):02}", "weight_kg": source.randint(40, 150),
        "notes": mark,
    },
    "profile": lambda mark, _source, _: {"display_name": mark},
}  # fmt: skip
PATCHES: dict[str, Any] = {
    "foods": (
        lambda mark, _: {"name": mark},
        lambda mark, _: {"notes": mark},
        lambda _, source: {"energy_kcal": source.randint(1, 900)},
    ),
    "workout_sessions": (lambda mark, _: {"name": mark}, lambda mark, _: {"notes": mark}),
    "workout_sets": (
        lambda _, source: {"reps": source.randint(1, 20)},
        lambda mark, _: {"notes": mark},
        lambda _, source: {"rpe": source.randint(1, 10)},
    ),
    "body_metrics": (
        lambda _, source: {"weight_kg": source.randint(40, 150)},
        lambda mark, _: {"notes": mark},
        lambda _mark, _source: {"notes": None},
    ),
    "profile": (
        lambda mark, _: {"display_name": mark},
        lambda _, source: {"birth_year": source.randint(1900, 2000)},
    ),
}
