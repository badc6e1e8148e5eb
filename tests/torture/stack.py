"""Everything that can fail: a private PostgreSQL and Valkey, two server processes, a small disk."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import psutil

from sync_server.config.settings import SETTINGS, Config
from sync_server.store.embedded import stores
from sync_server.store.embedded.process import EmbeddedError
from sync_server.store.embedded.supervision import Program
from sync_server.store.roles import as_role
from tests.torture.network import Target
from tests.torture.served import WIDTH

ROOT = Path(__file__).resolve().parents[2]
DISK_MIB = 640
START_TIMEOUT_S = 90.0
OWN_SETTINGS = {
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_KIB": "64",
    "OCR_PROCESSES": "0",
    "OCR_PROVIDER": "mock",
    "DRAIN_DELAY_S": "0.2",
    "DRAIN_TIMEOUT_S": "5",
    "STREAM_KEEPALIVE_S": "1",
    "LOG_LEVEL": "info",
    "WORKERS": "1",
}


class ServerProcess:
    """A server process on a port of its own, which it has again after a restart.

    `checkout` is the repository that it runs from. Another one than this has no settable clock.
    """

    def __init__(self, number: int, environment: dict[str, str], place: Path) -> None:
        self.number, self.checkout = number, ROOT
        self.port = _free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.clock = place / f"clock-{number}"
        self.clock.write_bytes(WIDTH.pack(0))
        self.log = place / f"server-{number}.log"
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, unless it runs; it is ready some seconds later."""
        if not self.has_ended:
            return
        is_here = self.checkout == ROOT
        program = ["tests.torture.served"] if is_here else ["sync_server", "serve"]
        path = f"{self.checkout}:{self.checkout / 'clients' / 'python'}"
        own = {"PORT": str(self.port), "TORTURE_CLOCK": str(self.clock), "PYTHONPATH": path}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *program],
                cwd=self.checkout,
                env=self._environment | own,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Exit status after a signal; a process that does not end within 30 s is killed."""
        process = self.process  # which another fault may replace meanwhile
        if process is None:
            return 0
        self.send(number)
        self.send(signal.SIGCONT)
        for _ in range(3000):
            if (status := process.poll()) is not None:
                return status
            await asyncio.sleep(0.01)
        process.kill()
        return process.wait()

    @property
    def target(self) -> Target:
        """The place that a proxy connects to."""
        return Target.of(self.base_url)

    @property
    def has_ended(self) -> bool:
        """True if no process runs."""
        return self.process is None or self.process.poll() is not None

    def set_clock(self, offset_us: int) -> None:
        """Set how far the clock of sync is off."""
        with self.clock.open("r+b") as file:
            file.write(WIDTH.pack(offset_us))

    async def is_ready(self) -> bool:
        """True if /health/ready answers 200 with database and cache."""
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(
                    f"{self.base_url}/health/ready", timeout=aiohttp.ClientTimeout(total=5)
                ) as answer,
            ):
                return answer.status == 200 and (await answer.json())["cache"] == "up"
        except (OSError, TimeoutError, aiohttp.ClientError):
            return False


@dataclass
class Disk:
    """The disk of the stores: a tmpfs of its own where that may be mounted."""

    place: Path
    is_small: bool

    @classmethod
    def mount(cls, place: Path) -> "Disk":
        """A small disk if this user may mount one, else the folder as it is."""
        place.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0 or not shutil.which("mount"):
            return cls(place, is_small=False)
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(place)]
        return cls(place, is_small=subprocess.run(command, capture_output=True).returncode == 0)

    def unmount(self) -> None:
        """Give the memory back."""
        if self.is_small:
            subprocess.run(["umount", "-l", str(self.place)], check=False)

    def fill(self) -> None:
        """Take all room that is left."""
        block = bytes(1 << 20)
        with suppress(OSError), (self.place / "filler").open("ab", buffering=0) as file:
            while file.write(block):
                pass

    def release(self) -> None:
        """Give the room back."""
        (self.place / "filler").unlink(missing_ok=True)


class Stack:
    """The stores and the servers, and what becomes of them.

    `is_limited` is True where requests are limited as in production.
    """

    is_limited = False

    def __init__(self, place: Path, disk: Disk, running: stores.Embedded) -> None:
        self.place, self.disk, self.running = place, disk, running
        self.restarts: Counter[str] = Counter()
        environment = _environment(place, running)
        self.servers = [ServerProcess(number, environment, place) for number in (0, 1)]
        self.config = Config().changed(
            database_url=as_role(running.database_url),
            migration_database_url=running.database_url,
            redis_url=running.redis_url,
            data_dir=place / "data",
        )
        self._closed = asyncio.Lock()

    def start(self, server: ServerProcess) -> None:
        """Start a server again, unless all are down for a while."""
        if not self._closed.locked():
            server.start()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """A block in which no server runs; they are started after it."""
        try:
            async with self._closed:
                for server in self.servers:
                    await server.end(signal.SIGKILL)
                yield
        finally:
            for server in self.servers:
                self.start(server)

    @property
    def postgres(self) -> Program:
        """PostgreSQL's postmaster."""
        return next(it for it in self.running.programs if it.name == "PostgreSQL")

    @property
    def valkey(self) -> Program:
        """Valkey."""
        return next(it for it in self.running.programs if it.name == "Valkey")

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection as the owner of the tables."""
        connection = await asyncpg.connect(self.running.database_url, timeout=10)
        try:
            yield connection
        finally:
            connection.terminate()

    def processes(self, program: Program) -> list[psutil.Process]:
        """A store's process with its children."""
        try:
            parent = psutil.Process(program.child.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    async def until_ready(self, servers: list[ServerProcess] | None = None) -> None:
        """Wait until the servers are ready; raises TimeoutError."""
        async with asyncio.timeout(START_TIMEOUT_S):
            for server in servers or self.servers:
                while not await server.is_ready():
                    if not self._closed.locked() and server.has_ended:
                        self.start(server)
                        self.restarts[f"server {server.number}"] += 1
                    await asyncio.sleep(0.05)

    async def supervise(self) -> None:
        """Start again every store that ends, as `serve` does with its own; until cancelled."""
        while True:
            await asyncio.sleep(0.05)
            for program in self.running.programs:
                if program.child.poll() is not None:
                    with suppress(EmbeddedError):
                        program.child = await asyncio.to_thread(program.launch)
                        self.restarts[program.name] += 1


@asynccontextmanager
async def running_stack(checkout: Path = ROOT) -> AsyncIterator[Stack]:
    """The whole stack, ready; everything is ended and deleted with the block."""
    place = Path(tempfile.mkdtemp(prefix="tf-torture-"))
    place.chmod(0o755)
    disk = Disk.mount(place / "disk")
    running = await asyncio.to_thread(stores.start, disk.place / "data", durable=False)
    stack = Stack(place, disk, running)
    for server in stack.servers:
        server.checkout = checkout
    supervisor = asyncio.create_task(stack.supervise())
    try:
        await _prepare(stack)
        yield stack
    finally:
        supervisor.cancel()
        await asyncio.gather(supervisor, return_exceptions=True)
        disk.release()
        for server in stack.servers:
            await server.end(signal.SIGKILL)
        _ignore(running.stop)
        disk.unmount()
        shutil.rmtree(place, ignore_errors=True)


async def _prepare(stack: Stack) -> None:
    async with stack.owner() as connection:
        # So that PostgreSQL's log of changes fits on the small disk.
        await connection.execute("ALTER SYSTEM SET max_wal_size = '96MB'")
        await connection.execute("ALTER SYSTEM SET min_wal_size = '32MB'")
        await connection.execute("SELECT pg_reload_conf()")
    first, *others = stack.servers
    first.start()  # which migrates
    await stack.until_ready([first])
    for server in others:
        server.start()
    await stack.until_ready()


def _environment(place: Path, running: stores.Embedded) -> dict[str, str]:
    ours = {name.upper() for name in SETTINGS}
    # Bytecode makes the start after each kill shorter.
    left_out = {*ours, "PYTHONDONTWRITEBYTECODE"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    unlimited = {name: "0" for name in ours if name.startswith("RATE_LIMIT_")}
    return inherited | unlimited | OWN_SETTINGS | {
        "DATABASE_URL": as_role(running.database_url),
        "MIGRATION_DATABASE_URL": running.database_url,
        "REDIS_URL": running.redis_url,
        "SECRET_KEYS": "torture:" + urlsafe_b64encode(os.urandom(32)).decode(),
        "DATA_DIR": str(place / "data"),
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ignore(act: Callable[[], None]) -> None:
    with suppress(EmbeddedError, psutil.Error, OSError):
        act()
