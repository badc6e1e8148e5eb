"""TypeScript devices: Node processes with the package's client, driven over standard input."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.server import Server
from tests.sync.conftest import new_device as new_device
from tests.sync.conftest import proxy as proxy
from tests.sync.stories import PASSWORD
from tools.build_web import NODE as NODE
from tools.build_web import install
from tools.build_web import node_environment as node_environment

PACKAGE = Path(__file__).resolve().parents[2] / "clients" / "typescript"
QUIET = "--disable-warning=ExperimentalWarning"
TIMEOUT_S = 60.0


class TypeScriptError(Exception):
    """Error of a command: the class name of the client's error, and its message."""

    def __init__(self, name: str, detail: str, *, retryable: bool) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.retryable = retryable


class TypeScriptDevice:
    """A process with the TypeScript client on a file of its own."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.name = name
        self._process = process

    async def command(self, do: str, **arguments: object) -> Any:
        """Value of a command; raises TypeScriptError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), TIMEOUT_S)
        answer = json.loads(line or b'{"error": "Ended", "detail": "the process has ended"}')
        if "error" in answer:
            retryable = answer.get("retryable", False)
            raise TypeScriptError(answer["error"], answer["detail"], retryable=retryable)
        return answer["value"]

    async def put(self, collection: str, data: dict[str, Any]) -> str:
        """Id of a record that is written to the local file."""
        return str(await self.command("put", collection=collection, data=data))

    async def patch(self, collection: str, id: str, data: dict[str, Any]) -> None:
        """Write some fields of a local record."""
        await self.command("patch", collection=collection, id=id, data=data)

    async def all(self, collection: str) -> list[dict[str, Any]]:
        """Local records of a collection."""
        records: list[dict[str, Any]] = await self.command("all", collection=collection)
        return records

    def kill(self) -> None:
        """End the process without warning."""
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> None:
        """Wait for the end of a killed process."""
        await self._process.wait()


NewTypeScriptDevice = Callable[..., Awaitable[TypeScriptDevice]]
"""`await new_typescript_device(name, base_url=…, user="ada")`: a signed-in device.

The user must have a device already. A name that was used before opens its file again.
"""


@pytest.fixture
async def new_typescript_device(
    server: Server, tmp_path: Path
) -> AsyncIterator[NewTypeScriptDevice]:
    async with AsyncExitStack() as stack:

        async def start(
            name: str,
            base_url: str | None = None,
            user: str = "ada",
            push_changes: int = 500,
            pull_limit: int = 1000,
        ) -> TypeScriptDevice:
            file = tmp_path / f"{name}.ts.sqlite3"
            known = file.exists()
            process = await asyncio.create_subprocess_exec(
                NODE, QUIET, PACKAGE / "test" / "device.ts",
                file, base_url or server.base_url, str(push_changes), str(pull_limit),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 24,
            )  # fmt: skip
            device = TypeScriptDevice(process, name)

            async def end() -> None:
                device.kill()
                await device.ended()

            stack.push_async_callback(end)
            if not known:
                email = f"{user}.{tmp_path.name}@example.com"
                await device.command("login", email=email, password=PASSWORD)
            return device

        yield start


@pytest.fixture(scope="session")
def package() -> Path:
    """The package's folder with its locked tools, installed by the npm in Node's wheel."""
    install(PACKAGE)
    return PACKAGE
