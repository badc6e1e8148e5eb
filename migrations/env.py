"""What alembic runs: the upgrade, on the connection given or on the one DATABASE_URL names."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from sync_server.config.settings import Config
from sync_server.store.migrate import connect


def run(connection: Connection) -> None:
    """Apply what is asked for, in the transaction that the connection is already in."""
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


async def run_by_url() -> None:
    """For the `alembic` command: `-x url=postgresql://…`, else DATABASE_URL."""
    url = context.get_x_argument(as_dictionary=True).get("url")
    async with connect(url or Config.from_environment().database_url) as connection:
        await connection.run_sync(run)


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_by_url())
else:
    run(given)
