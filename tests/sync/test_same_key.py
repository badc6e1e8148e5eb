"""Stories: one push sent many times at once has one effect, in whichever process."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server

from .stories import RawClient, push_of


@pytest.fixture
async def second(config: Config) -> AsyncIterator[Server]:
    """Another process's worth of the same server, on the same database."""
    running = Server(create_app(config))
    await running.start_server(auto_decompress=False)
    yield running
    await running.close()


async def test_copies_at_once_have_one_effect(raw: RawClient) -> None:
    body = push_of("Oats", "Rye")
    answers = await asyncio.gather(*(raw.push_bytes(body, "the-key") for _ in range(20)))
    assert {status for status, _, _ in answers} == {200}
    assert len({text for _, text, _ in answers}) == 1
    assert Counter(replayed for _, _, replayed in answers) == {False: 1, True: 19}
    assert await raw.names() == ["Oats", "Rye"]


async def test_copies_at_two_processes_have_one_effect(raw: RawClient, second: Server) -> None:
    body = push_of("Oats")
    clients = [raw, raw.at(second.base_url)] * 8
    answers = await asyncio.gather(*(client.push_bytes(body, "the-key") for client in clients))
    assert {status for status, _, _ in answers} == {200}
    assert len({text for _, text, _ in answers}) == 1
    assert Counter(replayed for _, _, replayed in answers) == {False: 1, True: 15}


async def test_a_copy_waits_for_the_answer_that_another_process_still_computes(
    raw: RawClient, second: Server, pool: Pool
) -> None:
    body = push_of("Oats")
    async with pool.acquire() as holder, holder.transaction():
        # Whoever works on this user's push now waits for the head.
        await holder.execute("SELECT 1 FROM heads WHERE user_id = $1 FOR UPDATE", raw.user_id)
        first = asyncio.create_task(raw.push_bytes(body, "the-key"))
        copy = asyncio.create_task(raw.at(second.base_url).push_bytes(body, "the-key"))
        done, _ = await asyncio.wait({first, copy}, timeout=0.2)
        assert not done
    (status, text, replayed), (copy_status, copy_text, copy_replayed) = await asyncio.gather(
        first, copy
    )
    assert (status, copy_status) == (200, 200)
    assert text == copy_text
    assert sorted((replayed, copy_replayed)) == [False, True]
    assert await raw.names() == ["Oats"]


async def test_of_different_bodies_under_one_key_one_is_taken(
    raw: RawClient, second: Server
) -> None:
    bodies = [push_of(f"Food {number}") for number in range(8)]
    clients = [raw, raw.at(second.base_url)] * 4
    answers = await asyncio.gather(
        *(client.push_bytes(body, "the-key") for client, body in zip(clients, bodies, strict=True))
    )
    assert Counter(status for status, _, _ in answers) == {200: 1, 422: 7}
    assert len(await raw.names()) == 1


async def test_a_copy_is_recognised_when_the_cache_has_forgotten_it(
    raw: RawClient, second: Server, pool: Pool
) -> None:
    """PostgreSQL is the truth: the cache is bypassed here by a process that never saw the key."""
    body = push_of("Oats")
    _, text, _ = await raw.push_bytes(body, "the-key")
    await _flush(second)
    status, again, replayed = await raw.at(second.base_url).push_bytes(body, "the-key")
    assert (status, again, replayed) == (200, text, True)
    assert (
        await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE user_id = $1", raw.user_id)
        == 1
    )


async def _flush(server: Server) -> None:
    from sync_server.store.redis import REDIS

    await server.app[REDIS].flushdb()
