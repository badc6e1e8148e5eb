"""Daily backups of a private database; the last seven are retained."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog

from sync_server.backup.create import backup_file, create_backup
from sync_server.backup.errors import BackupError
from sync_server.config.settings import Config
from sync_server.store.files.interface import FileStoreUnavailable

PREFIX, SUFFIX = "trackforge-", ".backup"
CHECK_S = 60.0
log = structlog.get_logger(__name__)


def file_name(now: datetime) -> str:
    """Name of a backup made at a time; names sort by time."""
    return f"{PREFIX}{now:%Y%m%dT%H%M%SZ}{SUFFIX}"


async def back_up_daily(config: Config) -> None:
    """Make a backup whenever the newest one is older than the interval, until cancelled.

    A failure is logged, and tried again a minute later.
    """
    folder = config.stores.data_dir / "backups"
    while config.backups.backup_interval_hours:
        await asyncio.sleep(CHECK_S)
        if await asyncio.to_thread(_is_due, folder, config.backups.backup_interval_hours):
            await back_up(config, folder)


async def back_up(config: Config, folder: Path) -> None:
    """Make one backup in the folder and delete those beyond `backup_keep`; failures are logged."""
    path = folder / file_name(datetime.now(UTC))
    started = time.monotonic()
    try:
        await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
        with backup_file(path, config.backups.backup_recipient) as output:
            await create_backup(config, output)
        for old in backups(folder)[: -config.backups.backup_keep]:
            old.unlink()
    except (BackupError, FileStoreUnavailable, OSError) as error:
        log.error("backup failed", reason=str(error))
        return
    seconds = round(time.monotonic() - started, 1)
    log.info("backup", path=str(path), bytes=path.stat().st_size, seconds=seconds)


def backups(folder: Path) -> list[Path]:
    """The backups of a folder, the oldest first."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))


def _is_due(folder: Path, interval_hours: int) -> bool:
    newest = backups(folder)[-1:]
    return not newest or time.time() - newest[0].stat().st_mtime >= interval_hours * 3600
