"""Several server processes on one port: restarted, replaced and drained without a lost request."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import psutil
import pytest

from sync_server.config.environment import ConfigError
from sync_server.config.settings import Config
from sync_server.workers import available_cores
from tests.infrastructure.test_command_line import PATIENCE_S, SECRET_KEYS, Running, start
from tests.support.client import Client


@pytest.fixture
async def served(tmp_path: Path, config: Config) -> AsyncIterator[Running]:
    """A server of two processes on this worker's stores."""
    server = await start(
        tmp_path / "data",
        DATABASE_URL=config.stores.database_url,
        MIGRATION_DATABASE_URL=config.stores.owner_url,
        REDIS_URL=config.stores.redis_url,
        SECRET_KEYS=SECRET_KEYS,
        ARGON2_MEMORY_KIB="64",
        DRAIN_DELAY_S="0.2",
        OCR_PROCESSES="0",
        WORKERS="2",
    )
    yield server
    if server.process.returncode is None:
        await server.stop(signal.SIGKILL)


def pids(server: Running) -> set[int]:
    """Its server processes."""
    found = set()
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # one that has just ended
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


async def until(server: Running, *, without: set[int]) -> set[int]:
    """Wait until two processes run that are none of these."""
    async with asyncio.timeout(4 * PATIENCE_S):  # two processes start one after the other
        while len(found := pids(server)) != 2 or found & without:
            await asyncio.sleep(0.05)
    return found


async def keep_asking(server: Running, ended: asyncio.Event) -> list[int]:
    """Statuses of requests, each on a connection of its own, until the event is set."""
    statuses = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        while not ended.is_set():
            async with http.get(f"{server.url}/health/live") as answer:
                statuses.append(answer.status)
    return statuses


async def test_processes_are_started_again_and_replaced_without_a_failed_request(
    served: Running,
) -> None:
    killed, other = sorted(pids(served))
    os.kill(killed, signal.SIGKILL)
    before = await until(served, without={killed})
    assert other in before
    ann = Client(served.url)
    await ann.register()

    ended = asyncio.Event()
    asking = asyncio.create_task(keep_asking(served, ended))
    served.process.send_signal(signal.SIGHUP)
    await until(served, without=before)
    ended.set()
    statuses = await asking
    assert set(statuses) == {200}
    assert len(statuses) > 10
    assert await ann.pull() == []
    assert await served.stop() == 0
    assert not any(psutil.pid_exists(pid) for pid in before)


async def test_metrics_are_those_of_all_processes_which_end_with_their_parent(
    served: Running,
) -> None:
    ended = asyncio.Event()
    asking = [asyncio.create_task(keep_asking(served, ended)) for _ in range(4)]
    await asyncio.sleep(0.4)
    ended.set()
    count = sum(len(statuses) for statuses in await asyncio.gather(*asking))
    pattern = r'trackforge_request_seconds_count\{.*route="/health/live",status="200"\} (\d+)'
    sums = set()
    for _ in range(8):
        async with aiohttp.ClientSession() as http, http.get(f"{served.url}/metrics") as answer:
            found = re.search(pattern, await answer.text())
            assert found
            sums.add(int(found[1]))
    assert sums == {count}

    children = [psutil.Process(pid) for pid in pids(served)]
    served.process.kill()
    await served.process.communicate()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, children, PATIENCE_S)
    assert (len(gone), alive) == (2, [])


def test_the_number_of_processes_is_a_number_or_auto(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, value in (("auto", 0), ("3", 3)):
        monkeypatch.setenv("WORKERS", text)
        assert Config.from_environment().serving.workers == value
    for text in ("0", "-1", "257", "many", "²"):
        monkeypatch.setenv("WORKERS", text)
        with pytest.raises(ConfigError, match="WORKERS: Must be auto or a number from 1 to 256"):
            Config.from_environment()
    assert available_cores() >= 1
