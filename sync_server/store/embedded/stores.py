"""The private PostgreSQL and Valkey of `make serve` and of the tests, in one directory."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync_server.store.embedded import postgres as private_postgres
from sync_server.store.embedded import process
from sync_server.store.embedded import valkey as private_valkey
from sync_server.store.embedded.process import EmbeddedError
from sync_server.store.embedded.supervision import Program

LOCK = "server.lock"
# A socket's path must fit in 108 bytes (104 on macOS), which a temporary directory's may not.
SHORT = 60
PREFIX = "tf-"


@dataclass(slots=True)
class Embedded:
    """Running stores and their URLs; a URL is empty for a part that was not requested."""

    database_url: str = ""
    redis_url: str = ""
    programs: list[Program] = field(default_factory=list, repr=False)
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)

    def stop(self) -> None:
        """Stop both, PostgreSQL with a clean checkpoint, and let the directory go."""
        self._stack.close()


def start(
    data_dir: Path, *, postgres: bool = True, valkey: bool = True, durable: bool = True
) -> Embedded:
    """Start what is asked for in `data_dir`, ending first what a killed server left behind.

    Raises EmbeddedError, one sentence, when the directory is in use, foreign or corrupt, or when
    a program does not start.
    """
    running = Embedded()
    with ExitStack() as stack:
        data_dir = stack.enter_context(claim(data_dir))
        private_valkey.end_survivor(data_dir / "valkey")
        private_postgres.end_survivors(data_dir / "postgres")
        sockets = stack.enter_context(_socket_directory(data_dir))
        if valkey:
            running.programs.append(_valkey(data_dir, sockets))
            stack.callback(running.programs[-1].stop)
            running.redis_url = private_valkey.url(sockets)
        if postgres:
            running.programs.append(_postgres(data_dir, sockets, durable=durable))
            stack.callback(running.programs[-1].stop)
            running.database_url = private_postgres.url(sockets)
        running._stack = stack.pop_all()
    return running


def running_url(data_dir: Path) -> str:
    """URL of the private database if another process runs it, else empty."""
    try:
        with (data_dir / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return ""
    except BlockingIOError:
        with suppress(OSError):
            return private_postgres.url((data_dir / "run").readlink())
    return ""


def _valkey(data_dir: Path, sockets: Path) -> Program:
    def launch() -> "subprocess.Popen[bytes]":
        return private_valkey.start(data_dir / "valkey", sockets, data_dir / "valkey.log")

    return Program("Valkey", launch, (signal.SIGTERM, signal.SIGKILL))


def _postgres(data_dir: Path, sockets: Path, *, durable: bool) -> Program:
    directory, log = data_dir / "postgres", data_dir / "postgres.log"

    def launch() -> "subprocess.Popen[bytes]":
        # Backends outlive a killed postmaster for a while.
        private_postgres.end_survivors(directory)
        return private_postgres.start(directory, sockets, log, durable=durable)

    return Program("PostgreSQL", launch, (signal.SIGINT, signal.SIGQUIT))


@contextmanager
def claim(data_dir: Path) -> Iterator[Path]:
    """The directory's absolute path, held against a second server; the lock ends with us."""
    try:
        data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        data_dir = data_dir.resolve()
        process.close_to_others(data_dir)
        if any(data_dir.iterdir()) and not (data_dir / LOCK).exists():
            raise EmbeddedError(
                f"The data directory {data_dir} holds other things: set DATA_DIR to an empty one."
            )
        descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileExistsError:
        raise EmbeddedError(f"The data directory {data_dir} is not a directory.") from None
    except OSError as error:
        raise EmbeddedError(
            f"The data directory {data_dir} cannot be used: {error.strerror}."
        ) from None
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(
                f"Another server (process {lock.read().strip()}) is using {data_dir}."
            ) from None
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield data_dir


@contextmanager
def _socket_directory(data_dir: Path) -> Iterator[Path]:
    """A new short-named directory that only the children and root may enter.

    Other processes of the children's user stand before its parent. `run` in the data directory
    points to it: for people with psql, and for the next start to remove when this one is killed.
    """
    link = data_dir / "run"
    if link.is_symlink():
        left = link.readlink()
        if left.parent.name.startswith(PREFIX):
            shutil.rmtree(left.parent, ignore_errors=True)
        link.unlink()
    parent = tempfile.gettempdir()
    short = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent if len(parent) < SHORT else "/tmp"))
    process.close_to_others(short)
    sockets = short / "s"
    sockets.mkdir(mode=0o700)
    process.own(sockets)
    link.symlink_to(sockets)
    try:
        yield sockets
    finally:
        link.unlink(missing_ok=True)
        shutil.rmtree(short, ignore_errors=True)
