"""Reading a backup: check it, put it into an empty database, compare."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO

import asyncpg

from sync_server.backup import archive
from sync_server.backup.archive import read_archive
from sync_server.backup.bucket import S3Object
from sync_server.backup.create import Progress, no_progress
from sync_server.backup.encryption import decrypted
from sync_server.backup.errors import BackupError
from sync_server.backup.manifest import Manifest, compare, connect, parse_manifest, read_tables
from sync_server.backup.programs import RestoreScript
from sync_server.store.embedded import stores as embedded

IS_EMPTY = """
SELECT NOT EXISTS (
  SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v'))
"""
Place = Path | S3Object
"""A backup's file or object."""

OtherMember = Callable[[str, bytes], Awaitable[None]]


@contextmanager
def open_backup(place: Place, key_file: Path | None, progress: Progress) -> Iterator[BinaryIO]:
    """The archive of a backup; progress is by its bytes. Raises BackupError if it is unreadable."""
    try:
        with (
            _read(place) if isinstance(place, Path) else place.read() as (source, total),
            _Watched(source, total, progress) as watched,
            decrypted(watched, key_file) as plain,
        ):
            yield plain
    except OSError as error:
        raise BackupError(f"{place} cannot be read: {error.strerror or error}.") from error


@contextmanager
def _read(path: Path) -> Iterator[tuple[RawIOBase, int]]:
    """The bytes of a file and their number."""
    with path.open("rb", buffering=0) as file:
        yield file, path.stat().st_size


class _Watched(BufferedReader):
    """A stream that reports how much of it is read."""

    def __init__(self, source: RawIOBase, total: int, progress: Progress) -> None:
        super().__init__(source)
        self._done, self._total, self._progress = 0, total, progress

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes."""
        content = super().read(size)
        self._done += len(content)
        self._progress("reading", self._done, self._total)
        return content


def check_backup(
    place: Place, key_file: Path | None, progress: Progress = no_progress
) -> tuple[Manifest, int]:
    """Read the whole backup; the manifest and the number of uploads.

    Raises BackupError when it is damaged.
    """
    manifest: Manifest | None = None
    uploads = 0
    with open_backup(place, key_file, progress) as source:
        for name, content in read_archive(source):
            if name == archive.MANIFEST:
                manifest = parse_manifest(content)
            uploads += name.startswith(archive.UPLOADS)
    if manifest is None:
        raise BackupError("The backup is incomplete: it has no manifest.")
    return manifest, uploads


async def restore_database(
    place: Place,
    key_file: Path | None,
    url: str,
    other_member: OtherMember | None = None,
    progress: Progress = no_progress,
) -> Manifest:
    """Put a checked backup's database into an empty one, all or nothing, and compare the rows.

    `other_member` receives the uploads and the secret keys. Raises BackupError.
    """
    manifest, _ = await asyncio.to_thread(check_backup, place, key_file, progress)
    await _require_empty(url)
    script = await RestoreScript.start(url)
    try:
        with open_backup(place, key_file, progress) as source:
            members = read_archive(source)
            while member := await asyncio.to_thread(next, members, None):
                name, content = member
                if name.startswith(archive.DATABASE):
                    await script.feed(content)
                elif other_member and name != archive.MANIFEST:
                    await other_member(name, content)
        await script.finish()
    finally:
        await script.close()
    progress("comparing rows", 0, 0)
    connection = await connect(url)
    try:
        compare(manifest.tables, await read_tables(connection))
    finally:
        await connection.close()
    return manifest


async def verify_backup(
    place: Place, key_file: Path | None, progress: Progress = no_progress
) -> tuple[Manifest, int]:
    """Restore a backup into a private database that is thrown away, and compare every table.

    Raises BackupError or EmbeddedError.
    """
    uploads = 0

    async def count(name: str, _content: bytes) -> None:
        nonlocal uploads
        uploads += name.startswith(archive.UPLOADS)

    with tempfile.TemporaryDirectory(prefix="tf-verify-") as directory:
        private = await asyncio.to_thread(
            embedded.start, Path(directory) / "data", valkey=False, durable=False
        )
        try:
            manifest = await restore_database(
                place, key_file, private.database_url, count, progress
            )
        finally:
            await asyncio.to_thread(private.stop)
    return manifest, uploads


async def _require_empty(url: str) -> None:
    connection = await connect(url)
    try:
        if not await connection.fetchval(IS_EMPTY):
            raise BackupError("The database is not empty: restore into a new one.")
    except asyncpg.PostgresError as error:
        raise BackupError(f"The database cannot be used: {error}.") from None
    finally:
        await connection.close()
