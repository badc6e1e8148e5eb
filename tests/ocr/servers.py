"""Users of a server that reads images, and the states of their jobs."""

from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.ocr.ocr_client import OcrClient

LEASE_S = 1.0


async def person(server: Server) -> OcrClient:
    """User with an account there."""
    somebody = OcrClient(server.base_url)
    await somebody.register()
    return somebody


async def count(pool: Pool, state: str) -> int:
    """Number of jobs in a state."""
    found: int = await pool.fetchval("SELECT count(*) FROM ocr_jobs WHERE state = $1", state)
    return found
