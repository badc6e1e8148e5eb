"""Making a backup: one snapshot of the database, with the uploads and the secret keys."""

import asyncio
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import asyncpg
import msgspec

from sync_server import __version__
from sync_server.backup import archive, programs
from sync_server.backup.archive import ArchiveWriter
from sync_server.backup.bucket import S3Object
from sync_server.backup.encryption import encrypted
from sync_server.backup.errors import BackupError
from sync_server.backup.manifest import Manifest, connect, read_tables
from sync_server.config.settings import Config
from sync_server.store.files.interface import NoSuchFile
from sync_server.store.files.registry import open_file_store
from sync_server.store.postgres import Connection

UPLOADS = "SELECT file FROM ocr_jobs WHERE file IS NOT NULL ORDER BY file"
REVISION = "SELECT version_num FROM alembic_version"

Progress = Callable[[str, int, int], None]
"""Receives the part that is worked on, and how much of how much is done; 0: unknown."""


def no_progress(_part: str, _done: int, _total: int) -> None:
    """Progress that is not shown."""


async def create_backup(
    config: Config, output: BinaryIO, progress: Progress = no_progress
) -> Manifest:
    """Write the archive of everything that `config` names; the server may run meanwhile.

    Raises BackupError, OSError or FileStoreUnavailable.
    """
    writer = ArchiveWriter(output)
    connection = await connect(config.stores.owner_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            progress("counting rows", 0, 0)
            manifest = await _read_manifest(connection)
            await asyncio.to_thread(writer.add, archive.MANIFEST, msgspec.json.encode(manifest))
            await _add_database(config, connection, manifest, writer, progress)
            names = [row["file"] for row in await connection.fetch(UPLOADS)]
    except asyncpg.PostgresError as error:
        raise BackupError(f"The database cannot be read: {error}.") from None
    finally:
        await connection.close()
    await _add_uploads(config, names, writer, progress)
    if config.auth.secret_keys:
        writer.add(archive.KEYS, _keys_text(config).encode())
    await asyncio.to_thread(writer.close)
    return manifest


@contextmanager
def backup_file(path: Path, recipient: str) -> Iterator[BinaryIO]:
    """A new file that only its owner may read; it is there under its name when it is complete."""
    unfinished = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with encrypted_if(file, recipient) as output:
                yield output
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def backup_object(target: S3Object, recipient: str) -> Iterator[BinaryIO]:
    """A new object of a bucket; it is there when it is complete."""
    with target.written() as object, encrypted_if(object, recipient) as output:
        yield output


@contextmanager
def encrypted_if(output: BinaryIO, recipient: str) -> Iterator[BinaryIO]:
    """The stream itself, or one that encrypts for the recipient."""
    if not recipient:
        yield output
        return
    with encrypted(output, recipient) as sink:
        yield sink


async def _read_manifest(connection: Connection) -> Manifest:
    return Manifest(
        created_at=datetime.now(UTC),
        server_version=__version__,
        revision=str(await connection.fetchval(REVISION)),
        postgres_version=int(await connection.fetchval("SHOW server_version_num")),
        tables=await read_tables(connection),
    )


async def _add_database(
    config: Config,
    connection: Connection,
    manifest: Manifest,
    writer: ArchiveWriter,
    progress: Progress,
) -> None:
    """Add the database as of the connection's snapshot, which pg_dump shares."""
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    written, number = 0, 0
    async for part in programs.dump(config.stores.owner_url, manifest.postgres_version, snapshot):
        await asyncio.to_thread(writer.add, f"{archive.DATABASE}{number:06}", part)
        written, number = written + len(part), number + 1
        progress("database", written, 0)


async def _add_uploads(
    config: Config, names: list[str], writer: ArchiveWriter, progress: Progress
) -> None:
    async with open_file_store(config) as files:
        for number, name in enumerate(names, 1):
            try:
                content = await files.get(name)
            except NoSuchFile:
                continue  # its job ended after the snapshot
            await asyncio.to_thread(writer.add, archive.UPLOADS + name, content)
            progress("uploads", number, len(names))


def _keys_text(config: Config) -> str:
    """The keys in the form of SECRET_KEYS."""
    return ",".join(
        f"{kid}:{urlsafe_b64encode(key).decode().rstrip('=')}"
        for kid, key in config.auth.secret_keys.items()
    )
