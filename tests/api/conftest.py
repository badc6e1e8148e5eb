"""Two people with accounts, for the tests of plain routes."""

import pytest

from tests.api.resources import Visitor
from tests.infrastructure.server import Server


@pytest.fixture
async def ann(server: Server) -> Visitor:
    """Somebody with an empty account."""
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> Visitor:
    """Somebody else."""
    return await _registered(server)


async def _registered(server: Server) -> Visitor:
    somebody = Visitor(server)
    await somebody.register()
    return somebody
