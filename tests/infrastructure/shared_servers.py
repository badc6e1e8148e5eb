"""The one PostgreSQL and Valkey of a test run, and the database of each of its workers.

The first worker that needs them starts this module as a process of its own, which outlives no run:
it waits for the run's first process to end, however that ends, then stops the pair.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import psutil

from sync_server.store.embedded import stores as embedded
from sync_server.store.migrate import migrate
from sync_server.store.roles import Role, as_role

ROOT = Path(__file__).resolve().parents[2]
RUN = "TRACKFORGE_TEST_RUN"


@dataclass(frozen=True, slots=True)
class Pair:
    """URLs of the run's servers, and the migrated template of the workers' databases.

    `database_url` names the owner; the servers under test connect as the application.
    """

    database_url: str
    redis_url: str
    template: str


def shared_pair(run: Path) -> Pair:
    """The run's pair, started and migrated by whichever worker asks first."""
    with _alone(run):
        note = run / "pair.json"
        if not note.exists():
            database_url = os.environ.get("TEST_DATABASE_URL", "")
            redis_url = os.environ.get("TEST_REDIS_URL", "")
            if not (database_url and redis_url):
                started = _start(run)
                database_url = database_url or started.database_url
                redis_url = redis_url or started.redis_url
            template = f"trackforge_test_{os.urandom(4).hex()}"
            asyncio.run(create_database(database_url, template))
            application = Role.of(as_role(database_url))
            asyncio.run(migrate(with_database(database_url, template), application))
            note.write_text(json.dumps([database_url, redis_url, template]))
        return Pair(*json.loads(note.read_text()))


def end(run: Path) -> None:
    """Drop the template and stop the servers; called by the run's first process at its end."""
    if (run / "pair.json").exists() and not (run / "supervisor.pid").exists():
        pair = shared_pair(run)
        asyncio.run(drop_database(pair.database_url, pair.template))
    if (run / "supervisor.pid").exists():
        try:
            supervisor = psutil.Process(int((run / "supervisor.pid").read_text()))
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(timeout=30)
        except psutil.NoSuchProcess:
            pass
    shutil.rmtree(run, ignore_errors=True)


async def create_database(url: str, name: str, template: str = "template1") -> None:
    """A new database on the server of `url`, a copy of another."""
    for tries_left in (2, 1, 0):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            return
        except asyncpg.ConnectionDoesNotExistError:
            # A test that ends all connections of its own database may meet this one.
            if not tries_left:
                raise
        finally:
            await connection.close()


async def drop_database(url: str, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def with_database(url: str, name: str) -> str:
    """The same PostgreSQL, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_number(url: str, number: int) -> str:
    """The same Valkey, another database; in redis-py the query wins over the path."""
    place, _, query = url.partition("?")
    return f"{place}?{urlencode(dict(parse_qsl(query)) | {'db': str(number)})}"


@contextmanager
def _alone(run: Path) -> Iterator[None]:
    with (run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(run: Path) -> embedded.Embedded:
    with (run / "supervisor.log").open("wb") as log:
        supervisor = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.infrastructure.shared_servers",
                str(run),
                os.environ["TEST_CONTROLLER"],
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert supervisor.stdout is not None
    with supervisor.stdout:
        answer = supervisor.stdout.readline()
    if not answer:
        raise RuntimeError((run / "supervisor.log").read_text())
    (run / "supervisor.pid").write_text(str(supervisor.pid))
    # The process is the run's, not this worker's: nobody here waits for it.
    supervisor.returncode = 0
    return embedded.Embedded(*json.loads(answer))


def supervise(run: Path, controller: int) -> None:
    """Hold the pair until the run's first process has ended or says so."""
    watched = psutil.Process(controller)
    pair = embedded.start(run / "data", durable=False)
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(json.dumps([pair.database_url, pair.redis_url]), flush=True)
        watched.wait()
    finally:
        pair.stop()
        shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    supervise(Path(sys.argv[1]), int(sys.argv[2]))
