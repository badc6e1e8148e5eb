"""The SQL of accounts."""

import datetime
from dataclasses import dataclass

import asyncpg

from schema.ids import UserId
from sync_server.lookups.addresses import find_users
from sync_server.security.passwords import normal_email, simple_email
from sync_server.store.postgres import Connection
from sync_server.web.errors import EmailTaken

READ_ACCOUNT = """
SELECT id, password_hash, role, email, email_verified_at IS NOT NULL AS verified,
       disabled_at IS NOT NULL AS disabled
FROM users"""

READ_BCRYPT_COST = r"""
SELECT max(substring(password_hash FROM '\$2[aby]\$(\d\d)\$')::int) FROM users
WHERE password_hash LIKE 'bcrypt%' OR password_hash LIKE '$2%'
"""


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
    """The account with this e-mail; of two that differ in case only, the one with this spelling."""
    for user_id in await find_users(connection, simple_email(email), normal_email(email)):
        row = await connection.fetchrow(f"{READ_ACCOUNT} WHERE id = $1", user_id)
        if row is not None:
            return Account(**row)
    return None


async def bcrypt_cost(connection: Connection) -> int | None:
    """Highest cost of the imported bcrypt hashes; None without any."""
    cost: int | None = await connection.fetchval(READ_BCRYPT_COST)
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
        f"{READ_ACCOUNT} WHERE id = $1 FOR {'UPDATE' if exclusive else 'SHARE'}", user_id
    )
    return Account(**row) if row else None


async def renew_hash(connection: Connection, account: Account, renewed: str) -> None:
    """Replace the hash of the same password, unless it was changed meanwhile."""
    await connection.execute(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        account.id, account.password_hash, renewed,
    )  # fmt: skip
