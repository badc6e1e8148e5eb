"""The adapters of other libraries, each with the real library, beside a device without one."""

import asyncio
import subprocess
from pathlib import Path

from tests.infrastructure.server import Server

from .conftest import NODE, QUIET, node_environment


async def test_every_library_passes_the_stories(package: Path, server: Server) -> None:
    files = sorted(package.glob("test/adapters/*.test.ts"))
    process = await asyncio.create_subprocess_exec(
        NODE, QUIET, "--test", "--test-isolation=none", "--test-force-exit",
        "--test-timeout=60000", *files,
        cwd=package, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=node_environment() | {"TRACKFORGE_URL": server.base_url},
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    text = output.decode()
    assert process.returncode == 0, text[-8000:]
    assert f"pass {9 * len(files)}" in text, text
