"""Refresh tokens that a restored backup lacks: their devices stay signed in.

A device that was active after the backup has exchanged its token since, and only the lost database
knew the new one. Its seal names the session, and its time lies between the backup and the restore.
"""

import datetime

from sync_server.auth import refresh_token_queries
from sync_server.config.settings import Config
from sync_server.security.tokens import is_sealed_for, issued_at_of, token_hash
from sync_server.store.postgres import Connection

FIND_FAMILIES = """
SELECT families.id, families.expires_at, heads.restored_at
FROM heads JOIN token_families AS families ON families.user_id = heads.user_id
WHERE heads.user_id = $1 AND heads.restored_at > $2 AND families.revoked_at IS NULL
"""
LOCK_FAMILY = """
SELECT id FROM token_families WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL FOR UPDATE
"""
READ_NEWEST = """
SELECT max(created_at) FROM refresh_tokens WHERE user_id = $1 AND family_id = $2
"""
# The backup's token is one that the lost one has replaced: to use it again is a reuse.
REPLACE = """
UPDATE refresh_tokens SET state = 'rotated', successor_hash = $3, rotated_at = $4
WHERE user_id = $1 AND family_id = $2 AND state = 'active'
"""


async def adopt(
    connection: Connection, config: Config, user_id: str, token: str, now: datetime.datetime
) -> str | None:
    """Store an unknown token that the lost database knew; its family, or None.

    Of a session's lost tokens only one is taken as the present one. A further one counts as a
    reuse, which ends the session when the token is exchanged. The caller has a transaction.
    """
    hashed, queries = token_hash(token), refresh_token_queries
    issued_at = datetime.datetime.fromtimestamp(issued_at_of(token), datetime.UTC)
    keys = config.auth.secret_keys.values()
    for row in await connection.fetch(FIND_FAMILIES, user_id, issued_at):
        if is_sealed_for(token, row["id"], keys):
            break
    else:
        return None
    family_id: str = row["id"]
    lifetime = datetime.timedelta(seconds=config.auth.refresh_token_lifetime_s)
    expires_at = min(issued_at + lifetime, row["expires_at"])
    if expires_at <= now or not await connection.fetchval(LOCK_FAMILY, user_id, family_id):
        return None
    newest: datetime.datetime | None = await connection.fetchval(READ_NEWEST, user_id, family_id)
    if await queries.find_family_of(connection, user_id, hashed):
        return family_id  # another request was faster
    has_moved_on = newest is not None and newest > row["restored_at"]
    if newest is not None and issued_at < newest.replace(microsecond=0) and not has_moved_on:
        return None
    if not has_moved_on:
        await connection.execute(REPLACE, user_id, family_id, hashed, now)
    await queries.insert_refresh_token(
        connection, user_id, hashed, family_id, issued_at, expires_at
    )
    if has_moved_on:
        await queries.mark_rotated(connection, user_id, hashed, hashed, None, now)
    return family_id
