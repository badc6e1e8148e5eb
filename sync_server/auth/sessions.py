"""Sessions: families of refresh tokens, each used once; a reuse revokes the family."""

import datetime
import uuid
from dataclasses import dataclass

import asyncpg

from sync_server.auth import refresh_token_queries, session_queries
from sync_server.auth.successors import newest_secret, next_token, repeated_token
from sync_server.config.settings import Config
from sync_server.security.scopes import Scope, scopes_of
from sync_server.security.tokens import (
    Claims,
    access_token,
    token_hash,
)
from sync_server.store.postgres import Connection


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a session, as a device receives them."""

    access_token: str
    refresh_token: str
    expires_in: int

    def as_json(self) -> dict[str, object]:
        """The answer's body."""
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
        }


@dataclass(frozen=True, slots=True)
class Reused:
    """A refresh token came twice: its family has been revoked, now or (`again`) earlier."""

    user_id: str
    family_id: str
    again: bool


async def begin_session(
    connection: Connection,
    config: Config,
    user_id: str,
    scopes: frozenset[Scope],
    device_name: str | None,
    now: datetime.datetime,
    second_factor_at: datetime.datetime | None = None,
) -> Tokens:
    """Start a family with its first token; the caller has a transaction.

    Beyond the quota of sessions, the longest unused one ends.
    """
    family_id = str(uuid.uuid4())
    token = next_token("", None, newest_secret(config), user_id, family_id, now)
    ends_at = now + datetime.timedelta(days=config.auth.session_lifetime_days)
    await session_queries.insert_family(
        connection, user_id, family_id, device_name, now, ends_at, second_factor_at
    )
    await session_queries.end_surplus_families(connection, user_id, config.quotas.quota_sessions)
    await refresh_token_queries.insert_refresh_token(
        connection,
        user_id,
        token_hash(token),
        family_id,
        now,
        min(now + _lifetime(config), ends_at),
    )
    return _tokens(config, user_id, scopes, family_id, token, now)


def session_scopes(
    config: Config, role: str, *, verified: bool, second_factor: bool = False
) -> frozenset[Scope]:
    """Scopes of a session's tokens under the settings; whether it proved a second factor."""
    unverified = config.mail.email_verification_required and not verified
    one_factor = config.auth.second_factor == "staff" and not second_factor
    return scopes_of(role, unverified=unverified, one_factor=one_factor)


async def rotate(
    connection: Connection,
    config: Config,
    user_id: str,
    token: str,
    idempotency_key: str | None,
    now: datetime.datetime,
) -> Tokens | Reused | None:
    """Exchange a refresh token of the user; None when it is unknown, expired or revoked.

    The lost-answer rule: the same token under the same key gets the same successor for a minute,
    as long as that successor was not used. The caller has a transaction, and commits it whatever
    comes back: a revocation must stand.
    """
    hashed, queries = token_hash(token), refresh_token_queries
    # The lock is a statement of its own, so that the next one sees what its last holder did.
    if not await queries.lock_family_of(connection, user_id, hashed):
        return None
    row = await queries.read_refresh_token(connection, user_id, hashed)
    if row is None or row["expires_at"] <= now or row["family_expires_at"] <= now:
        return None
    family_id: str = row["family_id"]
    scopes = _scopes(config, row)
    if row["state"] == "rotated":
        repeated = repeated_token(config, token, idempotency_key, row, now)
        if repeated is None:
            revoked = await session_queries.revoke_family(connection, user_id, family_id, now)
            return Reused(user_id, family_id, again=not revoked)
        return _tokens(config, user_id, scopes, family_id, repeated, now)
    if row["revoked_at"] is not None or row["state"] != "active":
        return None
    following = next_token(token, idempotency_key, newest_secret(config), user_id, family_id, now)
    following_hash = token_hash(following)
    expires_at = min(now + _lifetime(config), row["family_expires_at"])
    await queries.insert_refresh_token(
        connection, user_id, following_hash, family_id, now, expires_at
    )
    await queries.mark_rotated(connection, user_id, hashed, following_hash, idempotency_key, now)
    await session_queries.touch_family(connection, user_id, family_id, now)
    return _tokens(config, user_id, scopes, family_id, following, now)


def _scopes(config: Config, row: asyncpg.Record) -> frozenset[Scope]:
    return session_scopes(
        config,
        row["role"],
        verified=row["email_verified_at"] is not None,
        second_factor=row["second_factor_at"] is not None,
    )


def _lifetime(config: Config) -> datetime.timedelta:
    return datetime.timedelta(seconds=config.auth.refresh_token_lifetime_s)


def _tokens(
    config: Config,
    user_id: str,
    scopes: frozenset[Scope],
    family_id: str,
    token: str,
    now: datetime.datetime,
) -> Tokens:
    now_s = int(now.timestamp())
    lifetime = config.auth.access_token_lifetime_s
    claims = Claims(user_id, str(uuid.uuid4()), family_id, now_s + lifetime, frozenset[str](scopes))
    signed = access_token(
        claims, config.auth.secret_keys, config.auth.token_issuer, config.auth.token_audience, now_s
    )
    return Tokens(signed, token, lifetime)
