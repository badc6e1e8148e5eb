"""The SQL of passkeys, and of challenges that are used once."""

import datetime
import uuid
from dataclasses import dataclass

import asyncpg

from schema.ids import UserId
from sync_server.security.passkeys import NewPasskey
from sync_server.store.postgres import Connection


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """Public key of an authenticator, with the count of its last signature."""

    id: str
    public_key: bytes
    sign_count: int


async def credential_ids(connection: Connection, user_id: str) -> list[bytes]:
    """Credential ids of the user's passkeys."""
    rows = await connection.fetch(
        "SELECT credential_id FROM passkeys WHERE user_id = $1 ORDER BY created_at, id", user_id
    )
    return [row["credential_id"] for row in rows]


async def list_passkeys(connection: Connection, user_id: UserId) -> list[asyncpg.Record]:
    """Passkeys of the user, without their keys."""
    return await connection.fetch(
        "SELECT id, name, created_at, last_used_at FROM passkeys WHERE user_id = $1 "
        "ORDER BY created_at, id",
        user_id,
    )


async def insert(
    connection: Connection,
    user_id: UserId,
    made: NewPasskey,
    name: str | None,
    now: datetime.datetime,
) -> str | None:
    """Id of the stored passkey; None if its credential is stored already."""
    row = await connection.fetchrow(
        "INSERT INTO passkeys (user_id, id, credential_id, public_key, sign_count, name, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (user_id, credential_id) DO NOTHING RETURNING id",
        user_id, str(uuid.uuid4()), made.credential_id, made.public_key, made.sign_count, name, now,
    )  # fmt: skip
    return None if row is None else str(row["id"])


async def lock(connection: Connection, user_id: UserId, credential: bytes) -> StoredPasskey | None:
    """Passkey of a credential id, locked until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT id::text, public_key, sign_count FROM passkeys "
        "WHERE user_id = $1 AND credential_id = $2 FOR UPDATE",
        user_id, credential,
    )  # fmt: skip
    return None if row is None else StoredPasskey(**row)


async def note_use(
    connection: Connection, user_id: UserId, id: str, sign_count: int, now: datetime.datetime
) -> None:
    """Store the sign count and the time of a log-in with a passkey."""
    await connection.execute(
        "UPDATE passkeys SET sign_count = $3, last_used_at = $4 WHERE user_id = $1 AND id = $2",
        user_id, id, sign_count, now,
    )  # fmt: skip


async def delete(connection: Connection, user_id: UserId, id: str) -> bool:
    """Delete a passkey; False if the user has none with this id."""
    row = await connection.fetchrow(
        "DELETE FROM passkeys WHERE user_id = $1 AND id = $2 RETURNING id", user_id, id
    )
    return row is not None


async def use_challenge(
    connection: Connection, user_id: UserId, id: str, expires_at: datetime.datetime
) -> bool:
    """Use up a challenge; False if it was used before."""
    row = await connection.fetchrow(
        "INSERT INTO revoked_tokens (user_id, jti, expires_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (user_id, jti) DO NOTHING RETURNING jti",
        user_id, id, expires_at,
    )  # fmt: skip
    return row is not None
