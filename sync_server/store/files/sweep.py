"""Deleting the files whose rows are gone: the database notes them when it deletes a row."""

from sync_server.config import Config
from sync_server.store.files.files import Files
from sync_server.store.postgres import Pool, acquire

BATCH = 100

# The notes are forgotten only when the files are: a crash between leaves the notes.
TAKE = f"""
DELETE FROM files_to_delete WHERE name IN (
  SELECT name FROM files_to_delete ORDER BY noted_at FOR UPDATE SKIP LOCKED LIMIT {BATCH})
RETURNING name
"""


async def sweep(pool: Pool, config: Config, files: Files) -> int:
    """Delete every file that no row names any more, and tell how many; raises FilesUnavailable."""
    swept, names = 0, [""]
    while names:
        async with acquire(pool, config) as connection, connection.transaction():
            names = [row["name"] for row in await connection.fetch(TAKE)]
            for name in names:
                await files.delete(name)
        swept += len(names)
    return swept
