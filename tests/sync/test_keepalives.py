"""Keep-alives: one task serves all streams of a process, and each still meets its own end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from sync_server.config.settings import Config
from sync_server.sync.notify.keepalive import KEEPALIVES
from sync_server.sync.notify.session_checks import SESSION_CHECKS
from tests.infrastructure.server import Server

from .stories import RawClient, push_of, register
from .test_streams import PATIENCE_S, Stream, listening, serving

KEEPALIVE_S = 0.1


@pytest.fixture
async def server(config: Config) -> AsyncIterator[Server]:
    async with serving(config.changed(stream_keepalive_s=KEEPALIVE_S)) as server:
        yield server


@pytest.fixture
async def user(server: Server) -> RawClient:
    return await register(server.base_url)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)


async def test_all_idle_streams_get_comments_and_share_one_check(
    server: Server, user: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks, sizes = server.app[SESSION_CHECKS], []
    read = checks.read

    async def counted(identities: Any) -> Any:
        sizes.append(len(identities))
        return await read(identities)

    monkeypatch.setattr(checks, "read", counted)
    async with listening("events", user) as one, listening("events", user) as other:
        await until(lambda: min(pings(one), pings(other)) >= 3)
    assert 2 in sizes
    assert max(sizes) == 2


async def test_a_lost_notification_costs_one_keepalive(
    user: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening("events", user) as stream:
        monkeypatch.setattr("sync_server.sync.notify.publisher.Publisher.publish", lost)
        await user.push(push_of("Rye"))
        await until(lambda: any('"version": 1}' in line for line in stream.lines))


async def test_a_stream_whose_check_fails_ends(
    server: Server, user: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_identities: Any) -> Any:
        raise ConnectionRefusedError("the database is away")

    async with listening("events", user) as stream:
        monkeypatch.setattr(server.app[SESSION_CHECKS], "read", broken)
        await asyncio.wait_for(stream.ended.wait(), PATIENCE_S)
    assert not server.app[KEEPALIVES]._streams


async def test_a_client_that_left_is_forgotten_at_a_keepalive(
    server: Server, user: RawClient
) -> None:
    async with listening("events", user):
        await until(lambda: len(server.app[KEEPALIVES]._streams) == 1)
    await until(lambda: not server.app[KEEPALIVES]._streams)


def pings(stream: Stream) -> int:
    return sum(line.startswith(": ping") for line in stream.lines)


def lost(*_: object) -> None:
    """A notification that reaches nobody."""
