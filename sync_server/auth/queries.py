"""The SQL of accounts and of refresh tokens."""

import datetime
from dataclasses import dataclass

import asyncpg

from schema.ids import UserId
from sync_server.security.passwords import normal_email, simple_email
from sync_server.store.postgres import Connection
from sync_server.web.errors import EmailTaken


@dataclass(frozen=True, slots=True)
class Account:
    """Account at log-in. `password_hash` is Argon2's encoded form."""

    id: UserId
    password_hash: str
    role: str
    email: str
    verified: bool
    disabled: bool


async def insert_user(
    connection: Connection,
    user_id: str,
    email: str,
    normal: str,
    password_hash: str,
    epoch: int,
    now: datetime.datetime,
) -> None:
    """Make an account; raises EmailTaken. The caller has a transaction."""
    try:
        await connection.execute(
            "INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, $3, $4)",
            user_id, email, password_hash, now,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO emails (email_norm, user_id) VALUES ($1, $2)", normal, user_id
        )
    except asyncpg.UniqueViolationError:
        raise EmailTaken from None
    await connection.execute("INSERT INTO heads (user_id, epoch) VALUES ($1, $2)", user_id, epoch)


async def find_account(connection: Connection, email: str) -> Account | None:
    """The account with this e-mail; of two that earlier releases told apart, the one so written."""
    row = await connection.fetchrow(
        "SELECT users.id, password_hash, role, email, email_verified_at IS NOT NULL AS verified, "
        "disabled_at IS NOT NULL AS disabled "
        "FROM emails JOIN users ON users.id = emails.user_id WHERE email_norm = ANY($1::text[]) "
        "ORDER BY email_norm <> $2 LIMIT 1",
        [simple_email(email), normal_email(email)], simple_email(email),
    )  # fmt: skip
    return Account(**row) if row else None


async def bcrypt_cost(connection: Connection) -> int | None:
    """Highest cost of the imported bcrypt hashes; None without any."""
    cost: int | None = await connection.fetchval(
        r"SELECT max(substring(password_hash FROM '\$2[aby]\$(\d\d)\$')::int) FROM users "
        "WHERE password_hash LIKE 'bcrypt%' OR password_hash LIKE '$2%'"
    )
    return cost


async def hold_hash(connection: Connection, account: Account) -> bool:
    """Lock the password until the transaction ends.

    False if it changed meanwhile, or the account was disabled.
    """
    row = await connection.fetchrow(
        "SELECT id FROM users WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL "
        "FOR SHARE",
        account.id, account.password_hash,
    )  # fmt: skip
    return row is not None


async def lock_account(
    connection: Connection, user_id: UserId, *, exclusive: bool = False
) -> Account | None:
    """The user's account, locked until the transaction ends: shared, as log-ins lock it, or not."""
    row = await connection.fetchrow(
        "SELECT id, password_hash, role, email, email_verified_at IS NOT NULL AS verified, "
        "disabled_at IS NOT NULL AS disabled FROM users WHERE id = $1 "
        f"FOR {'UPDATE' if exclusive else 'SHARE'}",
        user_id,
    )
    return Account(**row) if row else None


async def renew_hash(connection: Connection, account: Account, renewed: str) -> None:
    """Replace the hash of the same password, unless it was changed meanwhile."""
    await connection.execute(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        account.id, account.password_hash, renewed,
    )  # fmt: skip


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
    family_id: str | None = await connection.fetchval(
        "SELECT family_id FROM refresh_tokens JOIN emails USING (user_id) "
        "WHERE user_id = $1 AND hash = $2 AND email_norm = $3",
        user_id, hashed, normal,
    )  # fmt: skip
    return family_id


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
    """End a session; false when there is no such live one."""
    row = await connection.fetchrow(
        "UPDATE token_families SET revoked_at = $3 "
        "WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id",
        user_id, family_id, now,
    )  # fmt: skip
    return row is not None


async def revoke_other_families(
    connection: Connection, user_id: str, own: str, now: datetime.datetime
) -> list[str]:
    """End all sessions but one; the ids of those that were live."""
    rows = await connection.fetch(
        "UPDATE token_families SET revoked_at = $3 "
        "WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL RETURNING id",
        user_id, own, now,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def revoke_access_token(
    connection: Connection, user_id: str, jti: str, expires_at: datetime.datetime
) -> None:
    """Refuse an access token until its own expiry."""
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
