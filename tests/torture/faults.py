"""The faults of the parts: each a small coroutine with a docstring, in this one list.

To add one: write `async def name(scene, chance)` that causes the fault and returns when it is
over, and put `@fault` above it. Whatever must be undone is undone in a `finally`. The rounds then
choose it as often as the others; how long the servers need afterwards is measured outside.
A fault that this machine does not allow raises `NotHere` with the reason.
"""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import asyncpg
import psutil
from redis import Redis
from redis.exceptions import RedisError

from sync_server.backup.epoch import begin_epochs
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import create_pool
from tests.support.rollback import Backup
from tests.torture.network import Network
from tests.torture.people import Person, Unreachable, request
from tests.torture.stack import Stack

SECOND, HOUR, YEAR = 10**6, 3600 * 10**6, 365 * 86400 * 10**6
CLOCK_ERRORS = [
    90 * SECOND, -90 * SECOND, HOUR, -HOUR, 40 * SECOND, -40 * SECOND, 3 * YEAR, -3 * YEAR
]  # fmt: skip
INTERRUPTED = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Errors of a connection that another fault ends."""


class NotHere(Exception):
    """The fault cannot be caused on this machine; the text says why."""


@dataclass
class Scene:
    """The parts that a fault may touch, and what it did that the oracle must know."""

    stack: Stack
    network: Network
    people: list[Person]
    purged: bool = False
    restored: bool = False
    to_restart: set[str] = field(default_factory=set)


class Fault(Protocol):
    """The cause of a fault."""

    __name__: str

    def __call__(self, scene: Scene, chance: random.Random) -> Awaitable[None]: ...


FAULTS: dict[str, Fault] = {}


def fault(cause: Fault) -> Fault:
    """Add a fault to the list; its name is that of the function."""
    FAULTS[cause.__name__] = cause
    return cause


@fault
async def server_killed(scene: Scene, chance: random.Random) -> None:
    """SIGKILL of a server process, which is started again."""
    server = chance.choice(scene.stack.servers)
    await server.end(signal.SIGKILL)
    scene.stack.start(server)


@fault
async def server_restarted(scene: Scene, chance: random.Random) -> None:
    """SIGTERM of a server process, which finishes its requests and is started again."""
    server = chance.choice(scene.stack.servers)
    await server.end(signal.SIGTERM)
    scene.stack.start(server)


@fault
async def server_frozen(scene: Scene, chance: random.Random) -> None:
    """SIGSTOP of a server process for a while."""
    server = chance.choice(scene.stack.servers)
    server.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(chance.uniform(0.2, 2.5))
    finally:
        server.send(signal.SIGCONT)


@fault
async def postmaster_killed(scene: Scene, chance: random.Random) -> None:  # noqa: ARG001
    """SIGKILL of PostgreSQL's postmaster; its supervisor starts it again."""
    child = scene.stack.postgres.child
    child.kill()
    await _until(lambda: scene.stack.postgres.child is not child)


@fault
async def backend_killed(scene: Scene, chance: random.Random) -> None:
    """SIGKILL of one backend, after which PostgreSQL ends all of them and recovers."""
    processes = scene.stack.processes(scene.stack.postgres)[1:]
    backends = [it for it in processes if _is_client(it)]
    if backends:
        with suppress(psutil.NoSuchProcess):
            chance.choice(backends).kill()


@fault
async def postgres_frozen(scene: Scene, chance: random.Random) -> None:
    """SIGSTOP of every process of PostgreSQL for a while."""
    processes = scene.stack.processes(scene.stack.postgres)
    await _frozen(processes, chance.uniform(0.2, 2.5))


@fault
async def connections_terminated(scene: Scene, chance: random.Random) -> None:
    """pg_terminate_backend of all connections of the servers, a few times."""
    for _ in range(chance.randrange(1, 5)):
        with suppress(*INTERRUPTED):
            async with scene.stack.owner() as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                )
        await asyncio.sleep(chance.uniform(0, 0.3))


@fault
async def row_locked(scene: Scene, chance: random.Random) -> None:
    """The row that all pushes of a user lock is held for some seconds."""
    user = chance.choice(scene.people).id
    async with scene.stack.owner() as connection, connection.transaction():
        await connection.execute("SELECT FROM heads WHERE user_id = $1 FOR UPDATE", user)
        await asyncio.sleep(chance.uniform(0.5, 4))


@fault
async def disk_full(scene: Scene, chance: random.Random) -> None:
    """The disk of the stores is full for some seconds."""
    if not scene.stack.disk.is_small:
        raise NotHere("a tmpfs of its own cannot be mounted; run as root")
    try:
        await asyncio.to_thread(scene.stack.disk.fill)
        await asyncio.sleep(chance.uniform(0.5, 2.5))
    finally:
        scene.stack.disk.release()


@fault
async def valkey_killed(scene: Scene, chance: random.Random) -> None:  # noqa: ARG001
    """SIGKILL of Valkey; its supervisor starts it again, empty."""
    child = scene.stack.valkey.child
    child.kill()
    await _until(lambda: scene.stack.valkey.child is not child)


@fault
async def valkey_frozen(scene: Scene, chance: random.Random) -> None:
    """SIGSTOP of Valkey for a while."""
    await _frozen(scene.stack.processes(scene.stack.valkey), chance.uniform(0.2, 3))


@fault
async def valkey_flushed(scene: Scene, chance: random.Random) -> None:  # noqa: ARG001
    """FLUSHALL: every stored answer, session and rate of Valkey is gone."""
    with suppress(RedisError), Redis.from_url(scene.stack.running.redis_url) as cache:
        await asyncio.to_thread(cache.flushall)


@fault
async def server_clock_wrong(scene: Scene, chance: random.Random) -> None:
    """The clock of one server, or of both, is off by seconds to years, then right again."""
    servers = chance.choice([scene.stack.servers, scene.stack.servers[:1]])
    offset_us = chance.choice(CLOCK_ERRORS)
    try:
        for server in servers:
            server.set_clock(offset_us)
        await asyncio.sleep(chance.uniform(0.3, 2.5))
    finally:
        for server in servers:
            server.set_clock(0)


@fault
async def device_clock_jumps(scene: Scene, chance: random.Random) -> None:
    """The clock of a device is set, by seconds to years, and some time later set right."""
    device = chance.choice([it for person in scene.people for it in person.devices])
    device.offset_us = chance.choice(CLOCK_ERRORS)
    await asyncio.sleep(chance.uniform(0.3, 2))
    if chance.random() < 0.5:
        device.offset_us = 0


@fault
async def cleanup_runs(scene: Scene, chance: random.Random) -> None:
    """The clean-up of both servers runs, over and over."""
    async with await create_pool(scene.stack.config) as pool:
        for _ in range(chance.randrange(1, 6)):
            await cleanup(pool, scene.stack.config, datetime.now(UTC))
            await asyncio.sleep(chance.uniform(0, 0.3))


@fault
async def tombstones_purged(scene: Scene, chance: random.Random) -> None:
    """All tombstones are half a year old, and purged: devices must pull from the beginning."""
    scene.purged = True
    user = chance.choice(scene.people).id
    async with scene.stack.owner() as connection:
        await connection.execute(
            "UPDATE records SET changed_at = now() - interval '200 days'"
            " WHERE user_id = $1 AND deleted",
            user,
        )
    async with await create_pool(scene.stack.config) as pool:
        await cleanup(pool, scene.stack.config, datetime.now(UTC))


@fault
async def backup_restored(scene: Scene, chance: random.Random) -> None:
    """The servers end and a user is put back to a backup; devices have what it lacks."""
    scene.restored = True
    config, user = scene.stack.config, chance.choice(scene.people).id
    owner = config.changed(database_url=config.stores.owner_url)
    async with await create_pool(owner) as pool:
        backup = await Backup.make(pool, user)
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        async with scene.stack.closed():
            await backup.restore(pool)
            await begin_epochs(config, [user])
            await valkey_flushed(scene, chance)


@fault
async def session_ended(scene: Scene, chance: random.Random) -> None:
    """A device's session is ended elsewhere; the device must log in again."""
    person = chance.choice(scene.people)
    tokens = {it.token for it in scene.network.exchanges if it.user == person.id and it.key}
    server = chance.choice(scene.stack.servers)
    for token in chance.sample(sorted(tokens), min(1, len(tokens))):
        with suppress(Unreachable):
            status, _, _ = await request(server.base_url, "POST", "/auth/logout", {}, token)
            if status == 204:
                person.revoked.append((asyncio.get_running_loop().time(), token))


@fault
async def device_restarted(scene: Scene, chance: random.Random) -> None:
    """A device loses what it has in memory, between two syncs."""
    device = chance.choice([it for person in scene.people for it in person.devices])
    scene.to_restart.add(device.name)


@fault
async def network_gone(scene: Scene, chance: random.Random) -> None:
    """Nobody reaches a server for a while."""
    scene.network.is_cut = True
    try:
        await asyncio.sleep(chance.uniform(0.2, 2))
    finally:
        scene.network.is_cut = False


async def _frozen(processes: list[psutil.Process], seconds: float) -> None:
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        await asyncio.sleep(seconds)
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


async def _until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0.02)


def _is_client(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "trackforge" in " ".join(process.cmdline())
    return False
