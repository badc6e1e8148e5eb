"""Two people with accounts, for the tests of plain routes."""

import pytest

from tests.infrastructure.server import Server
from tests.support.client import Client


@pytest.fixture
async def ann(server: Server) -> Client:
    """Somebody with an empty account."""
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> Client:
    """Somebody else."""
    return await _registered(server)


async def _registered(server: Server) -> Client:
    somebody = Client(server.base_url)
    await somebody.register()
    return somebody
