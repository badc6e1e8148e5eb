"""The SQL of refresh tokens."""

import datetime

import asyncpg

from sync_server.store.postgres import Connection


async def insert_refresh_token(
    connection: Connection,
    user_id: str,
    hashed: bytes,
    family_id: str,
    now: datetime.datetime,
    expires_at: datetime.datetime,
) -> None:
    """Store the hash of a new, active token."""
    await connection.execute(
        "INSERT INTO refresh_tokens (user_id, hash, family_id, state, created_at, expires_at) "
        "VALUES ($1, $2, $3, 'active', $4, $5)",
        user_id, hashed, family_id, now, expires_at,
    )  # fmt: skip


async def find_family_of(connection: Connection, user_id: str, hashed: bytes) -> str | None:
    """The family of a refresh token."""
    family_id: str | None = await connection.fetchval(
        "SELECT family_id FROM refresh_tokens WHERE user_id = $1 AND hash = $2", user_id, hashed
    )
    return family_id


async def find_family_of_email(
    connection: Connection, user_id: str, hashed: bytes, normal: str
) -> str | None:
    """The family of a refresh token of the account with this e-mail."""
    is_theirs = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM emails WHERE email_norm = $1 AND user_id = $2)",
        normal, user_id,
    )  # fmt: skip
    return await find_family_of(connection, user_id, hashed) if is_theirs else None


async def lock_family_of(connection: Connection, user_id: str, hashed: bytes) -> bool:
    """Lock the family of a refresh token; false when there is no such token."""
    row = await connection.fetchrow(
        "SELECT id FROM token_families WHERE user_id = $1 AND id = "
        "(SELECT family_id FROM refresh_tokens WHERE user_id = $1 AND hash = $2) FOR UPDATE",
        user_id, hashed,
    )  # fmt: skip
    return row is not None


async def read_refresh_token(
    connection: Connection, user_id: str, hashed: bytes
) -> asyncpg.Record | None:
    """A token with its family and the state of its successor."""
    return await connection.fetchrow(
        "SELECT tokens.family_id, tokens.state, tokens.idempotency_key, "
        "tokens.successor_hash, tokens.rotated_at, "
        "tokens.expires_at, families.expires_at AS family_expires_at, families.revoked_at, "
        "families.second_factor_at, "
        "successors.state AS successor_state, users.role, users.email_verified_at "
        "FROM refresh_tokens AS tokens "
        "JOIN token_families AS families "
        "ON families.user_id = tokens.user_id AND families.id = tokens.family_id "
        "JOIN users ON users.id = tokens.user_id "
        "LEFT JOIN refresh_tokens AS successors "
        "ON successors.user_id = tokens.user_id AND successors.hash = tokens.successor_hash "
        "WHERE tokens.user_id = $1 AND tokens.hash = $2",
        user_id, hashed,
    )  # fmt: skip


async def mark_rotated(
    connection: Connection,
    user_id: str,
    hashed: bytes,
    successor_hash: bytes,
    idempotency_key: str | None,
    now: datetime.datetime,
) -> None:
    """The token has been used."""
    await connection.execute(
        "UPDATE refresh_tokens SET state = 'rotated', successor_hash = $3, idempotency_key = $4, "
        "rotated_at = $5 WHERE user_id = $1 AND hash = $2",
        user_id, hashed, successor_hash, idempotency_key, now,
    )  # fmt: skip
