"""Two users, for the tests of REST routes."""

import pytest

from tests.infrastructure.server import Server
from tests.support.client import Client


@pytest.fixture
async def ann(server: Server) -> Client:
    """User with an empty account."""
    return await registered(server)


@pytest.fixture
async def bob(server: Server) -> Client:
    """Another user."""
    return await registered(server)


async def registered(server: Server) -> Client:
    """A user with an empty account."""
    somebody = Client(server.base_url)
    await somebody.register()
    return somebody
