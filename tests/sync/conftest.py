"""People and their devices, on a real server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.infrastructure.server import Server
from trackforge_client import Device

from .proxy import Proxy
from .stories import PASSWORD, RawClient, register

NewDevice = Callable[..., Awaitable[Device]]
"""`await new_device(name, user="ada", base_url=…, **settings)`: a signed-in device of a person.

The first device of a person registers the account, the others log in.
"""


@pytest.fixture
async def new_device(server: Server, tmp_path: Path) -> AsyncIterator[NewDevice]:
    known: set[str] = set()
    async with AsyncExitStack() as stack:

        async def make(
            name: str, user: str = "ada", base_url: str | None = None, **settings: Any
        ) -> Device:
            path = tmp_path / f"{user}-{name}.sqlite3"
            email = f"{user}.{tmp_path.name}@example.com"
            device = Device(path, base_url or server.base_url, name=name, **settings)
            await stack.enter_async_context(device)
            if user in known:
                await device.login(email, PASSWORD)
            else:
                await device.register(email, PASSWORD)
                known.add(user)
            return device

        yield make


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    """A way to the server that can be made bad."""
    async with Proxy(server.base_url) as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Plain requests, beside those of devices."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def raw(server: Server) -> RawClient:
    """A user without a device."""
    return await register(server.base_url)
