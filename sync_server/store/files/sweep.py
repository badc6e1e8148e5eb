"""Deleting the files whose rows are gone: the database notes them when it deletes a row."""

from collections.abc import Iterable

from sync_server.config.settings import Config
from sync_server.store.files.interface import FileStore
from sync_server.store.postgres import Connection, Pool, acquire

BATCH = 100

NOTED = f"SELECT name FROM files_to_delete ORDER BY noted_at LIMIT {BATCH}"
FORGET = "DELETE FROM files_to_delete WHERE name = ANY($1::text[])"

NOTE = "INSERT INTO files_to_delete (name) VALUES ($1) ON CONFLICT DO NOTHING"


async def note_files(connection: Connection, names: Iterable[str]) -> None:
    """Note files to delete; the caller deletes their rows in the same transaction."""
    await connection.executemany(NOTE, [(name,) for name in names])


async def sweep(pool: Pool, config: Config, files: FileStore) -> int:
    """Delete some of the files that no row names any more; how many. Raises FilesUnavailable.

    No transaction is open meanwhile, which a slow storage would outlast: a note is forgotten only
    when its file is, and a file that two delete at once is deleted.
    """
    async with acquire(pool, config) as connection:
        names = [row["name"] for row in await connection.fetch(NOTED)]
    deleted = []
    try:
        for name in names:
            await files.delete(name)
            deleted.append(name)
    finally:
        if deleted:
            async with acquire(pool, config) as connection:
                await connection.execute(FORGET, deleted)
    return len(deleted)


async def sweep_all(pool: Pool, config: Config, files: FileStore) -> int:
    """As `sweep`, until none is left."""
    total = 0
    while swept := await sweep(pool, config, files):
        total += swept
    return total
