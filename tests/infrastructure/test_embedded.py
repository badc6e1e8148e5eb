"""The private stores: durable, exclusive, and back after a kill."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis import Redis

from sync_server.store.embedded import stores as embedded
from sync_server.store.embedded.process import EmbeddedError, survivor

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys, time
from pathlib import Path
from sync_server.store.embedded import stores as embedded
held = embedded.start(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def execute(url: str, statement: str) -> object:
    async def run() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(run())


def runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a database in it, not running."""
    directory = tmp_path_factory.mktemp("embedded") / "data"
    first = embedded.start(directory)
    execute(first.database_url, "CREATE TABLE kept (id int)")
    first.stop()
    yield directory
    # Ends what the killed holders left.
    embedded.start(directory, postgres=False).stop()


@pytest.fixture
def holder(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the stores of the directory."""
    command = [sys.executable, "-c", HOLD, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    again = embedded.start(data_dir)
    assert execute(again.database_url, "SELECT count(*) FROM kept") == 0
    with Redis.from_url(again.redis_url) as client:
        assert client.ping()
    sockets = (data_dir / "run").readlink()
    again.stop()
    assert not sockets.exists()
    assert not (data_dir / "run").is_symlink()


def test_only_what_is_asked_for_is_started(data_dir: Path) -> None:
    cache = embedded.start(data_dir, postgres=False)
    assert cache.redis_url
    assert not cache.database_url
    cache.stop()


def test_a_killed_server_leaves_nothing_in_the_way(
    data_dir: Path, holder: subprocess.Popen[str]
) -> None:
    orphans = [
        survivor(data_dir / "postgres" / "postmaster.pid", data_dir / "postgres"),
        survivor(data_dir / "valkey" / "valkey.pid", data_dir / "valkey"),
    ]
    sockets = (data_dir / "run").readlink()
    holder.kill()
    holder.wait()
    assert all(orphan is not None and orphan.is_running() for orphan in orphans)
    again = embedded.start(data_dir)
    assert execute(again.database_url, "SELECT count(*) FROM kept") == 0
    assert not any(orphan is not None and runs(orphan) for orphan in orphans)
    assert not sockets.exists()
    again.stop()


def test_a_killed_database_recovers(data_dir: Path) -> None:
    first = embedded.start(data_dir, valkey=False)
    execute(first.database_url, "CREATE TABLE committed (id int)")
    orphan = survivor(data_dir / "postgres" / "postmaster.pid", data_dir / "postgres")
    assert orphan is not None
    orphan.kill()
    first.stop()
    again = embedded.start(data_dir, valkey=False)
    assert execute(again.database_url, "SELECT count(*) FROM committed") == 0
    again.stop()


def test_a_busy_backend_that_outlives_its_killed_postmaster_is_ended(data_dir: Path) -> None:
    first = embedded.start(data_dir, valkey=False)
    postmaster = survivor(data_dir / "postgres" / "postmaster.pid", data_dir / "postgres")
    assert postmaster is not None

    async def kill_under_load() -> psutil.Process:
        connection = await asyncpg.connect(first.database_url)
        backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        busy = asyncio.create_task(
            connection.execute("SELECT sum(n) FROM generate_series(1, 1e9) n")
        )
        while backend.cpu_times().user < 0.05:
            await asyncio.sleep(0.01)
        postmaster.kill()
        busy.cancel()
        connection.terminate()
        await asyncio.gather(busy, return_exceptions=True)
        return backend

    backend = asyncio.run(kill_under_load())
    first.stop()
    assert runs(backend)
    embedded.start(data_dir, valkey=False).stop()
    assert not runs(backend)


def test_a_pid_that_now_is_another_process_is_no_obstacle(data_dir: Path) -> None:
    """After a reboot the number in the pid file may belong to anybody: here, to this test."""
    pid_file = data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{data_dir}/postgres\n")
    again = embedded.start(data_dir, valkey=False)
    again.stop()
    assert psutil.pid_exists(os.getpid())


def test_a_second_server_reports_the_first(data_dir: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(EmbeddedError, match=f"process {holder.pid}"):
        embedded.start(data_dir)
    holder.send_signal(signal.SIGKILL)
    holder.wait()


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(EmbeddedError, match="holds other things"):
        embedded.start(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(EmbeddedError, match="is not a directory"):
        embedded.start(tmp_path / "data")


@pytest.mark.parametrize(
    ("version", "words"), [(None, "not a PostgreSQL data directory"), ("15\n", "by PostgreSQL 15")]
)
def test_a_foreign_database_is_not_touched(tmp_path: Path, version: str | None, words: str) -> None:
    (tmp_path / embedded.LOCK).touch()
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "base").touch()
    if version:
        (tmp_path / "postgres" / "PG_VERSION").write_text(version)
    with pytest.raises(EmbeddedError, match=words):
        embedded.start(tmp_path, valkey=False)


def test_a_corrupt_database_is_one_sentence(data_dir: Path) -> None:
    embedded.start(data_dir, valkey=False).stop()
    control = data_dir / "postgres" / "global" / "pg_control"
    whole = control.read_bytes()
    control.write_bytes(b"\0" * len(whole))
    with pytest.raises(EmbeddedError, match="could not start") as caught:
        embedded.start(data_dir, valkey=False)
    control.write_bytes(whole)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the stores to another user")
def test_no_other_process_of_their_user_reaches_the_stores(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.is_relative_to("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o111)
    running = embedded.start(tmp_path / "data")
    try:
        sockets = (tmp_path / "data" / "run").readlink()
        for path in (sockets, sockets / ".s.PGSQL.5432", tmp_path / "data" / "postgres" / "base"):
            assert path.exists()
            command = [
                "setpriv",
                "--reuid=nobody",
                "--regid=nogroup",
                "--clear-groups",
                "ls",
                str(path),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            assert "Permission denied" in done.stderr, path
        assert execute(running.database_url, "SELECT 1") == 1
    finally:
        running.stop()
    assert not sockets.parent.exists()
