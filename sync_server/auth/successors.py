"""Successors of refresh tokens: sealed for their session, and the same again for a repeat."""

import datetime
import secrets

import asyncpg

from sync_server.config.settings import Config
from sync_server.security.tokens import (
    RANDOM_BYTES,
    refresh_token,
    session_bytes,
    successor,
    token_hash,
    user_of_refresh_token,
)

GRACE = datetime.timedelta(seconds=60)


def repeated_token(
    config: Config,
    token: str,
    idempotency_key: str | None,
    row: asyncpg.Record,
    now: datetime.datetime,
) -> str | None:
    """The successor that was given before, where the lost-answer rule allows to give it again."""
    forgivable = (
        row["revoked_at"] is None
        and idempotency_key is not None
        and row["idempotency_key"] == idempotency_key
        and row["successor_state"] == "active"
        and now - row["rotated_at"] <= GRACE
    )
    if not forgivable or idempotency_key is None:
        return None
    # Another key may sign by now than the one that made it.
    candidates = (
        next_token(token, idempotency_key, key, user_of_refresh_token(token), *issued)
        for key in config.auth.secret_keys.values()
        for issued in ((row["family_id"], row["rotated_at"]), ("", None))
    )
    return next((it for it in candidates if token_hash(it) == row["successor_hash"]), None)


def next_token(
    token: str,
    idempotency_key: str | None,
    secret: bytes,
    user_id: str,
    family_id: str,
    now: datetime.datetime | None,
) -> str:
    """The token after this one; without a time as the release before made it, unsealed."""
    random = secrets.token_bytes(RANDOM_BYTES)
    if idempotency_key is not None:
        random = successor(token, idempotency_key, secret)
    if now is not None:
        random = session_bytes(user_id, family_id, int(now.timestamp()), random, secret)
    return refresh_token(user_id, random)


def newest_secret(config: Config) -> bytes:
    """The key that signs."""
    return next(iter(config.auth.secret_keys.values()))
