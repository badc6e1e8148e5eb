"""Migrations: many processes at once, there and back, and only what a sharded database takes."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest
from structlog.testing import capture_logs

from sync_server.boot import prepare
from sync_server.config.settings import Config
from sync_server.store.migrate import migrate
from sync_server.store.migrated import NewerSchema
from sync_server.store.postgres import Pool
from sync_server.store.schema_state import SchemaNote, revisions, write_note
from sync_server.store.upgrade import serves_from
from tests.infrastructure.shared_servers import create_database, drop_database, with_database
from tests.infrastructure.test_command_line import SECRET_KEYS, fails, start

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def empty_url(config: Config) -> AsyncIterator[str]:
    name = f"trackforge_test_{os.urandom(4).hex()}"
    await create_database(config.stores.owner_url, name)
    yield with_database(config.stores.owner_url, name)
    await drop_database(config.stores.owner_url, name)


async def test_several_processes_may_start_at_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    connection = await asyncpg.connect(empty_url)
    assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
    await connection.close()


async def test_a_lock_held_by_someone_stops_the_migration_not_the_server(empty_url: str) -> None:
    """Migrating again needs no lock on the tables: it passes beside a long transaction."""
    await migrate(empty_url)
    connection = await asyncpg.connect(empty_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE records IN ROW EXCLUSIVE MODE")
        async with asyncio.timeout(60):
            await migrate(empty_url)
        locks = "SELECT count(*) FROM pg_locks WHERE relation = 'records'::regclass"
        assert await connection.fetchval(f"{locks} AND mode = 'RowExclusiveLock'") == 1
    await connection.close()


async def test_a_finished_migration_is_in_the_log_and_a_current_database_needs_no_alembic(
    empty_url: str, config: Config
) -> None:
    name = urlsplit(empty_url).path.removeprefix("/")
    served = with_database(config.stores.database_url, name)
    with capture_logs() as lines:
        first = await prepare(config.changed(migration_database_url=empty_url, database_url=served))
    assert [title[:4] for title in first.applied] == revisions()
    (line,) = [it for it in lines if it["event"] == "the database was migrated"]
    assert (line["log_level"], line["revision"]) == ("info", revisions()[-1])
    assert line["steps"] == [*first.applied, *first.indexes]
    with capture_logs() as lines:
        again = await migrate(empty_url)
    assert lines == []
    assert again.lines() == [f"The database is at {revisions()[-1]}: nothing to do."]
    script = (
        "import asyncio, sys; from sync_server.store.migrate import migrate;"
        f"asyncio.run(migrate({empty_url!r})); print('sqlalchemy' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=ROOT, stdout=subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert printed == b"False\n"


async def test_a_newer_schema_is_served_only_if_it_allows_that(empty_url: str) -> None:
    await migrate(empty_url)
    connection = await asyncpg.connect(empty_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for oldest, is_served in ((revisions()[-1], True), ("9998", False)):
        await connection.execute(write_note(SchemaNote(oldest, "of another release")))
        if is_served:
            newer = await migrate(empty_url)
            assert newer.is_newer
            assert newer.lines() == [
                "The database is at 9999, newer than this release; it can serve."
            ]
        else:
            with pytest.raises(NewerSchema, match="start the newer release"):
                await migrate(empty_url)
    await connection.execute("COMMENT ON TABLE alembic_version IS 'of somebody else'")
    with pytest.raises(NewerSchema, match="9999"):
        await migrate(empty_url)
    await connection.close()


async def test_an_older_release_serves_and_one_that_cannot_says_a_sentence(
    untouched: Config, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(untouched.stores.owner_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.execute(write_note(SchemaNote("0001")))
    settings = {
        "DATABASE_URL": untouched.stores.database_url,
        "MIGRATION_DATABASE_URL": untouched.stores.owner_url,
        "REDIS_URL": untouched.stores.redis_url,
        "SECRET_KEYS": SECRET_KEYS,
    }
    server = await start(tmp_path / "data", **settings)
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/health/ready") as answer:
        assert answer.status == 200
    await server.stop()
    await connection.execute(write_note(SchemaNote("9999")))
    said = await asyncio.to_thread(fails, "serve", **settings)
    assert said.startswith("The database is at 9999 of a newer release")
    assert "\n" not in said
    await connection.close()


async def test_indexes_are_built_online_and_again_when_a_build_was_cut_off(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty_url)
    connection = await asyncpg.connect(empty_url)
    await connection.execute("CREATE TABLE numbers AS SELECT 1 AS n FROM generate_series(1, 2)")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY numbers_n ON numbers (n)")
    statements = {"numbers_n": "CREATE INDEX CONCURRENTLY numbers_n ON numbers (n)"}
    monkeypatch.setattr("sync_server.store.upgrade.online_indexes", lambda: statements)
    await connection.execute("COMMENT ON TABLE alembic_version IS NULL")
    done = await asyncio.gather(*(migrate(empty_url) for _ in range(3)))
    assert sorted(it.indexes for it in done) == [(), (), ("numbers_n",)]
    state = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'numbers_n'::regclass"
    assert await connection.fetchval(state)
    await connection.close()


def test_each_migration_says_whether_the_release_before_serves() -> None:
    assert serves_from(revisions()[-1]) <= revisions()[-1]
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        text = path.read_text()
        assert f'revision = "{path.name[:4]}"' in text
        assert re.search(r"^previous_release_serves = (True|False)$", text, re.MULTILINE), path


async def test_every_key_begins_with_the_user(pool: Pool) -> None:
    rows = await pool.fetch("""
        SELECT index.indrelid::regclass::text AS on_table, attribute.attname AS first
        FROM pg_index AS index
        JOIN pg_attribute AS attribute
          ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]
        JOIN pg_class AS class ON class.oid = index.indrelid
        WHERE index.indisunique AND class.relnamespace = 'public'::regnamespace""")
    not_the_users = {"users", "emails", "alembic_version", "catalogue_foods", "catalogue_exercises"}
    not_the_users |= {"catalogue_loads", "catalogue_words", "files_to_delete", "server_trouble"}
    not_the_users |= {"fleet_devices", "fleet_rejections"}
    firsts = {row["on_table"]: row["first"] for row in rows if row["on_table"] not in not_the_users}
    assert set(firsts.values()) == {"user_id"}


async def test_foreign_keys_lead_to_the_user_or_a_row_of_the_user_and_cascade(pool: Pool) -> None:
    rows = await pool.fetch("""
        SELECT confrelid::regclass::text AS target, confdeltype::text AS deletion,
               pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f'""")
    assert {row["deletion"] for row in rows} == {"c"}
    within = [row for row in rows if row["target"] != "users"]
    assert {row["target"] for row in within} == {"token_families"}
    assert all("FOREIGN KEY (user_id, " in row["definition"] for row in within)


async def test_there_are_no_triggers_sequences_or_extensions_but_trigrams(pool: Pool) -> None:
    assert await pool.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0
    assert await pool.fetchval("SELECT count(*) FROM pg_class WHERE relkind = 'S'") == 0
    extensions = await pool.fetch("SELECT extname FROM pg_extension")
    assert {row["extname"] for row in extensions} == {"plpgsql", "pg_trgm"}


def _alembic(*arguments: str, **environment: str) -> str:
    """Standard output of the `alembic` command, run at the top level of the repository."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def _revision(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    finally:
        await connection.close()
    return revision


async def test_the_alembic_command_upgrades_and_downgrades(empty_url: str) -> None:
    # A line is `0003 -> 0004 (head), docstring`, the newest first.
    before, _, newest, *_ = _alembic("history").split()
    await asyncio.to_thread(_alembic, "upgrade", "head", DATABASE_URL=empty_url)
    assert await _revision(empty_url) == newest
    assert newest in await asyncio.to_thread(_alembic, "current", DATABASE_URL=empty_url)
    owner = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    owner["MIGRATION_DATABASE_URL"] = empty_url
    await asyncio.to_thread(_alembic, "downgrade", "-1", **owner)
    assert await _revision(empty_url) == before
    await asyncio.to_thread(_alembic, "upgrade", "head", **owner)
    assert await _revision(empty_url) == newest


def test_the_alembic_command_writes_a_revision_and_prints_sql(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    ini = str(tmp_path / "alembic.ini")
    _alembic("-c", ini, "revision", "-m", "Add a column", "--rev-id", "9999")
    text = (tmp_path / "migrations" / "versions" / "9999_add_a_column.py").read_text()
    assert text.startswith('"""Add a column."""')
    assert "def downgrade" in text
    assert "CREATE TABLE users" in _alembic("upgrade", "head", "--sql")


def test_alembic_names_the_missing_variable() -> None:
    with pytest.raises(AssertionError, match="Set MIGRATION_DATABASE_URL or DATABASE_URL"):
        _alembic("upgrade", "head")
