"""New epochs after a restore: versions are assigned again, so every old cursor becomes invalid."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from redis.exceptions import RedisError

from sync_server.backup.create import Progress, no_progress
from sync_server.backup.errors import BackupError
from sync_server.config.settings import Config
from sync_server.lookups.addresses import find_users
from sync_server.security.passwords import normal_email
from sync_server.store.postgres import bypass_row_level_security, create_pool
from sync_server.store.redis import connect

BATCH = 1000
# Of several restores since an epoch, the oldest backup decides what is left of it.
NEW_EPOCH = f"""
UPDATE heads SET
  epoch = $1, restored_version = version, restored_at = $4,
  offers = 0, offers_changed = 0, offered_at = NULL,
  former_epochs = (
    SELECT jsonb_object_agg(former, least(known, heads.version)) FROM (
      SELECT key AS former, value::bigint AS known FROM jsonb_each_text(former_epochs)
      UNION ALL SELECT heads.epoch::text, heads.version) AS epochs)
WHERE user_id IN (
  SELECT user_id FROM heads
  WHERE user_id > $2::text::uuid
    AND ($3::text[] IS NULL OR user_id::text = ANY($3))
  ORDER BY user_id LIMIT {BATCH})
RETURNING user_id::text
"""
BEFORE_ALL = "00000000-0000-0000-0000-000000000000"


async def begin_epochs(
    config: Config, users: Sequence[str] = (), progress: Progress = no_progress
) -> int:
    """Begin a new epoch for every user, or for those of the ids and e-mails; the number of users.

    The version that each of them has now is remembered as the restored one, and from now on devices
    may offer what they have beyond it. In batches, so that pushes of other users do not wait.
    """
    epoch, last, done = secrets.randbits(62) + 1, BEFORE_ALL, 0
    chosen, now = [normal_email(user) for user in users] or None, datetime.now(UTC)
    async with await create_pool(config) as pool:
        if chosen:
            async with bypass_row_level_security(pool, config) as connection:
                chosen += await find_users(connection, *chosen)
        while True:
            async with bypass_row_level_security(pool, config) as connection:
                rows = await connection.fetch(NEW_EPOCH, epoch, last, chosen, now)
            if not rows:
                return done
            last, done = max(row["user_id"] for row in rows), done + len(rows)
            progress("new epochs", done, 0)


def empty_cache(redis_url: str) -> None:
    """Delete all responses to lost pushes; raises BackupError when Valkey is away."""
    try:
        with connect(redis_url) as cache:
            cache.flushdb()
    except RedisError as error:
        raise BackupError(f"The cache cannot be emptied, nothing was changed: {error}") from None
