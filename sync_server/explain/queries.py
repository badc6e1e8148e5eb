"""The SQL of explanations; nothing here reads `data`."""

import datetime

import asyncpg

from schema.ids import UserId
from sync_server.store.postgres import Connection

READ_ACCOUNT = """
SELECT heads.version, heads.purged_version, heads.records, heads.bytes,
       users.disabled_at, users.email_verified_at
FROM heads JOIN users ON users.id = heads.user_id WHERE heads.user_id = $1::text::uuid
"""
# By session the end of the token that refreshes it.
READ_TOKENS = """
SELECT family_id, max(expires_at) AS ends_at FROM refresh_tokens
WHERE user_id = $1::text::uuid AND state = 'active' GROUP BY family_id
"""
# The collections are named, so that each is one look-up in the primary key.
READ_RECORD = """
SELECT records.collection, records.id, records.version, records.deleted, records.device_id,
       CASE WHEN isfinite(records.changed_at) THEN records.changed_at END AS changed_at,
       records.parent_id, named.alias
FROM (
  SELECT collection, $3::text::uuid AS id, NULL::uuid AS alias
  FROM unnest($2::text[]) AS collections (collection)
  UNION ALL
  SELECT collection, target_id, id FROM record_aliases
  WHERE user_id = $1::text::uuid AND collection = ANY($2::text[]) AND id = $3::text::uuid
) AS named
JOIN records ON records.user_id = $1::text::uuid
  AND records.collection = named.collection AND records.id = named.id
ORDER BY records.deleted, records.version DESC LIMIT 1
"""
READ_DELETED = """
SELECT deleted FROM records
WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid
"""
READ_REPLACED = """
SELECT why, device_id, version, replaced_at, device_name FROM history
WHERE user_id = $1::text::uuid AND collection = $2 AND id = $3::text::uuid
ORDER BY replaced_at DESC LIMIT 50
"""
READ_REJECTED = """
SELECT device_id, change, error, created_at FROM rejected_changes
WHERE user_id = $1::text::uuid
  AND ($2::text IS NULL OR position(convert_to($2::text, 'UTF8') IN change) > 0)
  AND ($3::text IS NULL OR device_id = $3::text::uuid)
ORDER BY created_at DESC LIMIT 20
"""
READ_TROUBLE = """
SELECT at, code, requests FROM server_trouble
WHERE at > $1 ORDER BY at DESC, requests DESC LIMIT 500
"""


async def read_account(connection: Connection, user_id: UserId) -> asyncpg.Record | None:
    """The head of the account and its state, None if there is no such account."""
    return await connection.fetchrow(READ_ACCOUNT, user_id)


async def read_token_ends(connection: Connection, user_id: UserId) -> dict[str, datetime.datetime]:
    """The end of the refresh token by session."""
    rows = await connection.fetch(READ_TOKENS, user_id)
    return {row["family_id"]: row["ends_at"] for row in rows}


async def read_record(
    connection: Connection, user_id: UserId, collections: list[str], id: str
) -> asyncpg.Record | None:
    """The record of an id or of an alias, a live one first."""
    return await connection.fetchrow(READ_RECORD, user_id, collections, id)


async def read_deleted(
    connection: Connection, user_id: UserId, collection: str, id: str
) -> bool | None:
    """True for a tombstone, False for a live record, None for neither."""
    deleted: bool | None = await connection.fetchval(READ_DELETED, user_id, collection, id)
    return deleted


async def read_replaced(
    connection: Connection, user_id: UserId, collection: str, id: str
) -> list[asyncpg.Record]:
    """Replaced values of a record, without the values, the latest first."""
    return await connection.fetch(READ_REPLACED, user_id, collection, id)


async def read_rejected(
    connection: Connection, user_id: UserId, record_id: str | None, device_id: str | None
) -> list[asyncpg.Record]:
    """Rejected changes that name a record, or of a device."""
    return await connection.fetch(READ_REJECTED, user_id, record_id, device_id)


async def read_trouble(connection: Connection, since: datetime.datetime) -> list[asyncpg.Record]:
    """Minutes with failed requests of any user, the latest first."""
    return await connection.fetch(READ_TROUBLE, since)
