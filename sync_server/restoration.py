"""Restoration of a backup: database, uploads and keys in their places, then new epochs."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sync_server import boot
from sync_server.backup import archive
from sync_server.backup.create import Progress
from sync_server.backup.epoch import begin_epochs, empty_cache
from sync_server.backup.errors import BackupError
from sync_server.backup.manifest import Manifest
from sync_server.backup.restore import Place, restore_database
from sync_server.config.settings import Config
from sync_server.store.embedded import stores as embedded
from sync_server.store.files.interface import FileStore, FileStoreUnavailable
from sync_server.store.files.registry import open_file_store
from sync_server.store.roles import as_role

KEYS = "secret_keys"
RESTORED_KEYS = "restored_secret_keys"


@dataclass
class Restored:
    """Result of a restoration."""

    manifest: Manifest
    users: int
    uploads: int
    notes: list[str] = field(default_factory=list)


async def restore_into(
    config: Config, place: Place, key_file: Path | None, progress: Progress
) -> Restored:
    """Restore into the empty database of `config`; raises BackupError, BootError, EmbeddedError.

    The keys go to a file of DATA_DIR: they are needed as SECRET_KEYS.
    """
    if config.stores.redis_url:
        empty_cache(config.stores.redis_url)
    with embedded.claim(config.stores.data_dir) as data_dir:
        done, keys = await _restore(config, place, key_file, progress)
        if keys:
            _write(data_dir / RESTORED_KEYS, keys)
            done.notes.append(f"set SECRET_KEYS to the content of {data_dir / RESTORED_KEYS}")
    if not config.stores.redis_url:
        done.notes.append("empty the Valkey of the servers that use this database")
    return done


async def restore_privately(
    config: Config, place: Place, key_file: Path | None, progress: Progress, *, replacing: bool
) -> Restored:
    """Restore as the private database of DATA_DIR, moving another one aside if `replacing`.

    After a failure the other one is back in its place.
    """
    with embedded.claim(config.stores.data_dir) as data_dir:
        if (data_dir / "postgres").exists() and not replacing:
            raise BackupError(
                f"{data_dir} has a database already: --replace moves it aside,"
                " or set DATA_DIR to another directory."
            )
    with _moved_aside(data_dir) as notes:
        private = await asyncio.to_thread(embedded.start, data_dir)
        try:
            ready = config.changed(
                database_url=as_role(private.database_url),
                migration_database_url=private.database_url,
                redis_url=private.redis_url,
            )
            done, keys = await _restore(ready, place, key_file, progress)
            if keys:
                _write(data_dir / KEYS, keys)
        finally:
            await asyncio.to_thread(private.stop)
    done.notes += notes
    return done


async def _restore(
    config: Config, place: Place, key_file: Path | None, progress: Progress
) -> tuple[Restored, bytes]:
    """The result, and the keys of the backup."""
    keys, uploads = b"", 0

    async def keep(name: str, content: bytes) -> None:
        nonlocal keys, uploads
        if name == archive.KEYS:
            keys = content
        elif name.startswith(archive.UPLOADS):
            await _put(files, name.removeprefix(archive.UPLOADS), content)
            uploads += 1

    async with open_file_store(config) as files:
        manifest = await restore_database(place, key_file, config.stores.owner_url, keep, progress)
    await boot.prepare(config)
    users = await begin_epochs(config, progress=progress)
    return Restored(manifest, users, uploads), keys


async def _put(files: FileStore, name: str, content: bytes) -> None:
    try:
        await files.put(name, content)
    except FileStoreUnavailable as error:
        raise BackupError(f"An upload cannot be stored: {error}.") from None


@contextmanager
def _moved_aside(data_dir: Path) -> Iterator[list[str]]:
    """The database and the keys of the directory under other names; back again on an error."""
    suffix = f".before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    moved = [data_dir / name for name in ("postgres", KEYS) if (data_dir / name).exists()]
    for path in moved:
        path.rename(path.with_name(path.name + suffix))
    try:
        yield [f"moved aside: {path}{suffix}" for path in moved]
    except BaseException:
        shutil.rmtree(data_dir / "postgres", ignore_errors=True)
        (data_dir / KEYS).unlink(missing_ok=True)
        for path in moved:
            path.with_name(path.name + suffix).rename(path)
        raise


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.strip() + b"\n")
