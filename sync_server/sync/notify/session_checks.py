"""Checks of idle streams' sessions: one query for all that are due at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.store.postgres import POOL, Pool, bypass_row_level_security
from sync_server.web.errors import AccountDeleted, Unauthorized
from sync_server.web.identity import Identity

GATHER_S = 0.02
BATCH = 1000
READ_SESSIONS = """
SELECT heads.version,
       EXISTS (SELECT FROM token_families AS family
               WHERE family.user_id = asked.user_id AND family.id = asked.family_id
                 AND family.revoked_at IS NULL)
       AND NOT EXISTS (SELECT FROM revoked_tokens AS revoked
                       WHERE revoked.user_id = asked.user_id AND revoked.jti = asked.jti) AS live
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY
     AS asked (user_id, family_id, jti, number)
LEFT JOIN heads ON heads.user_id = asked.user_id
ORDER BY asked.number
"""


class SessionChecks:
    """The checks that streams of this process wait for."""

    def __init__(self, pool: Pool, config: Config) -> None:
        self._pool, self._config = pool, config
        self._waiting: list[tuple[Identity, asyncio.Future[int]]] = []
        self._gathering: asyncio.Task[None] | None = None

    async def check(self, identity: Identity) -> int:
        """The user's version; raises AccountDeleted, Unauthorized or a failure of the database."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((identity, answer))
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._gather())
        return await answer

    async def close(self) -> None:
        """Give up what is under way."""
        if self._gathering:
            self._gathering.cancel()
            await asyncio.gather(self._gathering, return_exceptions=True)

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_S)
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                rows = await self._read([identity for identity, _ in batch])
            except Exception as error:
                # Each stream meets it as if it had asked alone.
                for _, answer in batch:
                    _fail(answer, error)
                continue
            for (_, answer), row in zip(batch, rows, strict=True):
                if row["version"] is None:
                    _fail(answer, AccountDeleted())
                elif not row["live"]:
                    _fail(answer, Unauthorized("The token has been revoked."))
                elif not answer.done():
                    answer.set_result(row["version"])

    async def _read(self, identities: Sequence[Identity]) -> list[asyncpg.Record]:
        async with bypass_row_level_security(self._pool, self._config) as connection:
            return await connection.fetch(
                READ_SESSIONS,
                [identity.user_id for identity in identities],
                [identity.family_id for identity in identities],
                [identity.jti for identity in identities],
            )


def _fail(answer: "asyncio.Future[int]", error: Exception) -> None:
    if not answer.done():  # the stream may have ended meanwhile
        answer.set_exception(error)


SESSION_CHECKS: web.AppKey[SessionChecks] = web.AppKey("session_checks", SessionChecks)


async def session_checks_context(app: web.Application) -> AsyncIterator[None]:
    """Checks for as long as the application runs."""
    app[SESSION_CHECKS] = checks = SessionChecks(app[POOL], app[CONFIG])
    yield
    await checks.close()
