"""Connection pool: codecs of ids and JSON, no open transaction on release."""

import asyncio
import uuid
from typing import cast

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool, acquire, create_pool, transaction


async def test_ids_are_text(pool: Pool) -> None:
    id = str(uuid.uuid4())
    assert await pool.fetchval("SELECT $1::uuid", id) == id
    assert await pool.fetchval("SELECT $1::uuid[]", [id, id]) == [id, id]


async def test_json_is_the_text_that_was_stored(pool: Pool) -> None:
    assert await pool.fetchval("""SELECT '{"b": 1.0,  "a":2}'::json""") == '{"b": 1.0,  "a":2}'


async def test_a_connection_returns_without_its_transaction(pool: Pool, config: Config) -> None:
    async with pool.acquire() as connection:
        await connection.execute("BEGIN")
    async with transaction(pool, config, str(uuid.uuid4())) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_the_error_of_a_connection_that_was_released_meanwhile_is_raised(
    pool: Pool, config: Config
) -> None:
    async def fail() -> None:
        async with transaction(pool, config, str(uuid.uuid4())) as connection:
            await connection.execute("COMMIT")
            await pool.release(cast("PoolConnectionProxy[asyncpg.Record]", connection))
            raise RuntimeError("the first error")

    with pytest.raises(RuntimeError, match="the first error"):
        await fail()


async def test_a_transaction_that_is_cancelled_at_its_beginning_does_not_stay_on_the_connection(
    config: Config,
) -> None:
    """A probe of readiness that times out must not make the next one fail."""

    async def use(pool: Pool, seconds: float | None) -> None:
        async with (
            acquire(pool, config) as connection,
            asyncio.timeout(seconds),
            connection.transaction(),
        ):
            assert await connection.fetchval("SELECT 1") == 1

    async with await create_pool(config.changed(database_pool_size=1)) as pool:
        await use(pool, None)
        with pytest.raises(TimeoutError):
            await use(pool, 0)
        await use(pool, None)


async def test_connections_that_postgresql_ended_while_idle_fail_nobody(
    pool: Pool, config: Config
) -> None:
    taken = [await pool.take(5.0) for _ in range(3)]
    pids = [connection.get_server_pid() for connection in taken]
    for returned in taken:
        await pool.give_back(returned)
    other = await asyncpg.connect(config.stores.owner_url)
    await other.fetch("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", pids)
    while await other.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)", pids):
        await asyncio.sleep(0.01)
    await other.close()
    await asyncio.sleep(0.05)  # the ends arrive
    async with acquire(pool, config) as connection:
        assert await connection.fetchval("SELECT 1") == 1
    assert pool.usage().idle == 1


async def test_for_a_pooler_a_connection_has_no_parameters_and_no_named_statement(
    config: Config,
) -> None:
    """In transaction mode the next transaction may be on another connection of PostgreSQL."""
    left = []
    for size in (0, 100):
        async with await create_pool(config.changed(statement_cache_size=size)) as pool:
            connection = await pool.take(2)
            await connection.fetchval("SELECT $1::int", 1)
            named = await connection.fetch("SELECT name FROM pg_prepared_statements")
            name = await connection.fetchval("SELECT current_setting('application_name')")
            left.append((len(named) > 0, name))
            await pool.give_back(connection)
    assert left == [(False, ""), (True, "trackforge-sync")]
