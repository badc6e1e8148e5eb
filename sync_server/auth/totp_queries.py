"""The SQL of TOTP secrets and recovery codes."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from schema.ids import UserId
from sync_server.security.secret_box import EncryptedSecret
from sync_server.store.postgres import Connection


@dataclass(frozen=True, slots=True)
class StoredTotp:
    """Stored secret of an authenticator app; `used_step` is that of the last accepted code."""

    secret: EncryptedSecret
    used_step: int
    confirmed: bool


async def is_enabled(connection: Connection, user_id: str) -> bool:
    """True if the user has a confirmed secret."""
    enabled: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM totp WHERE user_id = $1 AND confirmed_at IS NOT NULL)", user_id
    )
    return enabled


async def replace_unconfirmed(
    connection: Connection, user_id: UserId, secret: EncryptedSecret, now: datetime.datetime
) -> bool:
    """Store a secret that is to be confirmed; False if there is a confirmed one."""
    row = await connection.fetchrow(
        "INSERT INTO totp (user_id, key_id, secret, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (user_id) DO UPDATE SET key_id = $2, secret = $3, created_at = $4 "
        "WHERE totp.confirmed_at IS NULL RETURNING user_id",
        user_id, secret.key_id, secret.ciphertext, now,
    )  # fmt: skip
    return row is not None


async def lock(connection: Connection, user_id: UserId) -> StoredTotp | None:
    """Stored secret of the user, locked until the transaction ends."""
    row = await connection.fetchrow(
        "SELECT key_id, secret, used_step, confirmed_at FROM totp WHERE user_id = $1 FOR UPDATE",
        user_id,
    )
    if row is None:
        return None
    secret = EncryptedSecret(row["key_id"], row["secret"])
    return StoredTotp(secret, row["used_step"], row["confirmed_at"] is not None)


async def use_step(
    connection: Connection, user_id: UserId, step: int, now: datetime.datetime
) -> None:
    """Note the step of an accepted code, whose secret is confirmed by that."""
    await connection.execute(
        "UPDATE totp SET used_step = $2, confirmed_at = coalesce(confirmed_at, $3) "
        "WHERE user_id = $1",
        user_id, step, now,
    )  # fmt: skip


async def replace_recovery_codes(
    connection: Connection, user_id: UserId, hashes: Iterable[bytes], now: datetime.datetime
) -> None:
    """Store the hashes of new recovery codes instead of the earlier ones."""
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await connection.executemany(
        "INSERT INTO recovery_codes (user_id, hash, created_at) VALUES ($1, $2, $3)",
        [(user_id, hashed, now) for hashed in hashes],
    )


async def use_recovery_code(connection: Connection, user_id: UserId, hashed: bytes) -> bool:
    """Delete a recovery code; False if the user has none with this hash."""
    row = await connection.fetchrow(
        "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2 RETURNING user_id",
        user_id, hashed,
    )  # fmt: skip
    return row is not None


async def count_recovery_codes(connection: Connection, user_id: UserId) -> int:
    """Number of recovery codes that are left."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM recovery_codes WHERE user_id = $1", user_id
    )
    return count


async def delete(connection: Connection, user_id: UserId) -> None:
    """Delete the secret."""
    await connection.execute("DELETE FROM totp WHERE user_id = $1", user_id)


async def forget_second_factor(connection: Connection, user_id: UserId) -> None:
    """Delete the recovery codes; no session counts as proven by a second factor any more."""
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await connection.execute(
        "UPDATE token_families SET second_factor_at = NULL "
        "WHERE user_id = $1 AND second_factor_at IS NOT NULL",
        user_id,
    )


async def prove_session(
    connection: Connection, user_id: UserId, family_id: str, now: datetime.datetime
) -> None:
    """Note that a session proved the second factor."""
    await connection.execute(
        "UPDATE token_families SET second_factor_at = $3 WHERE user_id = $1 AND id = $2",
        user_id, family_id, now,
    )  # fmt: skip
