"""The SQL of the user as a resource."""

from collections.abc import AsyncIterator

import asyncpg

from schema.ids import UserId
from sync_server.lookups.addresses import remove
from sync_server.store.fenced_reads import Reads
from sync_server.store.files.sweep import note_files
from sync_server.store.postgres import Connection

PAGE = 1000
READ_RECORDS = """
SELECT collection, id::text, version, clock, device_id::text, deleted, data::text
FROM records WHERE user_id = $1 AND version > $2 ORDER BY version LIMIT $3
"""
READ_HISTORY = """
SELECT collection, id::text, version, replaced_at, device_name AS device, why, clock,
       device_id::text, convert_to(data::text, 'UTF8') AS data
FROM history WHERE user_id = $1 ORDER BY replaced_at, version, device_id
"""
EXPORTED = {
    "rejected_change": """
        SELECT id::text, device_id::text, created_at, change,
               convert_to(error::text, 'UTF8') AS error
        FROM rejected_changes WHERE user_id = $1 ORDER BY created_at, id""",
    "session": """
        SELECT id::text, device_name, created_at, last_used_at, expires_at, revoked_at,
               second_factor_at
        FROM token_families WHERE user_id = $1 ORDER BY created_at, id""",
    "device": """
        SELECT device_id::text, acked_version, seen_at
        FROM devices WHERE user_id = $1 ORDER BY device_id""",
    "device_facts": """
        SELECT device_id::text, first_seen_at, seen_at, pushed_at, pulled_at,
               convert_to(collections::text, 'UTF8') AS collections,
               convert_to(report::text, 'UTF8') AS report,
               convert_to(failure::text, 'UTF8') AS failure,
               convert_to(lost::text, 'UTF8') AS lost
        FROM device_facts WHERE user_id = $1 ORDER BY device_id""",
    "push_key": """
        SELECT device_id::text, kind AS push_kind, created_at, sent_at, failures, dropped_at,
               dropped_reason
        FROM wake_keys WHERE user_id = $1 ORDER BY device_id""",
    "exercise_mapping": """
        SELECT name, exercise_id::text, chosen_at
        FROM exercise_mappings WHERE user_id = $1 ORDER BY name""",
    "email_link": """
        SELECT purpose, email, created_at, expires_at
        FROM email_links WHERE user_id = $1 ORDER BY created_at""",
    "identity": """
        SELECT provider, issuer, subject, email, created_at
        FROM identities WHERE user_id = $1 ORDER BY created_at""",
    "second_factor": """
        SELECT created_at, confirmed_at,
               (SELECT count(*) FROM recovery_codes WHERE user_id = $1) AS recovery_codes_left
        FROM totp WHERE user_id = $1""",
    "passkey": """
        SELECT id::text, name, created_at, last_used_at
        FROM passkeys WHERE user_id = $1 ORDER BY created_at, id""",
    "act": """
        SELECT action, request_id::text, created_at,
               convert_to(details::text, 'UTF8') AS details,
               CASE WHEN actor_id IS NULL THEN 'server' WHEN actor_id = user_id THEN 'user'
                    ELSE 'support' END AS actor
        FROM audit WHERE user_id = $1 ORDER BY created_at, id""",
}
"""Other rows of a user, by the name of their lines in the export."""


async def read_user(connection: Reads, user_id: UserId) -> asyncpg.Record | None:
    """The user's own row."""
    return await connection.fetchrow(
        "SELECT id, email, role, created_at, password_hash, email_verified_at FROM users "
        "WHERE id = $1::text::uuid",
        user_id,
    )


async def change_password(
    connection: Connection, user_id: UserId, stored: str, hashed: str
) -> bool:
    """Replace the hash; false when it is no longer the one that the old password was checked by."""
    row = await connection.fetchrow(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING id",
        user_id, stored, hashed,
    )  # fmt: skip
    return row is not None


async def lock_hash(connection: Connection, user_id: UserId, stored: str) -> bool:
    """Lock the user's row; False if the password is not the stored one any more."""
    row = await connection.fetchrow(
        "SELECT id FROM users WHERE id = $1 AND password_hash = $2 FOR UPDATE", user_id, stored
    )
    return row is not None


async def delete_user(
    connection: Connection, user_id: UserId, stored: str
) -> tuple[list[str], list[str]] | None:
    """Delete the user with everything that is theirs; the sessions and the keys that were theirs.

    None when the password has changed meanwhile.
    """
    # The head first, as pushes do: while it is locked none is under way, and no key is added.
    await connection.execute("SELECT FROM heads WHERE user_id = $1 FOR UPDATE", user_id)
    if not await lock_hash(connection, user_id, stored):
        return None
    families = await connection.fetch("SELECT id FROM token_families WHERE user_id = $1", user_id)
    keys = await connection.fetch("SELECT key FROM idempotency_keys WHERE user_id = $1", user_id)
    files = await connection.fetch(
        "SELECT file FROM ocr_jobs WHERE user_id = $1 AND file IS NOT NULL", user_id
    )
    await note_files(connection, [row["file"] for row in files])
    email = await connection.fetchval("SELECT email FROM users WHERE id = $1", user_id)
    # By their keys: not every database has their foreign keys (docs/scale.md).
    await remove(connection, user_id, email)
    await connection.execute("DELETE FROM identities WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM users WHERE id = $1", user_id)
    return [row["id"] for row in families], [row["key"] for row in keys]


async def read_profile(connection: Reads, user_id: UserId, id: str) -> str | None:
    """The stored profile, JSON text; None when there is none or it was deleted."""
    data: str | None = await connection.fetchval(
        "SELECT data FROM records "
        "WHERE user_id = $1::text::uuid AND collection = 'profile' AND id = $2 AND NOT deleted",
        user_id, id,
    )  # fmt: skip
    return data


async def count_records(connection: Connection, user_id: UserId) -> int:
    """Number of records, retained tombstones included."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM records WHERE user_id = $1", user_id
    )
    return count


async def read_records(
    connection: Connection, user_id: UserId
) -> AsyncIterator[list[asyncpg.Record]]:
    """All records in the order of their versions, some at a time, in the caller's snapshot."""
    version = 0
    while rows := await connection.fetch(READ_RECORDS, user_id, version, PAGE):
        yield rows
        version = rows[-1]["version"]


async def read_history(connection: Connection, user_id: UserId) -> AsyncIterator[asyncpg.Record]:
    """Overwritten, deleted and lost values, the oldest first, in the caller's snapshot."""
    async for row in connection.cursor(READ_HISTORY, user_id, prefetch=PAGE):
        yield row
