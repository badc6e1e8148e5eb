"""Two users who send images, and a server without engine processes."""

from collections.abc import AsyncIterator

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.ocr.ocr_client import OcrClient
from tests.ocr.servers import LEASE_S, person, started


@pytest.fixture
async def ann(server: Server) -> OcrClient:
    """User with an account."""
    return await person(server)


@pytest.fixture
async def bob(server: Server) -> OcrClient:
    """Another user."""
    return await person(server)


@pytest.fixture
def settings(config: Config) -> Config:
    """Without limits, and with leases that end soon."""
    return config.changed(ocr_lease_s=LEASE_S, rate_limit_ocr=Limit(0, 1))


@pytest.fixture
async def idle(settings: Config, pool: Pool) -> AsyncIterator[Server]:
    """A server that leaves reading to workers, and an empty queue."""
    await pool.execute("DELETE FROM ocr_jobs")
    await pool.execute("DELETE FROM files_to_delete")
    running = await started(settings.changed(ocr_processes=0))
    yield running
    await running.close()
