"""TypeScript devices of the households whose server is put back to a backup.

Their requests pass a proxy that loses some and notes all; the notes are what they know to be
acknowledged.
"""

import random
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.torture.clients import TypeScriptDevice, node
from tests.torture.network import FINE, Fate, Network, Target
from tests.torture.people import Person, Unreachable

from .writes import PATCHES, PUTS, Writes

LOST = {"request lost": Fate("request lost", deliveries=0, keep=0),
        "answer lost": Fate("answer lost", keep=0)}  # fmt: skip


class LosingNetwork(Network):
    """A proxy that loses requests and answers while it is bad, a fifth of them."""

    def _fate(self, line: str) -> Fate:
        chance = self._chance.random()
        if "/auth/" in line or not self.badness or chance > self.badness:
            return FINE
        return LOST["request lost" if chance < self.badness / 4 else "answer lost"]


class TypeScriptDevices:
    """Some devices of a household, each a process of Node; use `async with`."""

    def __init__(self, base_url: str, source: random.Random, files: Path) -> None:
        self.devices: list[TypeScriptDevice] = []
        self._source, self._files = source, files
        self.network = LosingNetwork([Target.of(base_url)], source)

    async def add(self, count: int, email: str) -> None:
        """Start so many devices and sign them in."""
        program = node()
        assert program is not None
        await self.network.__aenter__()
        for number in range(count):
            file = self._files / f"{uuid4()}.sqlite3"
            device = TypeScriptDevice(
                f"TypeScript {number}", self.network.base_url, Person(email), program, file
            )
            self.devices.append(device)
            await device.sync()
        self.network.badness = 0.2

    async def act(self, device: TypeScriptDevice) -> None:
        """Some writes, and perhaps an exchange, which may be lost."""
        for _ in range(self._source.randint(0, 3)):
            await self._write(device)
        if self._source.random() < 0.6:
            try:
                await device.sync()
            except Unreachable:
                return

    async def settle(self) -> None:
        """Let every device sync over a good network."""
        self.network.badness = 0.0
        for device in self.devices:
            await device.sync()

    def acknowledge(self, writes: Writes) -> None:
        """Note what the devices got results for."""
        for exchange in self.network.exchanges:
            if exchange.push and exchange.fate == "":
                body, answer = exchange.push
                writes.acknowledge(body, answer["results"])

    async def problems(self, digest: str) -> list[str]:
        """A line for each thing that is not as on the other devices."""
        found = []
        for device in self.devices:
            same = await device.command("digest") == digest
            if not same or await device.command("check") or await device.pending():
                found.append(f"unequal: {device.name}")
            if rejected := await device.command("rejected"):
                found.append(f"set aside: {device.name} {rejected}")
        return found

    async def close(self) -> None:
        """End the processes and the proxy."""
        for device in self.devices:
            await device.close()
        if self.devices:
            await self.network.__aexit__(None, None, None)

    async def _write(self, device: TypeScriptDevice) -> None:
        source, mark = self._source, f"{self._source.getrandbits(40):x}"
        live = sorted((await device.records()).items())
        live = [(key, it) for key, it in live if key[0] in PUTS]
        if live and source.random() < 0.6:
            (collection, id), _ = source.choice(live)
            if source.random() < 0.2 and collection != "profile":
                await device.delete(collection, id)
            else:
                change = source.choice(PATCHES[collection])(mark, source)
                await device.patch(collection, id, change)
            return
        collection = source.choice(sorted(PUTS))
        sessions = [id for (name, id), _ in live if name == "workout_sessions"]
        if collection == "workout_sets" and not sessions:
            collection = "workout_sessions"
        data: dict[str, Any] = PUTS[collection](mark, source, sessions)
        await device.put(collection, data)
