"""The TypeScript client in a real Chromium: IndexedDB, tabs, notifications, React."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sync_server.config.settings import Config
from tests.api.test_passkeys import with_passkeys
from tests.conftest import running

from .conftest import NODE, QUIET, node_environment

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_the_client_in_a_browser(package: Path, config: Config) -> None:
    pages = ("http://127.0.0.1:*", "http://localhost:*")
    async with running(with_passkeys(config, cors_origins=pages)) as server:
        process = await asyncio.create_subprocess_exec(
            NODE, QUIET, "--test", "--test-timeout=60000", package / "test" / "browser.test.ts",
            cwd=package, stdout=subprocess.PIPE,
            env=node_environment() | {"TRACKFORGE_URL": server.base_url, "CHROMIUM": str(CHROMIUM)},
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 180)
    text = output.decode()
    assert process.returncode == 0, text[-6000:]
    assert "pass 6" in text, text
    print(*[line for line in text.splitlines() if " ms" in line], sep="\n")
