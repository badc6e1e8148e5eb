"""Server under test: that of BASE_URL, else one of the suite's own on the run's stores."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from .http_client import Server, User

SHARED_S = 300.0


class Running(Protocol):
    """A server that this suite started itself."""

    @property
    def base_url(self) -> str: ...
    async def close(self) -> None: ...


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the server under test, such as `http://127.0.0.1:8000`."""
    given = os.environ.get("BASE_URL")
    if given:
        yield given.rstrip("/")
        return
    # The suite's own requests block, so its server runs in a thread with a loop of its own.
    import uvloop

    stores = request.getfixturevalue("stores")
    loop = uvloop.new_event_loop()  # as in production
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(
            _start(stores.database_url, stores.redis_url), loop
        ).result()
        yield server.base_url
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(database_url: str, redis_url: str) -> Running:
    from sync_server.app import create_app
    from sync_server.config.push_services import new_vapid_key
    from sync_server.config.rate_limits import Limit
    from sync_server.config.settings import Config
    from tests.infrastructure.server import Server as LoopbackServer

    running = LoopbackServer(
        create_app(
            Config().changed(
                database_url=database_url,
                redis_url=redis_url,
                secret_keys={"contract": os.urandom(32)},
                argon2_time_cost=1,
                argon2_memory_kib=64,
                rate_limit_register_ip=Limit(0, 1),
                vapid_private_key=new_vapid_key(),
            )
        )
    )
    await running.start_server(auto_decompress=False)
    return running


@pytest.fixture(scope="session")
def api(base_url: str) -> Server:
    """The server under test."""
    return Server(base_url)


@pytest.fixture
def user(api: Server) -> User:
    """A fresh user."""
    return api.user()


@pytest.fixture
def other(api: Server) -> User:
    """A second fresh user."""
    return api.user()


@pytest.fixture(scope="session")
def shared() -> list[tuple[float, User]]:
    """The users that tests have shared so far, each with the time at which it was made."""
    return []


@pytest.fixture
def anyone(api: Server, shared: list[tuple[float, User]]) -> User:
    """A user for tests that leave nothing behind and don't care what is there.

    On a slow machine a run is longer than an access token lives.
    """
    now = time.monotonic()
    if not shared or now - shared[-1][0] > SHARED_S:
        shared.append((now, api.user()))
    return shared[-1][1]
