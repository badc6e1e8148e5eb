"""A database in trouble: 503 with Retry-After whatever goes wrong, and the code says what it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, Pool, acquire, create_pool
from sync_server.store.write_probe import WriteProbe
from sync_server.web import health
from tests.api.conftest import registered
from tests.infrastructure.server import Server
from tests.support.client import Client, Response
from tests.support.sample_records import new_id, whole

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def push(client: Client) -> Response:
    """A push of one new record."""
    change = {
        "op": "put", "collection": "foods", "id": new_id(), "clock": 1_790_000_000_000_001,
        "data": whole("foods"),
    }  # fmt: skip
    return await client.push({"device_id": new_id(), "changes": [change]})


@pytest.fixture
async def owner(untouched: Config) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(untouched.stores.owner_url)
    yield connection
    await connection.close()


async def test_connections_that_postgresql_ends_are_503_never_500(
    untouched_server: Server, owner: "asyncpg.Connection[Any]"
) -> None:
    clients = [await registered(untouched_server) for _ in range(6)]
    ended = asyncio.Event()

    async def keep_pushing(client: Client) -> list[Response]:
        answers = []
        while not ended.is_set():
            answers.append(await push(client))
        return answers

    pushing = [asyncio.create_task(keep_pushing(client)) for client in clients]
    for _ in range(25):
        await asyncio.sleep(0.05)
        await owner.execute(TERMINATE)
    ended.set()
    answers = [answer for answers in await asyncio.gather(*pushing) for answer in answers]
    unavailable = [answer for answer in answers if answer.status != 200]
    assert unavailable
    for answer in unavailable:
        assert (answer.status, answer.code) == (503, "database_unavailable")
        assert answer.headers["Retry-After"] == "1"
    # A connection that was ended last may be noticed by the push that uses it.
    again = [await push(clients[0]) for _ in range(10)]
    assert again[-1].status == 200


async def test_a_busy_user_lock_is_overload_and_no_dead_database(
    server: Server, pool: Pool
) -> None:
    ann, bob = await registered(server), await registered(server)
    async with pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM heads WHERE user_id = $1 FOR UPDATE", ann.user_id)
        with capture_logs() as lines:
            answer = await push(ann)
        assert (await push(bob)).status == 200
    assert (answer.status, answer.code) == (503, "overloaded")
    assert answer.headers["Retry-After"] == "1"
    assert "a lock is busy" in {line["event"] for line in lines}
    assert "database unavailable" not in {line["event"] for line in lines}
    assert (await push(ann)).status == 200


async def test_a_busy_database_is_not_down(
    untouched_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine with much else to do a connection may come late."""

    @asynccontextmanager
    async def late(pool: Pool, config: Config) -> AsyncIterator[Connection]:
        await asyncio.sleep(0.6)
        async with acquire(pool, config) as connection:
            yield connection

    monkeypatch.setattr(health, "acquire", late)
    response = await _Health(untouched_server.base_url).send("GET", "/health/ready")
    assert (response.status, response.json["database"]) == (200, "up")


async def test_readiness_is_red_while_the_database_stores_nothing(
    untouched_server: Server, owner: "asyncpg.Connection[Any]"
) -> None:
    async def readiness() -> tuple[int, str]:
        response = await _Health(untouched_server.base_url).send("GET", "/health/ready")
        return response.status, response.json["database"]

    ann = await registered(untouched_server)
    assert await readiness() == (200, "up")
    database = await owner.fetchval("SELECT current_database()")
    await owner.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
    await owner.execute(TERMINATE)
    answer = await push(ann)
    assert (answer.status, answer.code) == (503, "database_unavailable")
    assert await readiness() == (503, "read_only")
    await owner.execute("SET default_transaction_read_only = off")
    await owner.execute(f'ALTER DATABASE "{database}" RESET default_transaction_read_only')
    await owner.execute(TERMINATE)
    # A connection that is about to end is a 503 too: a client tries again.
    async with asyncio.timeout(10):
        while (await push(ann)).status == 503:
            await asyncio.sleep(0.1)
    assert await readiness() == (200, "up")


class _Health(Client):
    """Routes outside of the API."""

    @property
    def api(self) -> str:
        return self.base_url


class _FullDisk:
    """A connection to a database whose disk can be full."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_full = False
        self.tries = 0

    def transaction(self) -> Any:
        return self.connection.transaction()

    async def execute(self, statement: str) -> None:
        self.tries += 1
        if self.is_full:
            raise asyncpg.DiskFullError("could not extend file: No space left on device")
        await self.connection.execute(statement)


async def test_a_full_disk_is_seen_by_the_probe_and_so_is_its_end(pool: Pool) -> None:
    now = 0.0
    probe = WriteProbe(lambda: now)
    async with pool.acquire() as connection:
        disk: Any = _FullDisk(connection)
        assert await probe.works(disk)
        disk.is_full = True
        assert await probe.works(disk), "the outcome is remembered"
        probe.fail()
        assert not await probe.works(disk)
        disk.is_full = False
        assert not await probe.works(disk), "tried again after a second only"
        now = 1.5
        assert await probe.works(disk)
        assert disk.tries == 3


async def test_the_probe_needs_no_more_than_the_rights_of_the_application(config: Config) -> None:
    async with await create_pool(config) as pool, pool.acquire() as connection:
        assert await WriteProbe().works(connection)
        assert await WriteProbe().works(connection), "nothing of the first one is left"
