"""Commands on the database: migrations, removal of what has expired."""

from datetime import UTC, datetime

import click

from sync_server import boot
from sync_server.boot import prepare
from sync_server.command_context import command_context
from sync_server.config.settings import Config
from sync_server.maintenance.key_rotation import encrypt_again
from sync_server.maintenance.retention import cleanup as clean_up
from sync_server.store.files.registry import open_file_store
from sync_server.store.files.sweep import sweep_all
from sync_server.store.postgres import create_pool


@click.command()
def migrate() -> None:
    """Apply the missing migrations, recreate the views and load the catalogue."""

    async def act(config: Config) -> None:
        for line in (await prepare(config, placing=True)).lines():
            click.echo(line)

    with command_context() as (config, run), boot.stores(config) as ready:
        run(act(ready))


@click.command()
def cleanup() -> None:
    """Delete what has expired, as the server does by itself every CLEANUP_INTERVAL_S."""

    async def act(config: Config) -> None:
        async with await create_pool(config) as pool:
            done = await clean_up(pool, config, datetime.now(UTC))
            async with open_file_store(config) as files:
                done["files"] = await sweep_all(pool, config, files)
            done["encrypted_again"] = await encrypt_again(pool, config)
        click.echo("\n".join(f"{table}: {rows}" for table, rows in done.items()))

    with command_context() as (config, run), boot.stores(config) as ready:
        run(prepare(ready))
        run(act(ready))
