"""Two users, for the tests of REST routes."""

import pytest

from tests.infrastructure.server import Server
from tests.support.client import Client


@pytest.fixture
async def ann(server: Server) -> Client:
    """User with an empty account."""
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> Client:
    """Another user."""
    return await _registered(server)


async def _registered(server: Server) -> Client:
    somebody = Client(server.base_url)
    await somebody.register()
    return somebody
