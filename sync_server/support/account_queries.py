"""The SQL of an account's pages for support: rejected changes and sessions."""

import datetime

import asyncpg

from schema.ids import UserId
from sync_server.store.postgres import Connection

EXISTS = "SELECT EXISTS (SELECT FROM users WHERE id = $1)"
# The stored change is read for its ids alone, and never returned.
READ_REJECTED = """
SELECT id, device_id, change, error, created_at FROM rejected_changes
WHERE user_id = $1::text::uuid
  AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::text::uuid))
ORDER BY created_at DESC, id DESC LIMIT $4
"""
READ_SESSIONS = """
SELECT id, device_name, created_at, last_used_at, expires_at,
       second_factor_at IS NOT NULL AS second_factor
FROM token_families WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
ORDER BY last_used_at DESC, id
"""
END_SESSION = """
UPDATE token_families SET revoked_at = $3
WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
"""


async def exists(connection: Connection, user_id: UserId) -> bool:
    """True if there is such an account."""
    found: bool = await connection.fetchval(EXISTS, user_id)
    return found


async def read_rejected(
    connection: Connection,
    user_id: UserId,
    after: tuple[datetime.datetime, str] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Rejected changes after a position, the latest first."""
    created_at, id = after or (None, None)
    return await connection.fetch(READ_REJECTED, user_id, created_at, id, limit)


async def read_sessions(
    connection: Connection, user_id: UserId, now: datetime.datetime
) -> list[asyncpg.Record]:
    """Live sessions, the latest used first."""
    return await connection.fetch(READ_SESSIONS, user_id, now)


async def end_session(
    connection: Connection, user_id: UserId, session_id: str, now: datetime.datetime
) -> bool:
    """End a session; False if there is no such live one."""
    return await connection.fetchval(END_SESSION, user_id, session_id, now) is not None
