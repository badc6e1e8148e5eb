"""Fairness: what one user sends keeps no other user waiting."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest

from sync_server.app import create_app
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.support.client import API, Client, Response
from tests.support.metrics import metric
from tests.support.sample_records import new_id, whole

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@asynccontextmanager
async def served(config: Config) -> AsyncIterator[Server]:
    running = Server(create_app(config))
    await running.start_server(auto_decompress=False)
    try:
        yield running
    finally:
        await running.close()


async def registered(server: Server) -> Client:
    somebody = Client(server.base_url)
    await somebody.register()
    return somebody


async def push_one(user: Client) -> Response:
    change = {"collection": "foods", "id": new_id(), "op": "put", "clock": 1_700_000_000_000_000}
    body = {"device_id": new_id(), "changes": [change | {"data": whole("foods")}]}
    return await user.push(body)


@asynccontextmanager
async def locked(pool: Pool, user: Client) -> AsyncIterator[None]:
    """The user's lock is held by somebody else."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM heads WHERE user_id = $1 FOR UPDATE", user.user_id)
        yield


async def test_a_users_waiting_writes_hold_one_connection_and_keep_nobody_waiting(
    config: Config, pool: Pool
) -> None:
    """Forty pushes at once: two at work, 32 in the queue, six rejected; one waits in PostgreSQL."""
    small = config.changed(database_pool_size=3, database_timeout_s=20.0, user_queue_timeout_s=30)
    async with served(small) as server:
        crowd, other = await registered(server), await registered(server)
        async with locked(pool, crowd):
            pushes = [asyncio.create_task(push_one(crowd)) for _ in range(40)]
            rejected = [(await pushes_done(pushes, 6))[number] for number in range(6)]
            assert {(answer.status, answer.code) for answer in rejected} == {
                (429, "too_many_in_flight")
            }
            assert {answer.headers["Retry-After"] for answer in rejected} == {"1"}
            async with asyncio.timeout(5):
                assert (await push_one(other)).status == 200
                assert len(await other.pull()) == 1
                assert await crowd.pull() == []
            assert await pool.fetchval(WAITING) == 1
        statuses = Counter([answer.status for answer in await asyncio.gather(*pushes)])
        assert statuses == {200: 34, 429: 6}
        assert len(await crowd.pull()) == 34


async def pushes_done(tasks: list[asyncio.Task[Response]], count: int) -> list[Response]:
    """The answers that came first."""
    async with asyncio.timeout(20):
        while sum(task.done() for task in tasks) < count:
            await asyncio.sleep(0.01)
    return [task.result() for task in tasks if task.done()]


async def test_a_write_that_waits_too_long_is_rejected(config: Config, pool: Pool) -> None:
    async with served(config.changed(user_queue_timeout_s=0.1, user_writes=1)) as server:
        user = await registered(server)
        async with locked(pool, user):
            first = asyncio.create_task(push_one(user))
            await asyncio.sleep(0.2)
            before = metric("trackforge_too_many_in_flight_total", kind="writes")
            assert (await push_one(user)).code == "too_many_in_flight"
            assert metric("trackforge_too_many_in_flight_total", kind="writes") == before + 1
        assert (await first).status == 200


async def test_log_ins_of_one_address_wait_for_each_other_and_are_no_failure(
    config: Config,
) -> None:
    """Two at once, so that hashing has room for others; beyond the queue 429, never 503."""
    few = config.changed(user_queue=6, rate_limit_login_ip=Limit(0, 1))
    async with served(few) as server:
        guess = {"email": "nobody@example.com", "password": "a wrong guess of somebody"}
        stranger = Client(server.base_url)
        guesses = [stranger.send("POST", "/auth/login", guess) for _ in range(12)]
        answers = [(it.status, it.code) for it in await asyncio.gather(*guesses)]
    assert Counter(answers) == {(401, "invalid_credentials"): 8, (429, "too_many_in_flight"): 4}


async def test_streams_leave_connections_to_others(config: Config) -> None:
    """Eight of ten connections are the share of streams."""
    few = config.changed(max_connections=10, stream_keepalive_s=0.1)
    async with served(few) as server:
        ann, bob = await registered(server), await registered(server)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(aiohttp.ClientSession())
            for user in (ann, bob):
                headers = {"Authorization": f"Bearer {user.tokens['access_token']}"}
                for _ in range(4):
                    opened = http.get(f"{server.base_url}{API}/sync/stream", headers=headers)
                    assert (await stack.enter_async_context(opened)).status == 200
            another = await bob.send("GET", "/sync/stream")
            assert (another.status, another.code) == (503, "overloaded")
            assert (await push_one(bob)).status == 200
        async with asyncio.timeout(5):
            while await stream_status(ann) != 200:
                await asyncio.sleep(0.05)


async def stream_status(user: Client) -> int:
    headers = {"Authorization": f"Bearer {user.tokens['access_token']}"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{user.api}/sync/stream", headers=headers) as response,
    ):
        return response.status


@pytest.mark.parametrize("unfinished", [10, 14])
async def test_a_health_check_gets_in_when_all_connections_are_at_work(
    config: Config, unfinished: int
) -> None:
    async with served(config.changed(max_connections=10)) as server:
        user = await registered(server)
        head = (
            f"POST {API}/sync/push HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\n"
            f"Authorization: Bearer {user.tokens['access_token']}\r\nContent-Length: 9\r\n\r\n{{"
        )
        writers = []
        for _ in range(unfinished):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(head.encode())
            writers.append(writer)
        await asyncio.sleep(0.3)
        async with aiohttp.ClientSession() as http:
            for _ in range(3):
                async with http.get(f"{server.base_url}/health/live") as response:
                    assert response.status == 200
        busy = await user.send("GET", "/sync/pull")
        assert (busy.status, busy.code) == (503, "overloaded")
        for writer in writers:
            writer.close()
        async with asyncio.timeout(5):
            while (await user.send("GET", "/sync/pull")).status != 200:
                await asyncio.sleep(0.05)
