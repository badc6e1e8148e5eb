"""Row-level security: what a forgotten `WHERE user_id = …` would show, and what it would change."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import (
    Pool,
    acquire,
    bypass_row_level_security,
    create_pool,
    transaction,
)
from tests.contract.http_client import User
from tests.contract.records import put

USER_TABLES = """
SELECT relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text AS owner
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'user_id'
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text
FROM pg_class WHERE relname = 'users' AND relnamespace = 'public'::regnamespace
"""


@pytest.fixture
async def application(config: Config) -> AsyncIterator[Pool]:
    """Connections of the role that answers requests."""
    async with await create_pool(config) as opened:
        yield opened


@pytest.fixture
async def tables(pool: Pool) -> list[str]:
    """Every table with user data, `users` itself included."""
    return [row["relname"] for row in await pool.fetch(USER_TABLES)]


@pytest.fixture
def people(user: User, other: User) -> tuple[User, User]:
    """Two users with rows in as many tables as an ordinary day fills."""
    for person in (user, other):
        person.push(put("foods"), put("foods", {"name": 7}))
        person.pull(device_id=person.device_id)
        cursor = person.pull()["cursor"]
        person.pull(device_id=person.device_id, cursor=cursor)
        tokens = person.server.request(
            "POST", "/auth/refresh", {"refresh_token": person.tokens["refresh_token"]}
        )
        person.request("POST", "/auth/logout", {}).ok(204)
        person.tokens.update(tokens.ok())
    return user, other


async def test_every_table_with_a_user_is_fenced_from_its_owner_too(pool: Pool) -> None:
    rows = await pool.fetch(USER_TABLES)
    assert {"users", "records", "heads", "refresh_tokens", "audit"} <= {
        it["relname"] for it in rows
    }
    open_ones = [
        row["relname"] for row in rows if not (row["relrowsecurity"] and row["relforcerowsecurity"])
    ]
    assert open_ones == [], "a table without a fence: call `fence` in its migration"


async def test_every_view_looks_through_its_readers_eyes(pool: Pool) -> None:
    views = await pool.fetch(
        "SELECT relname, reloptions FROM pg_class "
        "WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    )
    assert views
    assert [
        view["relname"]
        for view in views
        if not {"security_invoker=true", "security_invoker=on"} & set(view["reloptions"] or ())
    ] == []


async def test_the_application_stands_before_the_fence(application: Pool, pool: Pool) -> None:
    role = await application.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    assert role is not None
    assert role["rolcanlogin"]
    for right in ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication"):
        assert not role[right], right
    owners = {row["owner"] for row in await pool.fetch(USER_TABLES)}
    assert role["rolname"] not in owners
    memberships = "SELECT count(*) FROM pg_auth_members WHERE member = $1"
    assert await pool.fetchval(memberships, role["oid"]) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE records DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own ON records",
        "CREATE POLICY mine ON records USING (true)",
        "TRUNCATE records",
        "DROP TABLE records",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = '0001'",
        "UPDATE audit SET action = 'nothing'",
        "SET ROLE trackforge",
        "SET SESSION AUTHORIZATION trackforge",
        "COPY records TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
async def test_the_application_cannot_move_the_fence(application: Pool, statement: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)):
        await application.execute(statement)


async def test_without_a_user_nothing_is_there(
    application: Pool, tables: list[str], people: tuple[User, User], config: Config, pool: Pool
) -> None:
    async with acquire(application, config) as connection:
        for table in tables:
            assert await connection.fetch(f"SELECT * FROM {table}") == [], table
            if table != "audit":
                column = "id" if table == "users" else "user_id"
                touched = await connection.execute(f"UPDATE {table} SET {column} = {column}")
                assert touched == "UPDATE 0", table
            assert await connection.execute(f"DELETE FROM {table}") == "DELETE 0", table
    for person in people:
        assert await pool.fetchval("SELECT count(*) FROM records WHERE user_id = $1", person.id)


async def _executed(
    application: Pool, config: Config, user_id: str | None, statement: str, row: str
) -> None:
    """Run a statement as a user, or as nobody."""
    if user_id is None:
        await application.execute(statement, row)
        return
    async with transaction(application, config, user_id) as connection:
        await connection.execute(statement, row)


@pytest.mark.parametrize("inside", [True, False])
async def test_nothing_can_be_written_for_somebody_else(
    application: Pool,
    tables: list[str],
    people: tuple[User, User],
    config: Config,
    pool: Pool,
    inside: bool,
) -> None:
    mine, theirs = (person.id for person in people)
    for table in tables:
        column = "id" if table == "users" else "user_id"
        row = await pool.fetchval(
            f"SELECT to_jsonb(t)::text FROM {table} AS t WHERE {column} = $1", theirs
        )
        if row is None:
            continue
        copy = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await _executed(application, config, mine if inside else None, copy, row)


async def test_no_row_can_be_given_to_or_taken_from_somebody_else(
    application: Pool, people: tuple[User, User], config: Config
) -> None:
    mine, theirs = (person.id for person in people)
    for table in ("records", "heads", "refresh_tokens", "token_families", "devices", "emails"):
        async with transaction(application, config, mine) as connection:
            taken = await connection.execute(
                f"UPDATE {table} SET user_id = $1 WHERE user_id = $2", mine, theirs
            )
        assert taken == "UPDATE 0", table
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(application, config, mine) as connection:
                await connection.execute(f"UPDATE {table} SET user_id = $1", theirs)


async def test_a_user_sees_their_own_rows_only(
    application: Pool, tables: list[str], people: tuple[User, User], config: Config, pool: Pool
) -> None:
    for person in people:
        async with transaction(application, config, person.id) as connection:
            for table in tables:
                column = "id" if table == "users" else "user_id"
                whose = {row[0] for row in await connection.fetch(f"SELECT {column} FROM {table}")}
                count = f"SELECT count(*) FROM {table} WHERE {column} = $1"
                assert whose == ({person.id} if await pool.fetchval(count, person.id) else set())


async def test_the_views_show_their_readers_rows_only(
    application: Pool, people: tuple[User, User], config: Config
) -> None:
    assert await application.fetch("SELECT * FROM v_foods") == []
    async with transaction(application, config, people[0].id) as connection:
        rows = await connection.fetch("SELECT user_id FROM v_foods")
        assert {row["user_id"] for row in rows} == {people[0].id}


@pytest.mark.parametrize("cache", [1024, 0])
async def test_a_connection_forgets_whom_it_served(
    people: tuple[User, User], config: Config, cache: int
) -> None:
    """One connection for all; without prepared statements as behind PgBouncer."""
    alone = config.changed(database_pool_size=1, statement_cache_size=cache)
    query = "SELECT DISTINCT user_id FROM records"
    async with await create_pool(alone) as pool:
        for person in (*people, *people):
            async with transaction(pool, alone, person.id) as connection:
                assert [row[0] for row in await connection.fetch(query)] == [person.id]
            assert await pool.fetch(query) == []
        async with bypass_row_level_security(pool, alone) as connection:
            assert len(await connection.fetch(query)) > 1
        assert await pool.fetch(query) == []


@pytest.mark.parametrize("cache", [1024, 0])
async def test_a_handler_that_is_cancelled_leaves_nothing_to_the_next(
    people: tuple[User, User], config: Config, cache: int
) -> None:
    alone = config.changed(database_pool_size=1, statement_cache_size=cache)
    mine, theirs = (person.id for person in people)

    async def endless(pool: Pool, begun: asyncio.Event) -> None:
        async with transaction(pool, alone, mine) as connection:
            await connection.execute("DELETE FROM records WHERE user_id = $1", mine)
            begun.set()
            await connection.execute("SELECT pg_sleep(60)")

    query = "SELECT DISTINCT user_id FROM records"
    async with await create_pool(alone) as pool:
        begun = asyncio.Event()
        handler = asyncio.create_task(endless(pool, begun))
        await begun.wait()
        handler.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handler
        assert await pool.fetch(query) == []
        for whose in (theirs, mine):
            async with transaction(pool, alone, whose) as connection:
                assert [row[0] for row in await connection.fetch(query)] == [whose]


async def test_a_handler_that_fails_leaves_nothing_to_the_next(
    people: tuple[User, User], config: Config
) -> None:
    alone = config.changed(database_pool_size=1)
    async with await create_pool(alone) as pool:
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with transaction(pool, alone, people[0].id) as connection:
                await connection.execute("SELECT 1 / 0")
        assert await pool.fetch("SELECT FROM records") == []
        async with transaction(pool, alone, people[1].id) as connection:
            assert len(await connection.fetch("SELECT FROM records")) == 1


@pytest.mark.parametrize(
    "user_id", ["", "x", "'; SET trackforge.everyone = 'on'; --", "00000000-0000-0000-0000-00000"]
)
async def test_who_is_no_uuid_is_nobody(application: Pool, config: Config, user_id: str) -> None:
    with pytest.raises(ValueError):
        async with transaction(application, config, user_id):
            pass
