"""Valkey as a cluster and with sentinels; a failover fails no request."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from redis.crc import key_slot
from redis.exceptions import RedisError

from sync_server.backup.epoch import empty_cache
from sync_server.config.redis_topology import parse_redis_url
from sync_server.config.settings import Config
from sync_server.rate_limit.memory_window import WindowCost
from sync_server.rate_limit.redis_window import RateLimiter
from sync_server.store.breaker import BREAKER, Breaker
from sync_server.store.command_pipeline import Command, CommandPipeline
from sync_server.store.commands import create_commands
from sync_server.store.redis import connect, create_redis
from sync_server.sync.notify.subscriptions import SUBSCRIPTIONS
from tests.conftest import running
from tests.infrastructure.valkeys import Nodes, cluster, watched
from tests.support.client import Client
from tests.sync.stories import push_of, register

Opened = tuple[str, Nodes]


@pytest.fixture(scope="module")
def clustered() -> Iterator[Opened]:
    """A cluster of three primaries and a replica."""
    with cluster() as opened:
        yield opened


@pytest.fixture(scope="module")
def with_sentinels() -> Iterator[Opened]:
    """A primary and a replica, with three sentinels."""
    with watched() as opened:
        yield opened


@pytest.fixture(params=["clustered", "with_sentinels"])
def several(request: pytest.FixtureRequest) -> Opened:
    """Either of them."""
    opened: Opened = request.getfixturevalue(request.param)
    return opened


async def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("url", "kind", "nodes", "options"),
    [
        ("redis://localhost/1", "single", (), {}),
        ("redis+cluster://a,b:7000", "cluster", (("a", 6379), ("b", 7000)), {}),
        ("rediss+cluster://u:p%40@a", "cluster", (("a", 6379),),
         {"ssl": True, "username": "u", "password": "p@"}),
        ("redis+sentinel://:p@a,[::1]:1/cache/3", "sentinel", (("a", 26379), ("::1", 1)),
         {"password": "p", "db": 3}),
    ],
)  # fmt: skip
def test_a_url_names_the_kind_and_the_nodes(
    url: str, kind: str, nodes: Sequence[object], options: object
) -> None:
    topology = parse_redis_url(url)
    assert (topology.kind, topology.nodes, topology.options) == (kind, nodes, options)


@pytest.mark.parametrize(
    "url",
    ["http://a", "redis+cluster://", "redis+cluster://a/1", "redis+cluster://a:x",
     "redis+sentinel://a", "redis+sentinel://a/cache/x", "redis+sentinel://a,/cache"],
)  # fmt: skip
def test_another_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="edis"):
        parse_redis_url(url)


async def test_a_server_uses_all_of_it(several: Opened, config: Config) -> None:
    url, _ = several
    settings = config.changed(redis_url=url)
    async with running(settings) as one, running(settings) as other:
        ann = await register(one.base_url)
        listening = other.app[SUBSCRIPTIONS]
        with listening.listening(ann.user_id, "family") as listener:
            await listening.subscribe(ann.user_id)
            await asyncio.sleep(0.1)
            body = push_of("Rye")
            status, answer, replayed = await ann.push_bytes(body, "key")
            assert (status, replayed) == (200, False)
            await until(lambda: listener.version >= 1)  # a notification of the other server
        assert await ann.at(other.base_url).push_bytes(body, "key") == (200, answer, True)
        response = await ann.send("GET", "/sync/pull")
        assert "RateLimit" in response.headers
        assert not one.app[BREAKER].is_open
        with connect(url) as cache:
            assert cache.exists(f"answer:{{{ann.user_id}}}:key") == 1
            empty_cache(url)
            assert cache.exists(f"answer:{{{ann.user_id}}}:key") == 0


async def test_a_failover_fails_no_request_and_what_was_revoked_stays_so(
    several: Opened, config: Config
) -> None:
    url, nodes = several
    async with running(config.changed(redis_url=url)) as server:
        users = [await register(server.base_url) for _ in range(6)]
        ended = await register(server.base_url)
        assert (await ended.send("POST", "/auth/logout")).status == 204
        nodes.all[0].kill()
        redis = create_redis(url)
        async with asyncio.timeout(30):
            while not await _all_answer(redis):
                for user in users:
                    assert (await user.send("GET", "/sync/pull")).status == 200
                assert (await ended.send("GET", "/sync/pull")).status == 401
        await redis.aclose()
        for user in users:
            assert (await user.send("GET", "/sync/pull")).status == 200
        assert (await ended.send("GET", "/sync/pull")).status == 401


async def test_limits_of_several_subjects_are_charged_together_or_not_at_all(
    redis_url: str,
) -> None:
    commands = create_commands(redis_url)
    limiter = RateLimiter(commands, Breaker())
    address = WindowCost("rl:{several-a}:login-ip", 2, 60)
    account = WindowCost("rl:{several-b}:login-account", 1, 60)
    first = await limiter.charge([address, account], "1", fail_strict=True)
    assert [(state.fits, state.left) for state in first.states] == [(True, 1), (True, 0)]
    second = await limiter.charge([address, account], "2", fail_strict=True)
    assert [(state.fits, state.left) for state in second.states] == [(True, 1), (False, 0)]
    third = await limiter.charge([address], "3", fail_strict=True)
    assert [(state.fits, state.left) for state in third.states] == [(True, 0)]
    await limiter.refund(first, "1")
    again = await limiter.charge([account], "4", fail_strict=True)
    assert again.states[0].fits
    await commands.close()


async def test_keys_of_one_command_are_of_one_slot(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of a run on a plain server could be run by a cluster."""
    seen: list[Command] = []
    send = CommandPipeline.execute_all

    async def noting(self: CommandPipeline, commands: Sequence[Command]) -> list[Any]:
        seen.extend(commands)
        return await send(self, commands)

    monkeypatch.setattr(CommandPipeline, "execute_all", noting)
    async with running(config) as server:
        ann = await register(server.base_url)
        await ann.push(push_of("Rye"), "key")
        await ann.send("GET", "/sync/pull")
        other = Client(server.base_url)
        other.email, other.password = ann.email, ann.password
        await other.send("POST", "/auth/login", {"email": ann.email, "password": "wrong" * 5})
    names = {str(command[0]) for command in seen}
    assert {"MGET", "EVALSHA", "SET", "PUBLISH"} <= names
    for command in seen:
        slots = {key_slot(str(key).encode()) for key in _keys(command)}
        assert len(slots) <= 1, command


def _keys(command: Command) -> Sequence[object]:
    match str(command[0]):
        case "EVALSHA" | "EVAL":
            return command[3 : 3 + int(command[2])]
        case "MGET":
            return command[1:]
        case "SET" | "PUBLISH":
            return command[1:2]
        case name:
            raise AssertionError(f"a command without a rule here: {name}")


async def _all_answer(redis: Any) -> bool:
    """True if keys of all slots can be written."""
    for number in range(12):
        try:
            await redis.set(f"probe:{number}", b"1", ex=5)
        except (RedisError, OSError, TimeoutError):
            return False
    return True
