"""Revocation reaches every process, with and without Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from sync_server.web.revocation import FRESH_FOR_S
from tests.api.flaky_valkey import FlakyValkey
from tests.infrastructure.server import Server
from tests.support.client import Client


@asynccontextmanager
async def serving(config: Config, **changes: Any) -> AsyncIterator[Server]:
    """A server of its own with some settings changed."""
    server = Server(create_app(config.changed(**changes)))
    await server.start_server(auto_decompress=False)
    yield server
    await server.close()


async def registered(server: Server) -> Client:
    person = Client(server.base_url)
    await person.register()
    return person


async def test_reuse_is_in_the_audit_trail_once(server: Server, pool: Pool) -> None:
    person = await registered(server)
    first = person.tokens["refresh_token"]
    await person.refresh(first)
    for _ in range(3):
        assert (await person.refresh(first))[1]["code"] == "refresh_reused"
    acts = await pool.fetch("SELECT action FROM audit WHERE user_id = $1", person.user_id)
    assert sorted(act["action"] for act in acts) == ["refresh_reused", "registered"]


async def test_a_logout_revokes_the_token_in_every_process_at_once(config: Config) -> None:
    async with serving(config) as one, serving(config) as other:
        person = await registered(one)
        elsewhere = Client(other.base_url)
        elsewhere.tokens = dict(person.tokens)
        assert (await elsewhere.call("GET", "/users/me"))[0] == 200
        assert (await person.call("POST", "/auth/logout", {}))[0] == 204
        assert (await elsewhere.call("GET", "/users/me"))[0] == 401


async def test_a_revocation_that_the_cache_missed_is_published_again(config: Config) -> None:
    """Valkey still says yes to one process while another, cut off from it, takes a log-out."""
    async with (
        FlakyValkey(config.stores.redis_url) as valkey,
        serving(config) as near,
        serving(config, redis_url=valkey.url) as far,
    ):
        person = await registered(near)
        away = Client(far.base_url)
        away.tokens = dict(person.tokens)
        await valkey.disconnect()
        assert (await person.call("GET", "/users/me"))[0] == 200
        assert (await away.call("POST", "/auth/logout", {}))[0] == 204
        assert (await away.call("GET", "/users/me"))[0] == 401
        assert (await person.call("GET", "/users/me"))[0] == 200
        valkey.reconnect()
        deadline = time.monotonic() + FRESH_FOR_S - 4
        while (await person.call("GET", "/users/me"))[0] == 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("flushed", [False, True], ids=["cached", "flushed"])
async def test_a_token_that_logged_out_stays_out(
    server: Server, config: Config, flushed: bool
) -> None:
    person = await registered(server)
    other = Client(server.base_url)
    other.email = person.email
    await other.login()
    assert (await person.call("POST", "/auth/logout", {}))[0] == 204
    if flushed:
        async with Redis.from_url(config.stores.redis_url) as redis:
            await redis.flushdb()
    assert (await person.call("GET", "/users/me"))[0] == 401
    assert (await other.call("GET", "/users/me"))[0] == 200
