"""Two users who send images, and a server without engine processes."""

from collections.abc import AsyncIterator

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.ocr.engine_pool import Draft, EngineFailure, EnginePool, WrongKind, read_image
from sync_server.ocr.engines.interface import Photo
from sync_server.store.postgres import Pool
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.ocr.ocr_client import OcrClient
from tests.ocr.servers import LEASE_S, person


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
    async with running(settings.changed(ocr_processes=0)) as server:
        yield server


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading in the test's own process: no engine process has to start, which takes seconds."""

    async def read(engines: EnginePool, photo: Photo) -> Draft:
        try:
            return read_image(engines._provider, photo)
        except WrongKind as error:
            raise EngineFailure(str(error)) from None

    monkeypatch.setattr(EnginePool, "read", read)
