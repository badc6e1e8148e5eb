"""The SQL of sessions, each a family of refresh tokens."""

import datetime

import asyncpg

from sync_server.store.postgres import Connection


async def insert_family(
    connection: Connection,
    user_id: str,
    family_id: str,
    device_name: str | None,
    now: datetime.datetime,
    expires_at: datetime.datetime,
    second_factor_at: datetime.datetime | None,
) -> None:
    """Begin a session."""
    await connection.execute(
        "INSERT INTO token_families (user_id, id, device_name, created_at, last_used_at, "
        "expires_at, second_factor_at) VALUES ($1, $2, $3, $4, $4, $5, $6)",
        user_id, family_id, device_name, now, expires_at, second_factor_at,
    )  # fmt: skip


async def knows_device(connection: Connection, user_id: str, device_name: str | None) -> bool:
    """True if a stored session, live or ended, has the name of the device."""
    known: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM token_families "
        "WHERE user_id = $1 AND device_name IS NOT DISTINCT FROM $2)",
        user_id, device_name,
    )  # fmt: skip
    return known


async def end_surplus_families(connection: Connection, user_id: str, quota: int) -> None:
    """Delete the sessions beyond the quota: those that have ended first, then the longest unused.

    Their refresh tokens are unknown from then on.
    """
    rows = await connection.fetch(
        "DELETE FROM token_families WHERE user_id = $1 AND id IN ("
        "SELECT id FROM token_families WHERE user_id = $1 "
        "ORDER BY revoked_at IS NULL DESC, last_used_at DESC, id OFFSET $2) RETURNING id",
        user_id, quota,
    )  # fmt: skip
    if rows:
        await connection.execute(
            "DELETE FROM refresh_tokens WHERE user_id = $1 AND family_id = ANY($2::uuid[])",
            user_id, [row["id"] for row in rows],
        )  # fmt: skip


async def touch_family(
    connection: Connection, user_id: str, family_id: str, now: datetime.datetime
) -> None:
    """The session was used."""
    await connection.execute(
        "UPDATE token_families SET last_used_at = $3 WHERE user_id = $1 AND id = $2",
        user_id, family_id, now,
    )  # fmt: skip


async def revoke_family(
    connection: Connection, user_id: str, family_id: str, now: datetime.datetime
) -> bool:
    """End a session, with its push key; false when there is no such live one."""
    row = await connection.fetchrow(
        "WITH ended AS (UPDATE token_families SET revoked_at = $3 "
        "WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id), "
        "unpushed AS (DELETE FROM wake_keys USING ended "
        "WHERE wake_keys.user_id = $1 AND wake_keys.family_id = ended.id) SELECT id FROM ended",
        user_id, family_id, now,
    )  # fmt: skip
    return row is not None


async def revoke_access_token(
    connection: Connection, user_id: str, jti: str, expires_at: datetime.datetime
) -> None:
    """Revoke an access token until it expires."""
    await connection.execute(
        "INSERT INTO revoked_tokens (user_id, jti, expires_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (user_id, jti) DO NOTHING",
        user_id, jti, expires_at,
    )  # fmt: skip


async def list_families(
    connection: Connection, user_id: str, now: datetime.datetime
) -> list[asyncpg.Record]:
    """The user's live sessions, the latest used first."""
    return await connection.fetch(
        "SELECT id, device_name, created_at, last_used_at, expires_at FROM token_families "
        "WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 "
        "ORDER BY last_used_at DESC, id",
        user_id, now,
    )  # fmt: skip
