"""Sessions after a restored backup: a device that has exchanged its token since stays signed in."""

import os
import uuid

import pytest

from sync_server.backup.epoch import begin_epochs
from sync_server.config.settings import Config
from sync_server.security.tokens import refresh_token, session_bytes
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.support.rollback import Backup

from .stories import RawClient, register


async def exchange(client: RawClient, token: str, key: str = "") -> tuple[int, str]:
    """Status of a refresh, and the successor or the code of the error."""
    headers = {"Idempotency_Key": key} if key else {}
    answer = await client.send("POST", "/auth/refresh", {"refresh_token": token}, **headers)
    return answer.status, answer.json["refresh_token"] if answer.status == 200 else answer.code


async def exchanged(client: RawClient, token: str) -> str:
    """The successor of a token."""
    status, following = await exchange(client, token)
    assert status == 200, following
    return following


@pytest.fixture
async def lost(server: Server, pool: Pool, config: Config) -> tuple[RawClient, list[str]]:
    """A user of a restored backup, with the tokens of a session: only the first is in it."""
    client = await register(server.base_url)
    backup = await Backup.make(pool, client.user_id)
    tokens = [client.tokens["refresh_token"]]
    for _ in range(2):
        tokens.append(await exchanged(client, tokens[-1]))
    await backup.restore(pool)
    await begin_epochs(config, [client.user_id])
    return client, tokens


Lost = tuple[RawClient, list[str]]


async def test_a_token_that_the_backup_lacks_goes_on(lost: Lost) -> None:
    client, tokens = lost
    status, following = await exchange(client, tokens[2], "a-lost-response")
    assert status == 200
    assert await exchange(client, tokens[2], "a-lost-response") == (200, following)
    await exchanged(client, following)


async def test_the_backups_own_token_is_then_a_reuse(lost: Lost) -> None:
    client, tokens = lost
    following = await exchanged(client, tokens[2])
    assert await exchange(client, tokens[0]) == (401, "refresh_reused")
    assert (await exchange(client, following))[0] == 401


async def test_of_the_lost_tokens_one_is_taken_and_the_next_ends_the_session(lost: Lost) -> None:
    client, tokens = lost
    following = await exchanged(client, tokens[1])  # by a thief
    assert await exchange(client, tokens[2]) == (401, "refresh_reused")
    assert (await exchange(client, following))[0] == 401
    assert (await client.send("GET", "/sync/check")).status == 401


async def test_the_backups_own_token_goes_on_where_no_other_was_given(lost: Lost) -> None:
    client, tokens = lost
    await exchanged(client, tokens[0])


async def test_no_other_unknown_token_is_taken(lost: Lost, config: Config, pool: Pool) -> None:
    client, _ = lost
    user_id, family_id = client.user_id, client.claims["sid"]
    secret = next(iter(config.auth.secret_keys.values()))
    restored_at = await pool.fetchval("SELECT restored_at FROM heads WHERE user_id = $1", user_id)
    issued = int(restored_at.timestamp())

    def forged(family: str = family_id, at: int = issued, key: bytes = secret) -> str:
        return refresh_token(user_id, session_bytes(user_id, family, at, os.urandom(32), key))

    for token in (
        forged(key=os.urandom(32)),
        forged(family=str(uuid.uuid4())),
        forged(at=issued + 60),
        forged(at=issued - 3600),
        refresh_token(user_id, bytes(32)),
        refresh_token(user_id, os.urandom(32)),
    ):
        assert (await exchange(client, token))[0] == 401
    await pool.execute("UPDATE heads SET restored_at = NULL WHERE user_id = $1", user_id)
    assert (await exchange(client, forged()))[0] == 401
