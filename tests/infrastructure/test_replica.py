"""Pulls from a real standby, which lags, is away, or is of an earlier epoch."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psutil
import pytest

from sync_server.backup.epoch import begin_epochs
from sync_server.config.environment import ConfigError
from sync_server.config.settings import Config
from sync_server.store import replica
from sync_server.store.migrate import migrate
from sync_server.store.replica import REPLICA
from sync_server.store.roles import Role, as_role
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.infrastructure.standby import Standby, followed
from tests.support.metrics import metric
from tests.sync.stories import RawClient, push_of, register


@pytest.fixture(scope="module")
def standby() -> Iterator[Standby]:
    """A standby of a migrated database, for all tests of this module."""
    with followed() as started:
        role = Role.of(as_role(started.primary_url))
        asyncio.run(migrate(started.primary_url, role))
        asyncio.run(started.resume())
        yield started


@pytest.fixture
def replicated(config: Config, standby: Standby, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings with the standby as replica, which is checked often."""
    monkeypatch.setattr(replica, "CHECK_S", 0.05)
    return config.changed(
        database_url=as_role(standby.primary_url),
        migration_database_url=standby.primary_url,
        database_replica_url=as_role(standby.url),
    )


@pytest.fixture
async def server(replicated: Config) -> AsyncIterator[Server]:
    async with running(replicated) as started:
        await until(lambda: started.app[REPLICA].is_usable)
        yield started


@pytest.fixture
async def ann(server: Server, standby: Standby) -> RawClient:
    """A user whom the standby has."""
    user = await register(server.base_url)
    await standby.resume()
    return user


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def reads(result: str) -> float:
    """Number of pages that the replica was asked for, with this result."""
    return metric("trackforge_replica_reads_total", result=result)


async def push(user: RawClient, name: str) -> int:
    """The version that the server announces for a new food."""
    response = await user.push(push_of(name))
    assert response.status == 200, response
    return int(response.json["results"][0]["version"])


async def test_a_page_comes_from_the_replica_once_that_has_everything(
    ann: RawClient, standby: Standby
) -> None:
    await standby.pause()
    await push(ann, "Rye")
    behind, read = reads("behind"), reads("read")
    assert await ann.names() == ["Rye"]
    assert (reads("behind"), reads("read")) == (behind + 1, read)
    await until(lambda: metric("trackforge_replica_lag_seconds") > 0)
    assert metric("trackforge_replica_processes", state="asking") == 1
    await standby.resume()
    page = await ann.page()
    assert [change["data"]["name"] for change in page["changes"]] == ["Rye"]
    assert (reads("behind"), reads("read")) == (behind + 1, read + 1)
    # Nothing is newer: the primary says so in one statement.
    assert await ann.names(cursor=page["cursor"]) == []
    assert (reads("behind"), reads("read")) == (behind + 1, read + 1)


async def test_a_page_of_the_replica_has_all_that_one_of_the_primary_has(
    ann: RawClient, server: Server, standby: Standby
) -> None:
    for name in ("Rye", "Oats", "Milk"):
        await push(ann, name)
    await standby.resume()
    phone = "018f0000-0000-7000-8000-000000000001"
    query = {"device_id": phone, "day_views": "2026-11-01..2026-11-02"}
    read = reads("read")
    copied = await ann.page(**query)
    assert reads("read") == read + 1
    server.app[REPLICA].is_usable = False
    own = await ann.page(**query)
    assert {**copied, "server_clock": 0} == {**own, "server_clock": 0}
    # The acknowledgement of the replica's page went to the primary.
    devices = (await ann.send("GET", "/sync/devices")).json["devices"]
    assert [it for it in devices if it["device_id"] == phone]


async def test_whatever_lags_no_device_goes_back_and_no_announced_version_is_withheld(
    ann: RawClient, standby: Standby
) -> None:
    chance = random.Random(7)
    devices: dict[str, list[str]] = {"phone": [], "tablet": []}
    cursors: dict[str, str] = {}
    names: list[str] = []
    before = reads("read"), reads("behind")
    for step in range(40):
        match chance.choice(("push", "push", "pause", "resume")):
            case "push":
                names.append(f"food {step}")
                await push(ann, names[-1])
            case "pause":
                await standby.pause()
            case "resume":
                await standby.resume()
        device = chance.choice(list(devices))
        page: dict[str, Any] = {"has_more": True}
        while page["has_more"]:
            given = {"cursor": cursors[device]} if device in cursors else {}
            page = await ann.page(limit="2", **given)
            cursors[device] = page["cursor"]
            devices[device] += [change["data"]["name"] for change in page["changes"]]
        assert devices[device] == names
    assert reads("read") > before[0]
    assert reads("behind") > before[1]
    await standby.resume()


async def test_a_new_epoch_ends_cursors_although_the_replica_has_the_old_one(
    ann: RawClient, replicated: Config, standby: Standby
) -> None:
    await push(ann, "Rye")
    await standby.resume()
    cursor = (await ann.page())["cursor"]
    await push(ann, "Oats")
    await standby.resume()
    await standby.pause()
    await begin_epochs(replicated)
    response = await ann.send("GET", f"/sync/pull?cursor={cursor}")
    assert (response.status, response.code) == (410, "cursor_expired")
    await standby.resume()


async def test_a_replica_that_dies_fails_no_request_and_is_asked_again_when_it_is_back(
    ann: RawClient, server: Server, standby: Standby
) -> None:
    await push(ann, "Rye")
    await standby.resume()
    assert await ann.names() == ["Rye"]
    standby.kill()
    try:
        for _ in range(5):
            assert await ann.names() == ["Rye"]
        await until(lambda: not server.app[REPLICA].is_usable)
    finally:
        standby.start()
    await until(lambda: server.app[REPLICA].is_usable)
    read = reads("read")
    assert await ann.names() == ["Rye"]
    assert reads("read") == read + 1


async def test_a_frozen_replica_delays_a_pull_once(
    ann: RawClient, server: Server, standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    await push(ann, "Rye")
    await standby.resume()
    assert await ann.names() == ["Rye"]
    monkeypatch.setattr(replica, "READ_TIMEOUT_S", 0.3)
    monkeypatch.setattr(replica, "CHECK_TIMEOUT_S", 0.3)
    assert standby.child is not None
    postmaster = psutil.Process(standby.child.pid)
    processes = [postmaster, *postmaster.children()]
    for frozen in processes:
        frozen.send_signal(signal.SIGSTOP)
    try:
        assert await ann.names() == ["Rye"]
        await until(lambda: not server.app[REPLICA].is_usable)
        failed = reads("failed")
        assert await ann.names() == ["Rye"]
        assert reads("failed") == failed
    finally:
        for frozen in processes:
            frozen.send_signal(signal.SIGCONT)


async def test_a_replica_that_is_no_standby_is_not_asked(
    replicated: Config, standby: Standby
) -> None:
    its_own = replicated.changed(database_replica_url=as_role(standby.primary_url))
    async with running(its_own) as server:
        user = await register(server.base_url)
        await push(user, "Rye")
        await server.app[REPLICA].check(server.app[REPLICA].pool)
        assert not server.app[REPLICA].is_usable
        assert await user.names() == ["Rye"]


def test_a_cluster_has_no_read_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_SHARDED", "true")
    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgresql://standby/trackforge")
    with pytest.raises(ConfigError, match="DATABASE_REPLICA_URL"):
        Config.from_environment()
