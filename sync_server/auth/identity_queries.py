"""The SQL of identities: accounts at OpenID Connect providers that sign in to accounts here."""

import datetime

import asyncpg

from schema.ids import UserId
from sync_server.security.id_tokens import IdTokenClaims
from sync_server.store.postgres import Connection

IS_LINKED = "SELECT EXISTS (SELECT FROM identities WHERE user_id = $1 AND issuer = $2)"


async def find_user(connection: Connection, identity: IdTokenClaims) -> UserId | None:
    """User of an identity; the connection bypasses row-level security."""
    user_id: UserId | None = await connection.fetchval(
        "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2",
        identity.issuer, identity.subject,
    )  # fmt: skip
    return user_id


async def insert(
    connection: Connection,
    user_id: str,
    provider: str,
    identity: IdTokenClaims,
    now: datetime.datetime,
) -> bool:
    """Link an identity; False if it is linked already, or another one of the same issuer is.

    The key of an identity keeps it from being linked twice. That a user has one of an issuer is
    checked under the lock of the user's head: on a cluster no unique key can say it.
    """
    await connection.execute("SELECT FROM heads WHERE user_id = $1 FOR UPDATE", user_id)
    if await connection.fetchval(IS_LINKED, user_id, identity.issuer):
        return False
    row = await connection.fetchrow(
        "INSERT INTO identities (issuer, subject, user_id, provider, email, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING user_id",
        identity.issuer, identity.subject, user_id, provider, identity.email, now,
    )  # fmt: skip
    return row is not None


async def mark_verified(connection: Connection, user_id: str, now: datetime.datetime) -> None:
    """Note that the account's address is verified."""
    await connection.execute(
        "UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1",
        user_id, now,
    )  # fmt: skip


async def list_all(connection: Connection, user_id: UserId) -> list[asyncpg.Record]:
    """The user's identities, the oldest first."""
    return await connection.fetch(
        "SELECT provider, email, created_at FROM identities WHERE user_id = $1 "
        "ORDER BY created_at, issuer",
        user_id,
    )


async def delete(connection: Connection, user_id: UserId, provider: str) -> bool:
    """Unlink the identity of a provider; False if there is none."""
    row = await connection.fetchrow(
        "DELETE FROM identities WHERE user_id = $1 AND provider = $2 RETURNING user_id",
        user_id, provider,
    )  # fmt: skip
    return row is not None
