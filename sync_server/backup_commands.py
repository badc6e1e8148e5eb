"""Commands of backups: backup, backup-key, verify, restore, new-epoch."""

import os
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from sync_server import boot
from sync_server.backup.create import backup_file, create_backup, encrypted_if
from sync_server.backup.daily import file_name
from sync_server.backup.encryption import new_key
from sync_server.backup.epoch import begin_epochs, empty_cache
from sync_server.backup.errors import BackupError
from sync_server.backup.manifest import Manifest
from sync_server.backup.progress import shown_progress
from sync_server.backup.restore import verify_backup
from sync_server.command_context import command_context
from sync_server.config.settings import Config
from sync_server.restoration import restore_into, restore_privately
from sync_server.store.roles import as_role

KEY_FILE = click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of the private key of an encrypted backup.",
)
BACKUP = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.command()
@click.argument("path", type=click.Path(allow_dash=True, path_type=Path))
@click.option("--recipient", help="Public key (age1...) to encrypt for; else BACKUP_RECIPIENT.")
def backup(path: Path, recipient: str | None) -> None:
    """Write a backup to the file PATH, into the directory PATH, or to standard output (-).

    It holds the database, the uploads and the secret keys. The server may run meanwhile.
    """

    target = path / file_name(datetime.now(UTC)) if path.is_dir() else path

    async def act(config: Config) -> None:
        key = config.backups.backup_recipient if recipient is None else recipient
        to_stdout = str(path) == "-"
        opened: AbstractContextManager[BinaryIO] = (
            encrypted_if(sys.stdout.buffer, key) if to_stdout else backup_file(target, key)
        )
        with shown_progress() as progress, opened as output:
            manifest = await create_backup(config, output, progress)
        size = "" if to_stdout else f", {target.stat().st_size / 1e6:.1f} MB"
        click.echo(f"{'backup' if to_stdout else target}: {_summary(manifest)}{size}", err=True)

    with command_context() as (config, run), boot.stores_to_read(config) as ready:
        run(act(ready))


@click.command(name="backup-key")
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Write a new private key to FILE and print its public key, for BACKUP_RECIPIENT."""
    recipient, identity = new_key()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as output:
        output.write(f"{identity}\n")
    click.echo(recipient)


@click.command()
@BACKUP
@KEY_FILE
def verify(path: Path, key_file: Path | None) -> None:
    """Restore the backup PATH into a private database that is thrown away, and compare it."""

    async def act() -> None:
        with shown_progress() as progress:
            manifest, uploads = await verify_backup(path, key_file, progress)
        click.echo(f"{path} is whole: {_summary(manifest)}, uploads: {uploads}")

    with command_context() as (_config, run):
        run(act())


@click.command()
@BACKUP
@KEY_FILE
@click.option("--to", "url", help="URL of an empty database, as its owner; else DATABASE_URL.")
@click.option("--replace", "replacing", is_flag=True, help="Move the private database aside.")
def restore(path: Path, key_file: Path | None, url: str | None, replacing: bool) -> None:
    """Restore the backup PATH into an empty database, and begin a new epoch for every user.

    Without --to and DATABASE_URL it becomes the private database of DATA_DIR.
    """

    async def act(config: Config) -> None:
        with shown_progress() as progress:
            done = await (
                restore_into(config, path, key_file, progress)
                if config.stores.database_url
                else restore_privately(config, path, key_file, progress, replacing=replacing)
            )
        click.echo(f"restored {_summary(done.manifest)}, uploads: {done.uploads}")
        click.echo(f"every device pulls from the beginning: new epochs for {done.users} users")
        for note in done.notes:
            click.echo(note)

    with command_context() as (config, run):
        if url:
            application = (
                config.stores.database_url if url == config.stores.owner_url else as_role(url)
            )
            config = config.changed(database_url=application, migration_database_url=url)
        run(act(config))


@click.command(name="new-epoch")
@click.option("--user", "users", multiple=True, help="E-mail or id of one user; repeatable.")
def new_epoch(users: tuple[str, ...]) -> None:
    """After a backup was restored by other means: send devices back to a pull from the beginning.

    Versions that were handed out after the backup was made will be handed out again; a new epoch
    makes every cursor of the lost history void. Cached answers of lost pushes are dropped too.
    """

    async def act(config: Config) -> None:
        with shown_progress() as progress:
            done = await begin_epochs(config, users, progress)
        if users and not done:
            raise BackupError("There is no such user.")
        click.echo(f"new epochs: {done}")

    with command_context() as (config, run), boot.stores(config) as ready:
        run(boot.prepare(ready))
        empty_cache(ready.stores.redis_url)
        run(act(ready))


def _summary(manifest: Manifest) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    users = manifest.tables["users"].rows
    return (
        f"{users} users, {rows} rows of {len(manifest.tables)} tables,"
        f" as of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC"
    )
