"""The SQL of the user as a resource."""

import asyncpg

from schema.ids import UserId
from sync_server.store.postgres import Connection


async def read_user(connection: Connection, user_id: UserId) -> asyncpg.Record | None:
    """The user's own row."""
    return await connection.fetchrow(
        "SELECT id, email, role, created_at, password_hash FROM users WHERE id = $1", user_id
    )


async def delete_user(connection: Connection, user_id: UserId) -> list[str]:
    """Delete the user with everything that is theirs; the sessions that ended."""
    rows = await connection.fetch("SELECT id FROM token_families WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM users WHERE id = $1", user_id)
    return [row["id"] for row in rows]
