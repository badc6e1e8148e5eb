"""Revoked access tokens: stored in PostgreSQL, cached in Valkey."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog
from aiohttp import web
from redis.exceptions import ResponseError

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.security.tokens import LEEWAY_S
from sync_server.store.breaker import BREAKER
from sync_server.store.command_pipeline import Command
from sync_server.store.commands import COMMANDS
from sync_server.store.fenced_reads import read_rows
from sync_server.store.postgres import POOL, Connection
from sync_server.store.redis import CHECK, REDIS, channel
from sync_server.web.errors import AccountDeleted, Unauthorized

# How long Valkey may say that a token is good without anybody asking PostgreSQL.
FRESH_FOR_S = 10
_REPUBLISH_S = 1.0
log = structlog.get_logger(__name__)

IS_LIVE = """
SELECT users.id IS NOT NULL AS known,
       EXISTS (SELECT FROM token_families
               WHERE user_id = $1::text::uuid AND id = $2 AND revoked_at IS NULL)
       AND NOT EXISTS (SELECT FROM revoked_tokens
                       WHERE user_id = $1::text::uuid AND jti = $3) AS live
FROM (VALUES (1)) AS one LEFT JOIN users ON users.id = $1::text::uuid
"""


class Retries(set["asyncio.Task[None]"]):
    """Revocations that Valkey has yet to hear of."""


RETRIES: web.AppKey[Retries] = web.AppKey("retries", Retries)


def family_key(user_id: str, family_id: str) -> str:
    """Valkey key of a family's state: `ok`, `revoked` or `deleted`."""
    return f"family:{{{user_id}}}:{family_id}"


def token_key(user_id: str, jti: str) -> str:
    """Valkey key of an access token's state: `ok` or `revoked`."""
    return f"token:{{{user_id}}}:{jti}"


async def revoke_sessions(
    connection: Connection, user_id: str, now: datetime.datetime, *, but: str | None = None
) -> list[str]:
    """Revoke the live sessions of a user, except the family `but`; the families that ended.

    Their push keys are deleted.
    """
    rows = await connection.fetch(
        "WITH ended AS (UPDATE token_families SET revoked_at = $3 "
        "WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL RETURNING id), "
        "unpushed AS (DELETE FROM wake_keys USING ended "
        "WHERE wake_keys.user_id = $1 AND wake_keys.family_id = ended.id) SELECT id FROM ended",
        user_id, but, now,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def require_live_session(
    app: web.Application,
    user_id: UserId,
    family_id: str,
    jti: str,
    known: tuple[object, object] = (None, None),
) -> None:
    """Raise AccountDeleted or Unauthorized unless the session and the token are live.

    `known` is what Valkey said of both. What it has lost is read again, so that neither a flushed
    nor a dead one lets anybody in.
    """
    if b"deleted" in known:
        raise AccountDeleted
    if b"revoked" in known:
        raise Unauthorized("The token has been revoked.")
    if known == (b"ok", b"ok"):
        return
    async with read_rows(app[POOL], app[CONFIG], user_id) as connection:
        row = await connection.fetchrow(IS_LIVE, user_id, family_id, jti)
    assert row is not None
    if not row["known"]:
        raise AccountDeleted
    if not row["live"]:
        raise Unauthorized("The token has been revoked.")
    pipeline = app[REDIS].pipeline(transaction=False)
    for key in (family_key(user_id, family_id), token_key(user_id, jti)):
        # NX: a revocation that came in between must not be overwritten.
        pipeline.set(key, b"ok", ex=FRESH_FOR_S, nx=True)
    await app[BREAKER].call(lambda: pipeline.execute(), [])


async def cache_revocations(
    app: web.Application, user_id: str, keys: list[str], state: bytes = b"revoked"
) -> None:
    """Publish to all processes, at once, a revocation that PostgreSQL has committed.

    While Valkey cannot be reached from here, others may still read its `ok` for FRESH_FOR_S: the
    revocation is published again until then.
    """
    if keys and not await _publish(app, user_id, keys, state):
        task = asyncio.create_task(_republish(app, user_id, keys, state))
        app[RETRIES].add(task)
        task.add_done_callback(app[RETRIES].discard)


async def _publish(app: web.Application, user_id: str, keys: Sequence[str], state: bytes) -> bool:
    lifetime = app[CONFIG].auth.access_token_lifetime_s + LEEWAY_S
    commands: list[Command] = [("SET", key, state, "EX", lifetime) for key in keys]
    commands.append(("PUBLISH", channel(user_id), CHECK))  # streams of ended sessions end now
    replies: list[Any] = await app[BREAKER].call(lambda: app[COMMANDS].execute_all(commands), [])
    return bool(replies) and not any(isinstance(reply, ResponseError) for reply in replies)


async def _republish(app: web.Application, user_id: str, keys: Sequence[str], state: bytes) -> None:
    for _ in range(FRESH_FOR_S):
        await asyncio.sleep(_REPUBLISH_S)
        if await _publish(app, user_id, keys, state):
            return
    log.info("a revocation was not cached", keys=len(keys))


async def revocation_context(app: web.Application) -> AsyncIterator[None]:
    """Give up, at the end, what Valkey did not want to hear."""
    app[RETRIES] = Retries()
    yield
    retries = app[RETRIES]
    for task in retries:
        task.cancel()
    await asyncio.gather(*retries, return_exceptions=True)
