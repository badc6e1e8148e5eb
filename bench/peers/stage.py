"""Stage of a peer: its packages, its database beside the server's, its process."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg

from bench.stage import ROOT, NotStarted, Stage

HOME = ROOT / ".peers"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
START_S = 120.0


def install() -> Path:
    """The Python of the peers' environment, which is made the first time."""
    python = HOME / "bin" / "python"
    done = HOME / "requirements.txt"
    if not done.exists() or done.read_text() != REQUIREMENTS.read_text():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent))
        venv.create(HOME, with_pip=uv is None)
        pip: list[str | Path] = [python, "-m", "pip", "install"]
        if uv:
            pip = [uv, "pip", "install", "--python", python]
        subprocess.run([*pip, "-q", "-r", str(REQUIREMENTS)], check=True)
        done.write_text(REQUIREMENTS.read_text())
    return python


@contextmanager
def fastapi_beside(staged: Stage) -> Iterator[Stage]:
    """The FastAPI server on a database of the same PostgreSQL."""
    python = install()
    asyncio.run(_create_database(staged.database_url))
    parts = staged.database_url.partition("?")
    url = f"{parts[0].rpartition('/')[0]}/peer?{parts[2]}"
    port = _free_port()
    command = [
        str(python), "-m", "uvicorn", "bench.peers.fastapi_server:app", "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error",
    ]  # fmt: skip
    environment = os.environ | {
        "PEER_DATABASE_URL": url.replace("postgresql://", "postgresql+asyncpg://"),
        "PYTHONPATH": str(ROOT),
    }
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sys.stderr)
    base_url = f"http://127.0.0.1:{port}"
    try:
        _wait(port, server)
        yield replace(
            staged,
            base_url=base_url,
            database_url=url,
            pids=replace(staged.pids, server=server.pid),
        )
    finally:
        server.terminate()
        server.wait(START_S)


async def _create_database(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE DATABASE peer")
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the peer listens, which uvicorn does once it can answer."""
    ends = time.monotonic() + START_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise NotStarted("The peer did not start.")
