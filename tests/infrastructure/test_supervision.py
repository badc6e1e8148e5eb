"""Supervision of the private stores: a dead one comes back, or the server ends with a sentence."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from sync_server.store.embedded.process import EmbeddedError
from sync_server.store.embedded.supervision import MAX_SHORT_LIVES, Program, supervise
from tests.infrastructure.test_command_line import ROOT, environment
from tests.support.client import Client

PATIENCE_S = 60


class Served:
    """`serve` on a data directory, with its log."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, data_dir: Path) -> None:
        self.process = process
        self.url = url
        self.data_dir = data_dir

    def pid(self, name: str) -> int:
        """The process number in a pid file of the data directory."""
        return int((self.data_dir / name).read_text().split("\n", 1)[0])

    def log(self) -> str:
        """The log so far."""
        return (self.data_dir.parent / "log").read_text()

    async def until_ready(self, **states: str) -> None:
        """Wait until the server is ready with these states."""
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"{self.url}/health/ready") as answer:
                    if answer.status == 200 and states.items() <= (await answer.json()).items():
                        return
                await asyncio.sleep(0.05)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    data_dir = tmp_path / "data"
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sync_server", "serve",
            cwd=ROOT,
            env=environment({"DATA_DIR": str(data_dir), "OCR_PROCESSES": "0"}),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )  # fmt: skip
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := re.search(r"serving +(http\S+)", said)):
            line = await process.stdout.readline()
            assert line, said + (tmp_path / "log").read_text()
            said += line.decode()
    yield Served(process, found[1], data_dir)
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE_S)


async def _account(url: str) -> int:
    body = {"email": f"{os.urandom(6).hex()}@example.org", "password": "a long enough password"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/api/v1/auth/register", json=body) as answer,
    ):
        return answer.status


async def test_killed_stores_are_started_again_and_the_log_says_so(served: Served) -> None:
    pid_files = {"PostgreSQL": "postgres/postmaster.pid", "Valkey": "valkey/valkey.pid"}
    for store, pid_file in pid_files.items():
        killed = served.pid(pid_file)
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            while f'"store": "{store}"' not in served.log() or "started again" not in served.log():
                await asyncio.sleep(0.05)
        await served.until_ready(database="up", cache="up")
        assert served.pid(pid_file) != killed
        assert await _account(served.url) == 201
    assert '"level": "error"' in served.log()
    assert "Traceback" not in served.log(), served.log()


async def test_a_store_that_does_not_start_ends_the_server_with_a_sentence(served: Served) -> None:
    (served.data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    os.kill(served.pid("postgres/postmaster.pid"), signal.SIGKILL)
    await asyncio.wait_for(served.process.communicate(), PATIENCE_S)
    assert served.process.returncode == 1
    *_, last = served.log().strip().splitlines()
    assert last.startswith("Error: ")
    assert "was made by PostgreSQL 15" in last
    assert "Traceback" not in served.log(), served.log()


async def test_a_frozen_database_answers_503_within_three_seconds(served: Served) -> None:
    # More requests at once than there are connections; one user has only four at work.
    people = [Client(served.url) for _ in range(4)]
    for person in people:
        await person.register()
    ann = people[0]
    postmaster = psutil.Process(served.pid("postgres/postmaster.pid"))
    frozen = [postmaster, *postmaster.children()]

    async def timed(path: str, person: Client = ann) -> tuple[int, bool]:
        started = asyncio.get_running_loop().time()
        status = (await person.send("GET", path)).status
        return status, asyncio.get_running_loop().time() - started < 3

    for process in frozen:
        process.suspend()
    try:
        answers = await asyncio.gather(*(timed("/sync/pull", it) for it in people * 3))
        assert set(answers) == {(503, True)}
        assert await timed("/days/2026-01-01") == (503, True)
    finally:
        for process in frozen:
            process.resume()
    await served.until_ready(database="up")
    assert (await ann.send("GET", "/sync/pull")).status == 200


async def test_a_store_that_keeps_ending_is_given_up() -> None:
    launched = 0

    def start() -> "subprocess.Popen[bytes]":
        nonlocal launched
        launched += 1
        return subprocess.Popen([sys.executable, "-c", ""])

    program = Program("Store", start, (signal.SIGTERM, signal.SIGKILL))
    with pytest.raises(EmbeddedError, match=f"ended {MAX_SHORT_LIVES} times soon"):
        await asyncio.wait_for(supervise([program]), PATIENCE_S)
    assert launched == MAX_SHORT_LIVES
