"""Somebody who sends images, and somebody else."""

import pytest

from tests.ground.server import Server
from tests.ocr.photographer import Photographer


@pytest.fixture
async def ann(server: Server) -> Photographer:
    """Somebody with an account."""
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> Photographer:
    """Somebody else."""
    return await _registered(server)


async def _registered(server: Server) -> Photographer:
    somebody = Photographer(server)
    await somebody.register()
    return somebody
