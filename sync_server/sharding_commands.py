"""Command of a sharded database: the distribution of its tables."""

import click

from sync_server import boot
from sync_server.boot import BootError, prepare
from sync_server.command_context import command_context
from sync_server.config.settings import Config


@click.command()
def distribute() -> None:
    """Distribute the tables over the nodes of a sharded database, as `migrate` does at its end."""

    async def act(config: Config) -> None:
        if not config.stores.database_sharded:
            raise BootError("DATABASE_SHARDED is not set: there is nothing to distribute over.")
        for line in (await prepare(config, placing=True)).lines():
            click.echo(line)

    with command_context() as (config, run), boot.stores(config) as ready:
        run(act(ready))
