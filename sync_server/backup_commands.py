"""Commands of backups: backup, backup-key, verify, restore, new-epoch."""

import os
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from sync_server import boot
from sync_server.backup.bucket import s3_object
from sync_server.backup.create import backup_file, backup_object, create_backup, encrypted_if
from sync_server.backup.daily import file_name
from sync_server.backup.encryption import new_key
from sync_server.backup.epoch import begin_epochs, empty_cache
from sync_server.backup.errors import BackupError
from sync_server.backup.manifest import Manifest
from sync_server.backup.progress import shown_progress
from sync_server.backup.restore import Place, verify_backup
from sync_server.command_context import command_context
from sync_server.config.settings import Config
from sync_server.restoration import restore_into, restore_privately
from sync_server.store.roles import as_role

KEY_FILE = click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of the private key of an encrypted backup.",
)


class BackupPlace(click.Path):
    """Parameter type of a backup's place: a file's path, or s3://bucket/name as it stands."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        """The path, or the text of an S3 address."""
        if str(value).startswith("s3://"):
            return str(value)
        return Path(str(super().convert(value, param, ctx)))


BACKUP = click.argument("place", metavar="PATH", type=BackupPlace(exists=True, dir_okay=False))


@click.command()
@click.argument("place", metavar="PATH", type=BackupPlace(allow_dash=True))
@click.option("--recipient", help="Public key (age1...) to encrypt for; else BACKUP_RECIPIENT.")
def backup(place: Path | str, recipient: str | None) -> None:
    """Write a backup to the file PATH, into the directory PATH, or to standard output (-).

    PATH may be s3://bucket/name; a name that ends with / is a folder there. The backup holds the
    database, the uploads and the secret keys. The server may run meanwhile.
    """

    async def act(config: Config) -> None:
        key = config.backups.backup_recipient if recipient is None else recipient
        name, opened = _target(place, key, config)
        with shown_progress() as progress, opened as output:
            manifest = await create_backup(config, output, progress)
        click.echo(f"{name}: {_summary(manifest)}{_size(name)}", err=True)

    with command_context() as (config, run), boot.stores_to_read(config) as ready:
        run(act(ready))


def _target(
    place: Path | str, recipient: str, config: Config
) -> tuple[str, AbstractContextManager[BinaryIO]]:
    """Name of what is written, and the stream to it."""
    name = file_name(datetime.now(UTC))
    if isinstance(place, str):
        object = s3_object(place + name if place.endswith("/") else place, config)
        return str(object), backup_object(object, recipient)
    if str(place) == "-":
        return "backup", encrypted_if(sys.stdout.buffer, recipient)
    path = place / name if place.is_dir() else place
    return str(path), backup_file(path, recipient)


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
def verify(place: Path | str, key_file: Path | None) -> None:
    """Restore the backup PATH into a private database that is thrown away, and compare it."""

    async def act(config: Config) -> None:
        with shown_progress() as progress:
            manifest, uploads = await verify_backup(_source(place, config), key_file, progress)
        click.echo(f"{place} is whole: {_summary(manifest)}, uploads: {uploads}")

    with command_context() as (config, run):
        run(act(config))


@click.command()
@BACKUP
@KEY_FILE
@click.option("--to", "url", help="URL of an empty database, as its owner; else DATABASE_URL.")
@click.option("--replace", "replacing", is_flag=True, help="Move the private database aside.")
def restore(place: Path | str, key_file: Path | None, url: str | None, replacing: bool) -> None:
    """Restore the backup PATH into an empty database, and begin a new epoch for every user.

    Without --to and DATABASE_URL it becomes the private database of DATA_DIR.
    """

    async def act(config: Config) -> None:
        source = _source(place, config)
        with shown_progress() as progress:
            done = await (
                restore_into(config, source, key_file, progress)
                if config.stores.database_url
                else restore_privately(config, source, key_file, progress, replacing=replacing)
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


def _size(name: str) -> str:
    path = Path(name)
    return f", {path.stat().st_size / 1e6:.1f} MB" if path.is_file() else ""


def _source(place: Path | str, config: Config) -> Place:
    return s3_object(place, config) if isinstance(place, str) else place


def _summary(manifest: Manifest) -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    users = manifest.tables["users"].rows
    return (
        f"{users} users, {rows} rows of {len(manifest.tables)} tables,"
        f" as of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC"
    )
