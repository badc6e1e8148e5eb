"""The command line as an operator meets it: one sentence when it cannot, a clean end when told."""

import asyncio
import atexit
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from redis import Redis

from sync_server.config.settings import SETTINGS, Config
from sync_server.demo.account import EMAIL, PASSWORD
from sync_server.serve import serve as serve_until_signal
from sync_server.store.embedded import stores as embedded
from tests.infrastructure.forked_commands import ForkedCommands

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEYS = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
PATIENCE_S = 120
# A server is one process that reads no images: each core and each reader would add a process, and
# each of them takes as long to start.
SMALL = {"PORT": "0", "OCR_PROVIDER": "mock", "OCR_PROCESSES": "0", "WORKERS": "1"}


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Our environment with these settings and those of SMALL, and no others."""
    ours = {name.upper() for name in SETTINGS}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {**inherited, **SMALL, **settings}


@cache
def forked() -> ForkedCommands:
    """The process that the commands are forked from."""
    commands = ForkedCommands()
    atexit.register(commands.close)
    return commands


def fails(*arguments: str, **settings: str) -> str:
    """Error of a failing command: one line on stderr, exit status 1."""
    done = forked().run(*arguments, environment=environment(settings))
    assert done.status == 1, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return done.stderr.removeprefix("Error: ").strip()


async def run_command(config: Config, *arguments: str, input: str = "", status: int = 0) -> str:
    """Output of a command on a worker's stores; it must end with the status."""
    settings = {
        "DATABASE_URL": config.stores.database_url,
        "MIGRATION_DATABASE_URL": config.stores.owner_url,
        "REDIS_URL": config.stores.redis_url,
        "ARGON2_MEMORY_KIB": "64",
    }
    done = await asyncio.to_thread(
        partial(forked().run, *arguments, environment=environment(settings), said=input)
    )
    printed = done.stderr + done.stdout
    assert done.status == status, printed
    return printed.strip()


@dataclass
class Running:
    """A server in a process of its own."""

    process: asyncio.subprocess.Process
    url: str
    data_dir: Path

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; the exit status."""
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


async def start(data_dir: Path, *arguments: str, **settings: str) -> Running:
    """`python -m sync_server serve` on a free port, once it answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sync_server", "serve", *arguments,
        cwd=ROOT,
        env=environment({"DATA_DIR": str(data_dir)} | settings),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := re.search(r"serving +(http\S+)", said)):
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    return Running(process, found[1], data_dir)


@pytest.fixture
async def running(tmp_path: Path, config: Config) -> AsyncIterator[Running]:
    """A server on this worker's stores."""
    server = await start(
        tmp_path / "data",
        DATABASE_URL=config.stores.database_url,
        MIGRATION_DATABASE_URL=config.stores.owner_url,
        REDIS_URL=config.stores.redis_url,
        SECRET_KEYS=SECRET_KEYS,
        DRAIN_DELAY_S="1",
        ARGON2_MEMORY_KIB="64",
    )
    yield server
    if server.process.returncode is None:
        await server.stop(signal.SIGKILL)


async def test_it_serves_from_an_empty_directory_and_ends_cleanly(tmp_path: Path) -> None:
    server = await start(tmp_path / "data", "--seed", WORKERS="auto", OCR_PROCESSES="1")
    keys = server.data_dir / "secret_keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    async with aiohttp.ClientSession(server.url) as client:
        async with asyncio.timeout(PATIENCE_S):  # its processes are ready one after the other
            while (await client.get("/health/ready")).status != 200:
                await asyncio.sleep(0.05)
        account = {"email": EMAIL, "password": PASSWORD}
        page = {"Origin": "http://localhost:5173"}
        async with client.post("/api/v1/auth/login", json=account, headers=page) as answer:
            assert answer.status == 200
            assert answer.headers["Access-Control-Allow-Origin"] == page["Origin"]
    assert await server.stop(signal.SIGINT) == 0
    assert not (server.data_dir / "run").is_symlink()
    assert not (server.data_dir / "postgres" / "postmaster.pid").exists()


async def test_it_is_ready_only_after_the_seed(config: Config) -> None:
    seeding, seeded = asyncio.Event(), asyncio.Event()
    urls: list[str] = []

    async def seed(url: str) -> None:
        urls.append(url)
        seeding.set()
        await seeded.wait()

    bound = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(serve_until_signal(config, bound, seed))
    await asyncio.wait_for(seeding.wait(), 30)
    async with aiohttp.ClientSession(urls[0]) as client:
        async with client.get("/health/ready") as answer:
            assert (answer.status, (await answer.json())["status"]) == (503, "unready")
        async with client.get("/health/live") as answer:
            assert answer.status == 200
        seeded.set()
        async with asyncio.timeout(10):
            while (await client.get("/health/ready")).status != 200:
                await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_sigterm_says_unready_and_lets_requests_finish(running: Running) -> None:
    async def slow_body() -> AsyncIterator[bytes]:
        yield b'{"email": "drain@example.org", '
        started.set()
        await stopped.wait()
        yield b'"password": "a long enough password"}'

    started, stopped = asyncio.Event(), asyncio.Event()
    async with aiohttp.ClientSession(running.url) as client:
        registering = asyncio.create_task(
            client.post(
                "/api/v1/auth/register",
                data=slow_body(),
                headers={"Content-Type": "application/json"},
            )
        )
        await started.wait()
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while True:
                async with client.get("/health/ready") as answer:
                    if answer.status == 503:
                        break
        stopped.set()
        async with await registering as answer:
            assert answer.status == 201
    async with asyncio.timeout(PATIENCE_S):
        await running.process.communicate()
    assert running.process.returncode == 0


def test_bad_settings_are_all_named() -> None:
    said = fails("serve", PORT="http", PULL_MAX_LIMIT="0")
    assert said.splitlines()[1:] == [
        "PORT: Not a valid integer.",
        "PULL_MAX_LIMIT: Must be greater than or equal to 1.",
    ]


def test_a_shared_database_needs_keys_from_outside(config: Config) -> None:
    said = fails(
        "serve", DATABASE_URL=config.stores.database_url, REDIS_URL=config.stores.redis_url
    )
    assert "SECRET_KEYS" in said


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = fails("serve", PORT=str(port), DATA_DIR=str(tmp_path / "data"))
    assert said == f"Cannot listen on 127.0.0.1 port {port}: Address already in use."
    assert not (tmp_path / "data").exists()


def test_an_unreachable_database_is_one_sentence_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    said = fails(
        "migrate",
        DATABASE_URL=f"postgresql://tf:hunter2@127.0.0.1:{port}/tf",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert f"127.0.0.1:{port}/tf cannot be used" in said
    assert "hunter2" not in said
    assert "\n" not in said


@pytest.mark.parametrize("url", ["postgresql://a:b@:x/", "postgresql://127.0.0.1:port/tf"])
def test_a_database_url_that_is_none_is_one_sentence(url: str) -> None:
    assert "\n" not in fails("migrate", DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1/0")


def test_a_database_that_does_not_exist_is_one_sentence(config: Config) -> None:
    url = config.stores.owner_url.replace("/trackforge_test_", "/missing_")
    said = fails("migrate", DATABASE_URL=url, REDIS_URL=config.stores.redis_url)
    assert "does not exist" in said


def test_a_data_directory_in_use_is_one_sentence(tmp_path: Path) -> None:
    running = embedded.start(tmp_path / "data", postgres=False)
    said = fails("serve", DATA_DIR=str(tmp_path / "data"))
    running.stop()
    assert said == f"Another server (process {os.getpid()}) is using {tmp_path / 'data'}."


def test_a_foreign_data_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    assert "holds other things" in fails("serve", DATA_DIR=str(tmp_path))


def test_a_new_epoch_with_an_unreachable_cache_changes_nothing(config: Config) -> None:
    said = fails("new-epoch", DATABASE_URL=config.stores.database_url, REDIS_URL="unix:///nowhere")
    assert "nothing was changed" in said


async def test_cleanup_and_new_epoch_do_their_work(config: Config) -> None:
    connection = await asyncpg.connect(config.stores.owner_url)
    user_id = "00000000-0000-4000-8000-0000000000e9"
    await connection.execute(
        "INSERT INTO users VALUES ($1, 'epoch@example.org', '', 'user', now())", user_id
    )
    await connection.execute("INSERT INTO heads (user_id, epoch) VALUES ($1, 1)", user_id)
    with Redis.from_url(config.stores.redis_url) as cache:
        cache.set("an answer to a lost push", "200")
        # The one that runs when the server does not, in a process of its own, as cron starts it.
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "sync_server", "cleanup"],
            cwd=ROOT,
            env=environment(
                {
                    "DATABASE_URL": config.stores.database_url,
                    "REDIS_URL": config.stores.redis_url,
                }
            ),
            capture_output=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        await run_command(config, "new-epoch")
        assert cache.dbsize() == 0
    assert await connection.fetchval("SELECT epoch FROM heads WHERE user_id = $1", user_id) > 1
    await connection.close()


async def test_grant_and_import_accounts_do_their_work(config: Config, tmp_path: Path) -> None:
    hashed = "$2b$04$" + "a" * 53
    email = f"{os.urandom(4).hex()}@example.org"
    accounts = tmp_path / "accounts.ndjson"
    accounts.write_text(f'{{"email": "{email}", "password_hash": "{hashed}"}}\n')
    printed = await run_command(config, "import-accounts", str(accounts))
    assert printed == "created: 1, taken: 0, rejected: 0"
    printed = await run_command(config, "grant", email, "support")
    assert printed.splitlines()[-1] == f"{email} is support now; sessions ended: 0"
    said = await run_command(config, "grant", "nobody@example.org", "admin", status=1)
    assert said == "Error: There is no account with the e-mail nobody@example.org."


async def test_a_server_needs_no_owner_when_somebody_else_migrates(
    config: Config, tmp_path: Path
) -> None:
    server = await start(
        tmp_path / "data",
        DATABASE_URL=config.stores.database_url,
        REDIS_URL=config.stores.redis_url,
        SECRET_KEYS=SECRET_KEYS,
    )
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/health/ready") as answer:
        assert answer.status == 200
    await server.stop()
