"""Expired rows that are deleted user by user: history with its counter, images with their files."""

from datetime import datetime

from sync_server.store.files.sweep import note_files
from sync_server.store.postgres import Connection

BATCH = 1000

# Users with rows to delete, who are then taken one by one: what locks rows asks one node.
FIND_HISTORY = f"""
SELECT DISTINCT user_id
FROM (SELECT user_id FROM history WHERE replaced_at < $1 LIMIT {BATCH}) AS old ORDER BY user_id
"""
# The counter of its bytes follows.
DELETE_HISTORY = f"""
WITH old AS (
  SELECT collection, id, version, device_id, octet_length(data::text) AS size
  FROM history WHERE user_id = $1 AND replaced_at < $2 LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), counted AS (
  UPDATE heads SET
    history_bytes = greatest(history_bytes - (SELECT coalesce(sum(size), 0) FROM old), 0)
  WHERE heads.user_id = $1
)
DELETE FROM history USING old
WHERE history.user_id = $1 AND history.collection = old.collection
  AND history.id = old.id AND history.version = old.version
  AND history.device_id = old.device_id
"""
# With a job its image goes: its file is noted, and the sweep that follows deletes it.
FIND_IMAGES = f"""
SELECT user_id, id FROM ocr_jobs WHERE expires_at < $1 ORDER BY user_id, id LIMIT {BATCH}
"""
DELETE_IMAGE = """
DELETE FROM ocr_jobs WHERE user_id = $1 AND id = $2 AND expires_at < $3 RETURNING file
"""


def count_of(status: str) -> int:
    """Number of rows of a command's status, as in `DELETE 12`."""
    return int(status.split()[-1])


async def delete_history(connection: Connection, horizon: datetime) -> int:
    """Delete some history that was replaced before the horizon; the number of rows."""
    users = await connection.fetch(FIND_HISTORY, horizon)
    return sum(
        [count_of(await connection.execute(DELETE_HISTORY, user, horizon)) for (user,) in users]
    )


async def delete_images(connection: Connection, now: datetime) -> int:
    """Delete some expired images; the number of rows."""
    found = await connection.fetch(FIND_IMAGES, now)
    files = [await connection.fetch(DELETE_IMAGE, *row, now) for row in found]
    await note_files(connection, [row["file"] for rows in files for row in rows if row["file"]])
    return len(found)
