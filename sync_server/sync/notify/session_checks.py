"""Checks of streams' sessions: one query for all that are due at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from sync_server.config.settings import CONFIG, Config
from sync_server.store.postgres import POOL, Pool, bypass_row_level_security
from sync_server.sync.notify.subscriptions import StreamHead
from sync_server.web.errors import AccountDeleted, Unauthorized
from sync_server.web.identity import Identity

GATHER_S = 0.02
BATCH = 1000
# By the users' keys (docs/scale.md). What a session is not of, is
# sorted out here, since two lists in one look-up would be tried in all combinations.
READ_HEADS = "SELECT user_id, version, epoch FROM heads WHERE user_id = ANY($1::uuid[])"
READ_LIVE = """
SELECT user_id, id FROM token_families WHERE user_id = ANY($1::uuid[]) AND revoked_at IS NULL
"""
READ_REVOKED = "SELECT user_id, jti FROM revoked_tokens WHERE user_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Checked:
    """The users' heads, the live sessions and the revoked tokens."""

    heads: dict[str, StreamHead]
    live: set[tuple[str, str]]
    revoked: set[tuple[str, str]]

    def head(self, identity: Identity) -> StreamHead:
        """The user's head; raises AccountDeleted or Unauthorized."""
        user_id = identity.user_id
        if user_id not in self.heads:
            raise AccountDeleted
        if (user_id, identity.family_id) not in self.live or (
            user_id,
            identity.jti,
        ) in self.revoked:
            raise Unauthorized("The token has been revoked.")
        return self.heads[user_id]


class SessionChecks:
    """The checks that streams of this process wait for."""

    def __init__(self, pool: Pool, config: Config) -> None:
        self._pool, self._config = pool, config
        self._waiting: list[tuple[Identity, asyncio.Future[StreamHead]]] = []
        self._gathering: asyncio.Task[None] | None = None

    async def check(self, identity: Identity) -> StreamHead:
        """The user's head; raises AccountDeleted, Unauthorized or a failure of the database."""
        answer: asyncio.Future[StreamHead] = asyncio.get_running_loop().create_future()
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
                checked = await self.read([identity for identity, _ in batch])
            except Exception as error:
                # Each stream meets it as if it had asked alone.
                for _, answer in batch:
                    _fail(answer, error)
                continue
            for identity, answer in batch:
                try:
                    head = checked.head(identity)
                except (AccountDeleted, Unauthorized) as error:
                    _fail(answer, error)
                else:
                    if not answer.done():
                        answer.set_result(head)

    async def read(self, identities: Sequence[Identity]) -> Checked:
        """Heads and sessions of the streams' users, in one transaction."""
        keys = sorted({identity.user_id for identity in identities})
        async with bypass_row_level_security(self._pool, self._config) as connection:
            live = await connection.fetch(READ_LIVE, keys)
            revoked = await connection.fetch(READ_REVOKED, keys)
            heads = await connection.fetch(READ_HEADS, keys)
        return Checked(
            {row["user_id"]: StreamHead(row["version"], row["epoch"]) for row in heads},
            {(row["user_id"], row["id"]) for row in live},
            {(row["user_id"], row["jti"]) for row in revoked},
        )


def _fail(answer: "asyncio.Future[StreamHead]", error: Exception) -> None:
    if not answer.done():  # the stream may have ended meanwhile
        answer.set_exception(error)


SESSION_CHECKS: web.AppKey[SessionChecks] = web.AppKey("session_checks", SessionChecks)


async def session_checks_context(app: web.Application) -> AsyncIterator[None]:
    """Checks for as long as the application runs."""
    app[SESSION_CHECKS] = checks = SessionChecks(app[POOL], app[CONFIG])
    yield
    await checks.close()
