"""Servers under attack: one in a thread for quick requests, one in its own process."""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import uvloop

from sync_server.config.rate_limits import Limit, RateLimitSettings
from sync_server.config.settings import Config
from sync_server.store.roles import as_role
from tests.conftest import Stores
from tests.contract.http_client import Server, User
from tests.security.server_process import Process
from tests.security.threaded_server import Loop, ThreadedServer

NO_LIMITS: dict[str, Any] = {setting.name: Limit(0, 1) for setting in fields(RateLimitSettings)}


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[Loop]:
    """A loop for servers, as in production, so that tests may block."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Loop(loop)
    asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _end_tasks() -> None:
    """Connections that were broken off may not have noticed yet."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="session")
def open_config(stores: Stores) -> Config:
    """Settings with cheap hashes and no rate limits, which would hide what is tested here."""
    settings = Config().changed(
        database_url=as_role(stores.database_url),
        migration_database_url=stores.database_url,
        redis_url=stores.redis_url,
        secret_keys={"first": os.urandom(32), "second": os.urandom(32)},
        argon2_time_cost=1,
        argon2_memory_kib=64,
        ocr_processes=0,  # jobs of other tests on this database are theirs
    )
    return settings.changed(**NO_LIMITS)


@pytest.fixture(scope="session")
def threaded_server(loop_thread: Loop, open_config: Config) -> Iterator[ThreadedServer]:
    """The server under attack."""
    with loop_thread.serving(open_config) as running:
        yield running


@pytest.fixture(scope="session")
def api(threaded_server: ThreadedServer) -> Server:
    """The suite's client for it."""
    return threaded_server.api


@pytest.fixture
def user(api: Server) -> User:
    """The victim."""
    return api.user()


@pytest.fixture
def other(api: Server) -> User:
    """The attacker, who has an account too."""
    return api.user()


@pytest.fixture(scope="session")
def anyone(api: Server) -> User:
    """A user for tests that leave nothing behind and don't care what is there."""
    return api.user()


@pytest.fixture(scope="session")
def process(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server in a process of its own, with the real cost of a password and every log line."""
    with Process.running(stores, Path(tmp_path_factory.mktemp("process"))) as running:
        yield running
