"""The SQL of an account's address, password and state, by links of mails and by operators."""

import datetime
from dataclasses import dataclass

import asyncpg

from schema.ids import UserId
from sync_server.lookups.addresses import find_user, remove
from sync_server.store.postgres import Connection
from sync_server.web.errors import EmailTaken


@dataclass(frozen=True, slots=True)
class AccountState:
    """Account of an e-mail address."""

    id: UserId
    email: str
    password_hash: str
    disabled: bool


async def find_account(connection: Connection, normal_email: str) -> AccountState | None:
    """Account with this e-mail; the connection bypasses row-level security."""
    user_id = await find_user(connection, normal_email)
    row = await connection.fetchrow(
        "SELECT id, email, password_hash, disabled_at IS NOT NULL AS disabled "
        "FROM users WHERE id = $1",
        user_id,
    )
    return AccountState(**row) if row else None


async def reset_password(
    connection: Connection, user_id: UserId, email: str, hashed: str, now: datetime.datetime
) -> bool:
    """Set the password and verify the address; False if the account has another address now."""
    row = await connection.fetchrow(
        "UPDATE users SET password_hash = $3, email_verified_at = coalesce(email_verified_at, $4) "
        "WHERE id = $1 AND email = $2 RETURNING id",
        user_id, email, hashed, now,
    )  # fmt: skip
    return row is not None


async def verify_email(
    connection: Connection, user_id: UserId, email: str, now: datetime.datetime
) -> bool:
    """Verify the address; False if the account has another one now."""
    row = await connection.fetchrow(
        "UPDATE users SET email_verified_at = coalesce(email_verified_at, $3) "
        "WHERE id = $1 AND email = $2 RETURNING id",
        user_id, email, now,
    )  # fmt: skip
    return row is not None


async def replace_email(connection: Connection, user_id: UserId, email: str, normal: str) -> str:
    """Give the account another address, which is not verified; the old one. Raises EmailTaken."""
    old: str = await connection.fetchval(
        "SELECT email FROM users WHERE id = $1 FOR UPDATE", user_id
    )
    await connection.execute(
        "UPDATE users SET email = $2, email_verified_at = NULL WHERE id = $1", user_id, email
    )
    await remove(connection, user_id, old)
    try:
        await connection.execute(
            "INSERT INTO emails (email_norm, user_id) VALUES ($1, $2)", normal, user_id
        )
    except asyncpg.UniqueViolationError:
        raise EmailTaken from None
    return old


async def is_taken(connection: Connection, user_id: UserId, normal_email: str) -> bool:
    """True if another account has the address; the connection bypasses row-level security."""
    taken: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM emails WHERE email_norm = $1 AND user_id <> $2)",
        normal_email, user_id,
    )  # fmt: skip
    return taken


async def disable(connection: Connection, user_id: UserId, now: datetime.datetime) -> bool:
    """Disable an account; False if it is disabled already."""
    row = await connection.fetchrow(
        "UPDATE users SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL RETURNING id",
        user_id, now,
    )  # fmt: skip
    return row is not None


async def delete_second_factor(connection: Connection, user_id: UserId) -> bool:
    """Delete the TOTP secret, passkeys and recovery codes; False if there is no factor."""
    deleted = []
    for table in ("recovery_codes", "totp", "passkeys"):
        deleted += await connection.fetch(
            f"DELETE FROM {table} WHERE user_id = $1 RETURNING user_id", user_id
        )
    return bool(deleted)


async def enable(connection: Connection, user_id: UserId) -> bool:
    """Enable an account; False if it is enabled already."""
    row = await connection.fetchrow(
        "UPDATE users SET disabled_at = NULL "
        "WHERE id = $1 AND disabled_at IS NOT NULL RETURNING id",
        user_id,
    )
    return row is not None
