"""Indexes of the tables that pushes write: each is needed by a statement that is named here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schema import COLLECTIONS
from sync_server.config.settings import Config
from sync_server.days.queries import READ_CHILDREN, READ_DAYS
from sync_server.exports.queries import READ_MEALS
from sync_server.imports.queries import READ_STORED
from sync_server.lookups.queries import READ_FOODS, READ_SETS_OF
from sync_server.maintenance.expired_rows import FIND_HISTORY
from sync_server.maintenance.retention import DELETE_EXPIRED, EXPIRED
from sync_server.maintenance.tombstones import FIND_TOMBSTONES
from sync_server.rest.history_queries import READ_IDS, READ_TRASH
from sync_server.store.postgres import Connection, Pool, create_pool
from sync_server.sync.pull.sql import READ_PAGE
from sync_server.sync.push.quota import TRIM_HISTORY
from sync_server.sync.push.sql import READ_FOR_PUSH, READ_WITH_ALIASES

WRITTEN = ("records", "history", "idempotency_keys", "record_aliases", "heads")
_NAMES = ", ".join(f"'{name}'" for name, it in COLLECTIONS.items() if it.day_field)
_DELETE_KEYS = DELETE_EXPIRED.format(
    table="idempotency_keys",
    key=EXPIRED["idempotency_keys"][0],
    age=EXPIRED["idempotency_keys"][1],
    batch=1000,
)

STATEMENTS = {
    "records_version": READ_PAGE,
    "records_day": READ_DAYS.format(collections=_NAMES),
    "records_parent": READ_CHILDREN.format(collections="'workout_sets'"),
    "records_tombstones": FIND_TOMBSTONES,
    "history_trash": READ_TRASH.format(after="", limit=10),
    "history_oldest": TRIM_HISTORY,
    "history_age": FIND_HISTORY,
    "idempotency_keys_age": _DELETE_KEYS,
    "record_aliases_by_target": READ_IDS,
}
"""A statement that uses the index, by index: without one an index only costs writes."""

SECONDARY = """
SELECT indexrelid::regclass::text AS name FROM pg_index
WHERE indrelid::regclass::text = ANY($1) AND NOT indisprimary
"""
# The summaries of a few pages are worth nothing: a history of some hundred pages, by age.
FILL_HISTORY = """
INSERT INTO history
SELECT gen_random_uuid(), 'foods', gen_random_uuid(), number, gen_random_uuid(), 0, 'deleted',
       timestamptz '2026-01-01' + number * interval '1 minute', NULL, '{}'
FROM generate_series(1, 20000) AS number
"""
FEW_RECORDS = """
INSERT INTO records (user_id, collection, id, version, clock, device_id, deleted, day, parent_id,
                     changed_at, data)
SELECT user_id, 'workout_sets', gen_random_uuid(), row_number() OVER (), 1, user_id, false, NULL,
       session_id, now(), '{}'
FROM (SELECT gen_random_uuid() AS user_id FROM generate_series(1, $1)) AS users
CROSS JOIN (SELECT gen_random_uuid() AS session_id FROM generate_series(1, $2)) AS sessions
CROSS JOIN generate_series(1, $3)
"""


@asynccontextmanager
async def rolled_back(connection: Connection) -> AsyncIterator[None]:
    """A transaction that leaves nothing behind."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def plan_of(connection: Connection, statement: str) -> str:
    """The plan that a pooled connection keeps for a statement."""
    parameters = (await connection.prepare(statement)).get_parameters()
    await connection.execute(f"PREPARE explained AS {statement}")
    values = ", ".join(["NULL"] * len(parameters))
    plan = await connection.fetch(f"EXPLAIN EXECUTE explained({values})")
    await connection.execute("DEALLOCATE explained")
    return "\n".join(row[0] for row in plan)


async def test_every_index_has_its_statement(pool: Pool) -> None:
    rows = await pool.fetch(SECONDARY, WRITTEN)
    assert {row["name"] for row in rows} == set(STATEMENTS)


@pytest.mark.parametrize("index", sorted(STATEMENTS))
async def test_the_statement_uses_the_index(pool: Pool, index: str) -> None:
    async with pool.acquire() as connection, rolled_back(connection):
        if index == "history_age":
            await connection.execute("SET LOCAL session_replication_role = replica")  # no users
            await connection.execute(FILL_HISTORY)
            await connection.execute("ANALYZE history")
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        plan = await plan_of(connection, STATEMENTS[index])
    assert index in plan.split(), plan


LOOKUPS = (
    (READ_FOR_PUSH, "records_pkey"),
    (READ_STORED, "records_pkey"),
    (READ_FOODS, "records_pkey"),
    (READ_MEALS, "records_pkey"),
    (READ_SETS_OF, "records_parent"),
    (READ_CHILDREN.format(collections="'workout_sets'"), "records_parent"),
)


@pytest.mark.parametrize(
    "small", [(1, 10, 3), (1, 1, 30), (30, 1, 1)], ids=("sessions", "a session", "users")
)
async def test_a_plan_made_for_a_small_table_suits_a_large_one(
    untouched: Config, small: tuple[int, int, int]
) -> None:
    owner = untouched.changed(database_url=untouched.stores.owner_url, database_pool_size=1)
    async with await create_pool(owner) as pool, pool.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")  # no users
        await connection.execute(FEW_RECORDS, *small)
        await connection.execute("ANALYZE records")
        for statement, index in LOOKUPS:
            plan = await plan_of(connection, statement)
            assert index in plan.split(), plan
            assert "Seq Scan on records" not in plan, plan


async def test_aliases_are_found_by_their_key_before_the_first_analyze(pool: Pool) -> None:
    """By target, each of a push's look-ups reads all aliases of the user: 20 ms among 6,000."""
    async with pool.acquire() as connection, rolled_back(connection):
        await connection.execute("CREATE TEMP TABLE fresh (LIKE record_aliases INCLUDING INDEXES)")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        statement = READ_WITH_ALIASES.replace("FROM record_aliases", "FROM fresh AS record_aliases")
        assert statement != READ_WITH_ALIASES
        plan = await plan_of(connection, statement)
    assert "fresh_pkey" in plan.split(), plan
