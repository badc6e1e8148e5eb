"""Runs of a household whose server loses everything since a backup.

A seeded workload of twenty devices with lost requests and responses; a backup at one moment, its
restoration at a later one. The expected records are computed from what the devices sent, by the
text of the protocol: of all writes of a register the greatest stamp wins.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.support.rollback import Backup
from trackforge_client import Device, Offline
from trackforge_client.device.contracts import contract_of
from trackforge_client.device.transport import AiohttpTransport, Request, Response

from .stories import PASSWORD

DEVICES, STEPS = 20, 30
Json = dict[str, Any]
Key = tuple[str, str]
Stamp = tuple[int, str]
EXERCISE = "0192f0c4-6f0e-7c4e-9a53-00000000000b"


@dataclass
class Tally:
    """Counts of all runs."""

    runs: int = 0
    writes: int = 0
    after_backup: int = 0
    offers: int = 0
    brought_back: int = 0
    lost: int = 0
    resurrected: int = 0
    unequal: int = 0
    set_aside: int = 0

    @property
    def is_healed(self) -> bool:
        """True if everything is as it was promised."""
        return not (self.lost or self.resurrected or self.unequal or self.set_aside)

    def __str__(self) -> str:
        return (
            f"{self.runs} restores, {DEVICES} devices each; {self.writes} acknowledged changes,"
            f" {self.after_backup} of them newer than the backup; {self.offers} offers, of which"
            f" {self.brought_back} brought something back; lost {self.lost},"
            f" resurrected {self.resurrected}, unequal {self.unequal}, set aside {self.set_aside}"
        )


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


class BadNetwork:
    """A transport that loses requests and responses, until it is mended."""

    def __init__(self, base_url: str, source: random.Random, writes: Writes) -> None:
        self._http, self._source, self._writes = AiohttpTransport(base_url), source, writes
        self.is_bad = False

    async def send(self, request: Request) -> Response:
        fate = self._source.random() if self.is_bad else 1.0
        if fate < 0.05:
            raise Offline("the request was lost", sent=False)
        response = await self._http.send(request)
        if fate < 0.2:
            raise Offline("the response was lost", sent=True)
        if request.path.endswith("/sync/push") and response.status == 200 and request.body:
            results = json.loads(response.body)["results"]
            self._writes.acknowledge(json.loads(request.body), results)
        return response

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        return self._http.lines(request)

    async def close(self) -> None:
        await self._http.close()


class Household:
    """The devices of one user, and what happens to them."""

    def __init__(self, base_url: str, seed: int) -> None:
        self.source = random.Random(seed)
        self.writes = Writes()
        self._base_url, self._email = base_url, f"heal.{seed}.{random.random()}@example.com"
        self._networks: list[BadNetwork] = []
        self.devices: list[Device] = []

    async def add(self) -> None:
        """One more device, with a clock of its own."""
        network = BadNetwork(self._base_url, self.source, self.writes)
        skew_us = self.source.choice((0, 0, 20_000_000, -20_000_000, 86_400_000_000))
        wall = _Wall(skew_us)
        device = Device(
            ":memory:", "", name="device", http=network, now_us=wall, source=self.source,
            pull_limit=self.source.choice((20, 500)), push_changes=self.source.choice((3, 500)),
            touched_days="none",
        )  # fmt: skip
        enter = device.login if self.devices else device.register
        await enter(self._email, PASSWORD)
        network.is_bad = True
        self._networks.append(network)
        self.devices.append(device)

    async def step(self) -> None:
        """Three devices write or sync at the same time."""
        chosen = self.source.sample(self.devices, min(3, len(self.devices)))
        await asyncio.gather(*(self._act(device) for device in chosen))

    async def settle(self) -> None:
        """Let every device sync, over a good network, until none has news."""
        for network in self._networks:
            network.is_bad = False
        for _ in range(2):
            for device in self.source.sample(self.devices, len(self.devices)):
                await device.sync()

    async def close(self) -> None:
        """Close all devices."""
        for device in self.devices:
            await device.__aexit__()

    async def _act(self, device: Device) -> None:
        for _ in range(self.source.randint(0, 3)):
            self._write(device)
        action = self.source.choice((None, device.push, device.pull, device.sync, device.sync))
        try:
            if action is not None:
                await action()
        except Offline:
            pass

    def _write(self, device: Device) -> None:
        source, mark = self.source, f"{self.source.getrandbits(40):x}"
        live = device.live()
        if live and source.random() < 0.6:
            collection, id, _ = source.choice(live)
            if source.random() < 0.2 and collection != "profile":
                device.delete(collection, id)
            else:
                device.patch(collection, id, source.choice(_PATCHES[collection])(mark, source))
            return
        collection = source.choice(sorted(_PUTS))
        sessions = [id for name, id, _ in live if name == "workout_sessions"]
        if collection == "workout_sets" and not sessions:
            collection = "workout_sessions"
        device.put(collection, _PUTS[collection](mark, source, sessions))


class _Wall:
    def __init__(self, skew_us: int) -> None:
        self._skew_us = skew_us

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self._skew_us


_PUTS: dict[str, Any] = {
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
_PATCHES: dict[str, Any] = {
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


async def run(base_url: str, pool: Pool, config: Config, seed: int, tally: Tally) -> list[str]:
    """One run, added to the tally; a line for each thing that is not as promised."""
    home = Household(base_url, seed)
    try:
        backup_at, restore_at = sorted(home.source.sample(range(4, STEPS - 6), 2))
        for _ in range(DEVICES):
            await home.add()  # Who signs in after the backup has to do it again.
        backup, acknowledged = None, 0
        for step in range(STEPS):
            if step == backup_at:
                user_id = str(home.devices[0]._store.get("user_id"))
                backup, acknowledged = await Backup.make(pool, user_id), home.writes.count
            if step == restore_at and backup is not None:
                tally.after_backup += home.writes.count - acknowledged
                await backup.restore(pool)
                assert await begin_epochs(config, [backup.user_id]) == 1
            await home.step()
        await home.settle()
        return await _judge(home, tally)
    finally:
        await home.close()


def _versions(device: Device) -> dict[Key, Any]:
    """Versions, clocks and deletions that a device knows, by key."""
    rows = device._store.connection.execute(
        "SELECT collection, id, version, clock, base_deleted FROM records WHERE base IS NOT NULL"
    )
    return {(collection, id): tuple(row) for collection, id, *row in rows}


async def _judge(home: Household, tally: Tally) -> list[str]:
    first = home.devices[0]
    found = {(collection, id): data for collection, id, data in first.live()}
    problems = []
    for key, data in home.writes.expected().items():
        if data is None and key in found:
            tally.resurrected += 1
            problems.append(f"resurrected: {key} {found[key]}")
        elif data is not None and found.get(key) != data:
            tally.lost += 1
            problems.append(f"lost: {key} {data}, found {found.get(key)}")
    for number, device in enumerate(home.devices):
        same = device.digest() == first.digest() and (await device.check()).same
        if not same or any(device.status().pending.values()):
            tally.unequal += 1
            rows, others = _versions(device), _versions(first)
            keys = {key for key, _ in rows.items() ^ others.items()}
            differing = [(key, rows.get(key), others.get(key)) for key in sorted(keys)]
            problems.append(f"unequal: device {number}, {differing}, {device.status()}")
        for rejected in device.rejected():
            tally.set_aside += 1
            problems.append(f"set aside: device {number} {rejected}")
    tally.runs += 1
    tally.writes += home.writes.count
    tally.offers += home.writes.offers
    tally.brought_back += home.writes.brought_back
    return problems
