"""Server under test: as shipped, in its own process and directory."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import click
import psutil

from bench.meter import Pids
from bench.wire import Account, Line, register
from sync_server.store.embedded import postgres as private_postgres

ROOT = Path(__file__).resolve().parents[1]
SERVE = (sys.executable, "-m", "sync_server", "serve")
STOP_TIMEOUT_S = 60.0
LIMITS = (
    "RATE_LIMIT_REGISTER_IP",
    "RATE_LIMIT_LOGIN_IP",
    "RATE_LIMIT_PUSH_CHANGES",
    "RATE_LIMIT_PULL_REQUESTS",
    "RATE_LIMIT_SEARCH",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A running server, its private database, and the processes that both are."""

    base_url: str
    database_url: str
    pids: Pids

    def accounts(self, count: int) -> list[Account]:
        """New users, registered as an app would."""
        return asyncio.run(_register(self.base_url, count))


class NotStarted(click.ClickException):
    """The server ended before it answered; the text is what it said."""


@contextmanager
def stage(command: Sequence[str] = SERVE, root: Path = ROOT, **settings: str) -> Iterator[Stage]:
    """Start the server of a checkout on an empty directory and a free port; stop it, clear up."""
    with tempfile.TemporaryDirectory(prefix="tf-bench-") as home:
        data_dir = Path(home) / "data"
        environment = os.environ | {
            "OCR_PROVIDER": "mock",
            "DATA_DIR": str(data_dir),
            "PYTHONPATH": str(root),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "LOG_LEVEL": "error",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            # Limits cost what they cost, yet let one address and one user do the work of many.
            **dict.fromkeys(LIMITS, "1000000000/60"),
            **settings,
        }
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE)
        try:
            base_url = _base_url(server)
            postgres = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
            workers = _workers(server.pid) if int(settings.get("WORKERS", "1")) > 1 else ()
            pids = Pids(server.pid, postgres, _child(server.pid, "valkey"), workers)
            yield Stage(base_url, private_postgres.url(data_dir / "run"), pids)
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
            server.wait(STOP_TIMEOUT_S)


def _base_url(server: subprocess.Popen[bytes]) -> str:
    """The address that the server prints once it answers."""
    assert server.stdout is not None
    said = b""
    for line in server.stdout:
        said += line
        if found := re.search(rb"http://[\w.:]+", line):
            return found.group().decode()
    raise NotStarted(said.decode() or "The server did not start.")


def _child(parent: int, name: str) -> int:
    """The child whose program's name holds `name`."""
    for child in psutil.Process(parent).children(recursive=True):
        if name in child.name():
            return child.pid
    raise NotStarted(f"the server has no child named {name}")


def _workers(parent: int) -> tuple[int, ...]:
    """The processes of Python below the parent."""
    children = psutil.Process(parent).children(recursive=True)
    return tuple(child.pid for child in children if "python" in child.name())


async def _register(base_url: str, count: int) -> list[Account]:
    line = await Line.open(base_url)
    try:
        return [await register(line, f"{uuid4().hex}@example.com") for _ in range(count)]
    finally:
        line.close()
