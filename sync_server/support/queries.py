"""The SQL of support: counts, versions and times; nothing here reads `data` or an e-mail."""

import datetime

import asyncpg

from schema.ids import UserId
from sync_server.lookups.addresses import find_user
from sync_server.store.postgres import Connection
from sync_server.support.pages import Position

FIND = "SELECT id, role, created_at FROM users WHERE id = $1"

FIND_BY_ID = "SELECT id, role, created_at FROM users WHERE id = $1"

READ_HEAD = """
SELECT users.role, users.created_at, heads.version, heads.purged_version,
       heads.restored_version, heads.restored_at, heads.offers, heads.offers_changed,
       heads.offered_at
FROM users JOIN heads ON heads.user_id = users.id WHERE users.id = $1
"""

READ_DEVICES = """
SELECT device_id, acked_version, seen_at FROM devices WHERE user_id = $1 ORDER BY seen_at DESC
"""

READ_COLLECTIONS = """
SELECT collection, count(*) FILTER (WHERE NOT deleted) AS live,
       count(*) FILTER (WHERE deleted) AS deleted,
       max(changed_at) FILTER (WHERE isfinite(changed_at)) AS changed_at
FROM records WHERE user_id = $1 GROUP BY collection ORDER BY collection
"""

READ_REJECTED = """
SELECT error->>'code' AS code, count(*) AS count, max(created_at) AS last_at
FROM rejected_changes WHERE user_id = $1 GROUP BY 1 ORDER BY 1
"""

READ_PUSHES = """
SELECT count(*) AS answers, max(created_at) AS last_at FROM idempotency_keys WHERE user_id = $1
"""

READ_SESSIONS = """
SELECT count(*) AS live, max(last_used_at) AS last_used_at
FROM token_families WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
"""

READ_AUDIT = """
SELECT id, actor_id, action, details, request_id, created_at
FROM audit
WHERE user_id = $1::text::uuid
  AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::text::uuid))
ORDER BY created_at DESC, id DESC LIMIT $4
"""

SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1 AND role <> $2 RETURNING id"


async def find(connection: Connection, normal_email: str) -> asyncpg.Record | None:
    """The account with this e-mail."""
    user_id = await find_user(connection, normal_email)
    return await connection.fetchrow(FIND, user_id)


async def find_by_id(connection: Connection, user_id: str) -> asyncpg.Record | None:
    """The account with this id."""
    return await connection.fetchrow(FIND_BY_ID, user_id)


async def sync_health(
    connection: Connection, user_id: UserId, now: datetime.datetime
) -> dict[str, object] | None:
    """State of an account's sync; None if there is no such account."""
    head = await connection.fetchrow(READ_HEAD, user_id)
    if head is None:
        return None
    devices = await connection.fetch(READ_DEVICES, user_id)
    collections = await connection.fetch(READ_COLLECTIONS, user_id)
    rejected = await connection.fetch(READ_REJECTED, user_id)
    account = dict(head)
    offers, changed, last_at = (
        account.pop(name) for name in ("offers", "offers_changed", "offered_at")
    )
    return {
        "id": user_id,
        **account,
        "offers": {"count": offers, "changed": changed, "last_at": last_at},
        "devices": [
            {**device, "behind": max(0, head["version"] - device["acked_version"])}
            for device in devices
        ],
        "collections": {row["collection"]: dict(list(row.items())[1:]) for row in collections},
        "rejected": {row["code"]: dict(list(row.items())[1:]) for row in rejected},
        "pushes": dict(await connection.fetchrow(READ_PUSHES, user_id) or {}),
        "sessions": dict(await connection.fetchrow(READ_SESSIONS, user_id, now) or {}),
    }


async def read_audit(
    connection: Connection, user_id: str, after: Position | None, limit: int
) -> list[asyncpg.Record]:
    """Acts on an account after a position, the latest first."""
    created_at, id = after or (None, None)
    return await connection.fetch(READ_AUDIT, user_id, created_at, id, limit)


async def set_role(connection: Connection, user_id: str, role: str) -> bool:
    """Give an account a role; false when it has it already."""
    return await connection.fetchrow(SET_ROLE, user_id, role) is not None
