"""Purge of tombstones that are older than their retention, user by user."""

from datetime import datetime

from sync_server.maintenance.expired_rows import BATCH
from sync_server.store.postgres import Connection

FIND_TOMBSTONES = """
SELECT user_id FROM records WHERE deleted AND changed_at < $1 ORDER BY changed_at LIMIT 1
"""
LOCK_HEAD = "SELECT 1 FROM heads WHERE user_id = $1 FOR UPDATE"
# A deleted plan still counts on the days before its deletion, with the meals and items that were
# deleted with it (see lookups/plans.py). Without an age these tombstones are never purged.
KEEP_PLANS = """
UPDATE records SET changed_at = 'infinity'
WHERE user_id = $1 AND collection IN ('diet_plans', 'meals', 'meal_items')
  AND deleted AND changed_at < $2 AND EXISTS (
    SELECT FROM records AS plans
    LEFT JOIN records AS meals
      ON meals.user_id = $1 AND meals.collection = 'meals' AND meals.id = records.parent_id
      AND records.collection = 'meal_items'
    WHERE plans.user_id = $1 AND plans.collection = 'diet_plans' AND plans.deleted
      AND plans.data->>'name' IS NOT NULL AND records.clock >= plans.clock - 90000000000
      AND plans.id = CASE records.collection
        WHEN 'diet_plans' THEN records.id WHEN 'meals' THEN records.parent_id
        ELSE meals.parent_id END)
"""
# With a tombstone go the aliases of its record.
PURGE = f"""
WITH purged AS (
  DELETE FROM records WHERE user_id = $1 AND (collection, id) IN (
    SELECT collection, id FROM records
    WHERE user_id = $1 AND deleted AND changed_at < $2
    ORDER BY version LIMIT {BATCH})
    AND deleted AND changed_at < $2
  RETURNING user_id, collection, id, version, octet_length(data::text) AS size
), unnamed AS (
  DELETE FROM record_aliases USING purged
  WHERE record_aliases.user_id = $1 AND record_aliases.user_id = purged.user_id
    AND record_aliases.collection = purged.collection AND record_aliases.target_id = purged.id
)
SELECT version, size FROM purged
"""
NOTE_PURGED = """
UPDATE heads SET purged_version = greatest(purged_version, $2),
                 tombstones = tombstones - $3, bytes = bytes - $4
WHERE user_id = $1
"""
# A pull from before `purged_version` is rejected, so these are needed no more.
DELETE_MOVED = "DELETE FROM vacated_days WHERE user_id = $1 AND version <= $2"


async def purge_one_user(connection: Connection, horizon: datetime) -> int | None:
    """Purge a batch of one user's tombstones; their number, None if no user has any.

    The head row is locked first, by a statement of its own, as a push does: a tombstone that a
    push revives at this moment is seen as it is afterwards, and `purged_version` never lags.
    """
    user_id = await connection.fetchval(FIND_TOMBSTONES, horizon)
    if user_id is None:
        return None
    await connection.execute(LOCK_HEAD, user_id)
    await connection.execute(KEEP_PLANS, user_id, horizon)
    rows = await connection.fetch(PURGE, user_id, horizon)
    versions = [row["version"] for row in rows]
    if versions:
        size = sum(row["size"] for row in rows)
        await connection.execute(NOTE_PURGED, user_id, max(versions), len(rows), size)
        await connection.execute(DELETE_MOVED, user_id, max(versions))
    return len(versions)
