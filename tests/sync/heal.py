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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.support.rollback import Backup
from tests.torture.clients import TypeScriptDevice
from tests.torture.people import PASSWORD
from trackforge_client import Device, Offline
from trackforge_client.device.transport import AiohttpTransport, Request, Response

from .heal_typescript import TypeScriptDevices
from .writes import PATCHES, PUTS, Key, Writes

DEVICES, STEPS = 20, 30


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
    typescript: int = 0

    @property
    def is_healed(self) -> bool:
        """True if everything is as it was promised."""
        return not (self.lost or self.resurrected or self.unequal or self.set_aside)

    def __str__(self) -> str:
        return (
            f"{self.runs} restores, {DEVICES} devices each, {self.typescript} of all of them"
            f" with the TypeScript client; {self.writes} acknowledged changes,"
            f" {self.after_backup} of them newer than the backup; {self.offers} offers, of which"
            f" {self.brought_back} brought something back; lost {self.lost},"
            f" resurrected {self.resurrected}, unequal {self.unequal}, set aside {self.set_aside}"
        )


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

    def __init__(self, base_url: str, seed: int, files: Path) -> None:
        self.source = random.Random(seed)
        self.others = TypeScriptDevices(base_url, self.source, files)
        self.writes = Writes()
        self._base_url, self.email = base_url, f"heal.{seed}.{random.random()}@example.com"
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
        await enter(self.email, PASSWORD)
        network.is_bad = True
        self._networks.append(network)
        self.devices.append(device)

    async def step(self) -> None:
        """Three devices write or sync at the same time."""
        devices: list[Device | TypeScriptDevice] = [*self.devices, *self.others.devices]
        chosen = self.source.sample(devices, 3)
        await asyncio.gather(
            *(self._act(it) if isinstance(it, Device) else self.others.act(it) for it in chosen)
        )

    async def settle(self) -> None:
        """Let every device sync, over a good network, until none has news."""
        for network in self._networks:
            network.is_bad = False
        for _ in range(2):
            for device in self.source.sample(self.devices, len(self.devices)):
                await device.sync()
            await self.others.settle()

    async def close(self) -> None:
        """Close all devices."""
        for device in self.devices:
            await device.__aexit__()
        await self.others.close()

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
                device.patch(collection, id, source.choice(PATCHES[collection])(mark, source))
            return
        collection = source.choice(sorted(PUTS))
        sessions = [id for name, id, _ in live if name == "workout_sessions"]
        if collection == "workout_sets" and not sessions:
            collection = "workout_sessions"
        device.put(collection, PUTS[collection](mark, source, sessions))


class _Wall:
    def __init__(self, skew_us: int) -> None:
        self._skew_us = skew_us

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self._skew_us


async def run(
    base_url: str,
    pool: Pool,
    config: Config,
    seed: int,
    tally: Tally,
    files: Path,
    typescript: int = 0,
) -> list[str]:
    """One run, added to the tally; a line for each thing that is not as promised.

    `typescript` is the number of TypeScript devices, which have their files in a folder.
    """
    home = Household(base_url, seed, files)
    try:
        backup_at, restore_at = sorted(home.source.sample(range(4, STEPS - 6), 2))
        for _ in range(DEVICES - typescript):
            await home.add()  # Who signs in after the backup has to do it again.
        if typescript:
            await home.others.add(typescript, home.email)
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
    home.others.acknowledge(home.writes)
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
    different = await home.others.problems(first.digest())
    tally.unequal += len(different)
    tally.typescript += len(home.others.devices)
    problems += different
    tally.runs += 1
    tally.writes += home.writes.count
    tally.offers += home.writes.offers
    tally.brought_back += home.writes.brought_back
    return problems
