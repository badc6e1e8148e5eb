"""Distribution of the tables, with functions in the place of those of Citus that note their calls.

The engine itself is not here: `make contract BASE_URL=…` runs against a real cluster.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from sync_server.boot import BootError, prepare
from sync_server.config.settings import Config
from sync_server.sharding.placement import READ_POLICIES, NotPlaced, distribute
from sync_server.sharding.session import SESSION, messages
from sync_server.sharding.tables import DISTRIBUTED, REFERENCE_TABLES, USER_TABLES
from sync_server.store.postgres import create_pool, transaction
from tests.conftest import running
from tests.contract.records import delete, new_id, put
from tests.sharding.recorder import Recorder
from tests.sharding.verdict import verdict
from tests.support.client import Client
from tests.sync.stories import register

DEVICE = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
FAKE = Path(__file__).with_name("fake_citus.sql")
READ_CALLS = """
SELECT table_name::text, distribution_column, colocate_with FROM citus_tables ORDER BY number
"""
READ_FOREIGN_KEYS = """
SELECT conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid::regclass::text IN ('emails', 'identities')
"""


@pytest.fixture
async def owner(untouched: Config) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The owner's connection to a database that has the functions."""
    connection = await asyncpg.connect(untouched.stores.owner_url)
    await connection.execute(FAKE.read_text())
    yield connection
    await connection.close()


@pytest.fixture
def sharded(untouched: Config, owner: "asyncpg.Connection[asyncpg.Record]") -> Config:
    """Settings of a server of that database."""
    assert not owner.is_closed()
    return untouched.changed(database_sharded=True)


async def test_every_table_is_distributed_once(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    done = await distribute(owner)
    assert done[0] == "distributed users by id"
    calls = {table: (column, beside) for table, column, beside in await owner.fetch(READ_CALLS)}
    assert {table: column for table, (column, _) in calls.items() if column} == DISTRIBUTED
    assert {table for table, (column, _) in calls.items() if not column} == {*REFERENCE_TABLES}
    beside_users = {table for table, (_, beside) in calls.items() if beside == "users"}
    assert beside_users == {*USER_TABLES} - {"users"}
    assert await distribute(owner) == []
    await owner.execute("DELETE FROM citus_tables WHERE table_name::text = 'totp'")
    assert await distribute(owner) == ["distributed totp by user_id"]


async def test_policies_and_keys_are_those_that_a_node_takes(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    assert await owner.fetch(READ_POLICIES) != []
    await distribute(owner)
    assert await owner.fetch(READ_POLICIES) == []
    assert await owner.fetch(READ_FOREIGN_KEYS) == []
    unique = "SELECT indisunique FROM pg_index WHERE indexrelid = 'identities_owner'::regclass"
    assert await owner.fetchval(unique) is False


async def test_a_server_refuses_a_database_that_is_not_distributed(sharded: Config) -> None:
    with pytest.raises(BootError) as rejected:
        await prepare(sharded)
    assert str(rejected.value) == (
        f"DATABASE_SHARDED is set, but {len(DISTRIBUTED) + len(REFERENCE_TABLES)} tables are not"
        " distributed (audit, catalogue_exercises, catalogue_foods…):"
        " run `trackforge-sync distribute`."
    )
    done = await prepare(sharded, placing=True)
    assert done.lines()[0] == "distributed users by id"
    assert (await prepare(sharded)).placed == ()


async def test_without_the_extension_a_sentence_says_so(untouched: Config) -> None:
    with pytest.raises(BootError, match="the database has no extension citus: create it"):
        await prepare(untouched.changed(database_sharded=True))
    connection = await asyncpg.connect(untouched.stores.owner_url)
    with pytest.raises(NotPlaced):
        await distribute(connection)
    await connection.close()


async def test_the_role_of_the_servers_has_the_settings_behind_a_pooler_too(
    sharded: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, started_with = asyncpg.connect, list[object]()

    async def recorded(url: str, **options: Any) -> object:
        started_with.append(options.get("server_settings"))
        return await connect(url, **options)

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg, "connect", recorded)
        await prepare(sharded, placing=True)
    # PgBouncer would reject a parameter of the start.
    assert started_with == [None] * len(started_with) != []
    behind = sharded.changed(statement_cache_size=0)
    async with await create_pool(behind) as pool, pool.acquire() as connection:
        for name, value in SESSION.items():
            assert await connection.fetchval("SELECT current_setting($1)", name) == value


def test_a_sharded_session_sends_a_message_a_statement(untouched: Config) -> None:
    statements = ["BEGIN", "SET LOCAL a.b = 'c'", "SELECT 1"]
    assert messages(statements, untouched.changed(database_sharded=True)) == statements
    assert messages(statements, untouched) == ["BEGIN; SET LOCAL a.b = 'c'; SELECT 1"]


async def test_a_sharded_server_sends_only_what_a_node_takes(
    sharded: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one PostgreSQL: creations, edits, deletions, moves, rejections, the account's end."""
    await prepare(sharded, placing=True)
    recorder = Recorder()
    recorder.attach(monkeypatch)
    async with running(sharded) as server:
        phone = await register(server.base_url)

        async def push(*changes: dict[str, object]) -> list[str]:
            body = orjson.dumps({"device_id": DEVICE, "changes": changes})
            status, answer, _ = await phone.push_bytes(body)
            assert status == 200, answer
            return [it["status"] for it in orjson.loads(answer)["results"]]

        food = put("foods")
        moved = put("workout_sessions")
        assert await push(food, moved) == ["applied", "applied"]
        later = {**moved["data"], "date": "2026-01-03"}
        nonsense = put("foods", {"energy_kcal": "much"})
        assert await push(put("workout_sessions", later, moved["id"]), nonsense) == [
            "applied",
            "rejected",
        ]
        assert await push(delete("foods", food["id"])) == ["applied"]
        assert {it["id"] for it in (await phone.page())["changes"]} == {moved["id"]}
        user = Client(server.base_url)
        await user.register()
        assert (await user.send("DELETE", "/users/me", {"password": user.password})).status == 204
    assert verdict(recorder.texts, sharded=True) == ""
    for table in ("history", "vacated_days", "rejected_changes", "idempotency_keys"):
        assert any(f"INSERT INTO {table}" in text for text in recorder.texts), table
    assert not any(text.startswith("BEGIN;") for text in recorder.texts)


async def test_a_transaction_of_a_sharded_server_sees_one_user(sharded: Config) -> None:
    async with (
        await create_pool(sharded) as pool,
        transaction(pool, sharded, new_id()) as connection,
    ):
        assert await connection.fetch("SELECT * FROM users") == []
