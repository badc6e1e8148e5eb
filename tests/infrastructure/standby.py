"""A private PostgreSQL with a streaming standby, whose replay can be paused."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from sync_server.store.embedded import postgres, process, stores


@dataclass(slots=True)
class Standby:
    """A copy of a primary that follows it."""

    primary_url: str
    directory: Path
    sockets: Path
    child: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """URL of the copy, as the owner of the tables."""
        return postgres.url(self.sockets)

    def copy(self) -> None:
        """Copy the primary, with a note where to follow it."""
        programs = postgres.binaries()
        command = [str(programs / "pg_basebackup"), "-D", str(self.directory), "-d"]
        command += [self.primary_url, "--checkpoint=fast", "--write-recovery-conf", "--no-sync"]
        command = process.unprivileged(command, self.directory, programs)
        subprocess.run(command, check=True, capture_output=True, env=process.environment())

    def start(self) -> None:
        """Start it; it follows the primary from where it was."""
        log = self.sockets / "standby.log"
        self.child = postgres.start(self.directory, self.sockets, log, durable=False)

    def kill(self) -> None:
        """End it at once."""
        if self.child is not None:
            process.stop(self.child, signal.SIGQUIT, signal.SIGKILL)
            self.child = None

    async def pause(self) -> None:
        """Stop the replay: what is committed from now on is not seen here."""
        await _execute(self.url, "SELECT pg_wal_replay_pause()")
        while await _execute(self.url, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            await asyncio.sleep(0.01)

    async def resume(self) -> None:
        """Replay what is missing; returns when it is all here."""
        written = await _execute(self.primary_url, "SELECT pg_current_wal_lsn()::text")
        await _execute(self.url, "SELECT pg_wal_replay_resume()")
        while not await _execute(
            self.url, f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"
        ):
            await asyncio.sleep(0.01)


@contextmanager
def followed() -> Iterator[Standby]:
    """A new primary with a standby."""
    with tempfile.TemporaryDirectory(prefix="tf-standby-") as name:
        root = Path(name)
        process.own(root)
        primary = stores.start(root / "primary", valkey=False, durable=False)
        standby = Standby(primary.database_url, root / "standby", root)
        try:
            standby.copy()
            standby.start()
            yield standby
        finally:
            standby.kill()
            primary.stop()
            shutil.rmtree(standby.directory, ignore_errors=True)


async def _execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
