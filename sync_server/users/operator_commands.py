"""Commands of an operator on an account: each ends its sessions and is in the audit trail."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sync_server.config.settings import Config
from sync_server.mail.links import delete_links
from sync_server.security.password_policy import password_problem
from sync_server.security.passwords import hasher, normal_email
from sync_server.store.postgres import Connection, Pool, bypass_row_level_security
from sync_server.users import account_queries, queries
from sync_server.users.account_queries import AccountState
from sync_server.web.audit import Action, audit
from sync_server.web.clock import utc_now
from sync_server.web.idempotency import cache_key
from sync_server.web.revocation import family_key, revoke_sessions


class CommandError(Exception):
    """The command cannot be carried out; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Number of ended sessions, and their keys in Valkey; `cached` are keys to delete there."""

    ended: int
    revoked: list[str]
    cached: list[str]


async def set_password(pool: Pool, config: Config, email: str, password: str) -> Outcome:
    """Set a password and end all sessions; raises CommandError."""
    if problem := password_problem(password, email):
        raise CommandError(f"The password cannot be used: {problem}")
    argon2 = hasher(
        config.auth.argon2_time_cost, config.auth.argon2_memory_kib, config.auth.argon2_parallelism
    )
    hashed, now = argon2.hash(password), utc_now()
    async with _account(pool, config, email) as (connection, account):
        if not await queries.change_password(connection, account.id, account.password_hash, hashed):
            raise CommandError("The password was changed meanwhile: try again.")
        await delete_links(connection, account.id, "reset_password", "change_email")
        return await _end_sessions(connection, account, "password_changed", now)


async def disable(pool: Pool, config: Config, email: str) -> Outcome:
    """Disable an account: its sessions end, and log-ins are rejected; raises CommandError."""
    now = utc_now()
    async with _account(pool, config, email) as (connection, account):
        if not await account_queries.disable(connection, account.id, now):
            raise CommandError("The account is disabled already.")
        await delete_links(connection, account.id, "reset_password", "change_email")
        return await _end_sessions(connection, account, "account_disabled", now)


async def reset_second_factor(pool: Pool, config: Config, email: str) -> Outcome:
    """Remove a second factor that its user lost, and end all sessions; raises CommandError."""
    async with _account(pool, config, email) as (connection, account):
        if not await account_queries.delete_second_factor(connection, account.id):
            raise CommandError("The account has no second factor.")
        return await _end_sessions(connection, account, "second_factor_disabled", utc_now())


async def enable(pool: Pool, config: Config, email: str) -> Outcome:
    """Enable a disabled account; raises CommandError."""
    async with _account(pool, config, email) as (connection, account):
        if not await account_queries.enable(connection, account.id):
            raise CommandError("The account is not disabled.")
        await audit(connection, account.id, None, "account_enabled", None, utc_now())
        return Outcome(0, [], [])


async def delete(pool: Pool, config: Config, email: str) -> Outcome:
    """Delete an account with everything of its user; raises CommandError."""
    async with _account(pool, config, email) as (connection, account):
        deleted = await queries.delete_user(connection, account.id, account.password_hash)
        if deleted is None:
            raise CommandError("The password was changed meanwhile: try again.")
        await audit(connection, account.id, None, "account_deleted", None, utc_now())
    families, keys = deleted
    return Outcome(
        len(families),
        [family_key(account.id, family) for family in families],
        [cache_key(account.id, key) for key in keys],
    )


@asynccontextmanager
async def _account(
    pool: Pool, config: Config, email: str
) -> AsyncIterator[tuple[Connection, AccountState]]:
    async with bypass_row_level_security(pool, config) as connection:
        account = await account_queries.find_account(connection, normal_email(email))
        if account is None:
            raise CommandError(f"There is no account with the e-mail {email}.")
        yield connection, account


async def _end_sessions(
    connection: Connection,
    account: AccountState,
    action: Action,
    now: datetime.datetime,
) -> Outcome:
    ended = await revoke_sessions(connection, account.id, now)
    await audit(connection, account.id, None, action, None, now, ended=len(ended))
    return Outcome(len(ended), [family_key(account.id, family) for family in ended], [])
