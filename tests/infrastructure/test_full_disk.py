"""A full disk: writes get 503, nothing acknowledged is lost, and with room the server goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from sync_server.config.settings import Config
from sync_server.store.embedded import stores as embedded
from sync_server.store.embedded.supervision import supervise
from sync_server.store.migrate import migrate
from sync_server.store.roles import Role, as_role
from tests.conftest import running
from tests.support.client import Client, Response
from tests.sync.stories import push_of
from tests.torture.stack import Disk

MAX_PUSHES = 200
PATIENCE_S = 60


@dataclass
class FullDiskStory:
    """A server whose PostgreSQL lives on a small disk."""

    disk: Disk
    base_url: str

    async def readiness(self) -> tuple[int, str]:
        """Status and the database's state of /health/ready."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.base_url}/health/ready") as answer,
        ):
            return answer.status, (await answer.json())["database"]

    async def until_ready(self) -> None:
        """Wait for a green /health/ready."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.readiness())[0] != 200:
                await asyncio.sleep(0.05)


@pytest.fixture
async def story(config: Config, tmp_path: Path) -> AsyncIterator[FullDiskStory]:
    disk = Disk.mount(tmp_path / "disk")
    if not disk.is_small:
        pytest.skip("A small disk (tmpfs) can be mounted by root only.")
    stores = await asyncio.to_thread(embedded.start, disk.place / "data", durable=False)
    url = stores.database_url
    supervisor = asyncio.create_task(supervise(stores.programs))
    try:
        await migrate(url, Role.of(as_role(url)))
        small = config.changed(
            database_url=as_role(url),
            migration_database_url=url,
            redis_url=stores.redis_url,
        )
        async with running(small) as server:
            yield FullDiskStory(disk, server.base_url)
    finally:
        supervisor.cancel()
        with suppress(asyncio.CancelledError):
            await supervisor
        disk.release()
        await asyncio.to_thread(stores.stop)
        disk.unmount()


async def _names(user: Client) -> set[str]:
    response = await user.send("GET", "/sync/pull?limit=5000")
    assert response.status == 200, response
    return {change["data"]["name"] for change in response.json["changes"]}


async def test_a_full_disk_loses_nothing_and_ends_by_itself(story: FullDiskStory) -> None:
    ann = Client(story.base_url)
    await ann.register()
    acknowledged: set[str] = set()

    async def push(number: int, key: str) -> Response:
        names = [f"Food {number}.{place} {'x' * 300}" for place in range(40)]
        response = await ann.push(push_of(*names), key)
        if response.status == 200:
            acknowledged.update(names)
        return response

    assert (await push(0, "before")).status == 200
    assert await story.readiness() == (200, "up")
    await asyncio.to_thread(story.disk.fill)
    failed: list[Response] = []
    for number in range(1, MAX_PUSHES):
        response = await push(number, f"full-{number}")
        failed += [response] if response.status != 200 else []
        if len(failed) == 3:
            break
    assert failed, "the disk was never full"
    assert {response.status for response in failed} == {503}
    assert all("Retry-After" in response.headers for response in failed)
    assert (await story.readiness())[0] == 503
    assert acknowledged <= await _names(ann)

    story.disk.release()
    await story.until_ready()
    assert (await push(MAX_PUSHES, "after")).status == 200
    assert acknowledged <= await _names(ann)
