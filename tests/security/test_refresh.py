"""Refresh tokens: one live leaf, an end that rotation does not put off, and nothing to steal."""

import base64
import datetime
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_server.store.postgres import Pool
from tests.contract.http_client import PASSWORD, Answer, Server, User
from tests.security.threaded_server import Loop, ThreadedServer

FAMILY = "FROM token_families WHERE user_id = $1"
LEAVES = """
SELECT count(*) FROM refresh_tokens AS tokens JOIN token_families AS families
ON families.user_id = tokens.user_id AND families.id = tokens.family_id
WHERE tokens.user_id = $1 AND tokens.state = 'active' AND families.revoked_at IS NULL
"""


def refreshed(api: Server, token: str, key: str | None = None) -> Answer:
    """Response of a refresh."""
    headers = {"Idempotency-Key": key} if key else {}
    return api.request("POST", "/auth/refresh", {"refresh_token": token}, headers)


def _at_once(api: Server, token: str, keys: list[str | None]) -> list[Answer]:
    with ThreadPoolExecutor(len(keys)) as threads:
        return list(threads.map(lambda key: refreshed(api, token, key), keys))


async def test_fifty_repeats_at_once_under_one_key_get_one_successor(
    user: User, pool: Pool
) -> None:
    answers = _at_once(user.server, user.tokens["refresh_token"], ["same"] * 50)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert await pool.fetchval(LEAVES, user.id) == 1
    assert refreshed(user.server, answers[0].json["refresh_token"]).status == 200


async def test_fifty_keys_at_once_leave_at_most_one_leaf(user: User, pool: Pool) -> None:
    keys: list[str | None] = [str(uuid.uuid4()) for _ in range(50)]
    answers = _at_once(user.server, user.tokens["refresh_token"], keys)
    assert [answer.status for answer in answers].count(200) == 1
    assert await pool.fetchval(LEAVES, user.id) == 0, "forty-nine of them were theft"


def test_a_revoked_family_stays_revoked_within_the_grace(user: User) -> None:
    first = user.tokens["refresh_token"]
    second = refreshed(user.server, first, "one").ok()["refresh_token"]
    assert refreshed(user.server, first, "another").code == "refresh_reused"
    # A family that was revoked by reuse looks recently rotated: nothing of it may work again.
    for token, key in ((first, "one"), (second, None), (second, "one"), (first, "one")):
        assert refreshed(user.server, token, key).status == 401
    assert user.get("/sync/check").status == 401


def test_a_grandparent_is_theft_even_under_its_own_key(user: User) -> None:
    first = user.tokens["refresh_token"]
    second = refreshed(user.server, first, "one").ok()["refresh_token"]
    third = refreshed(user.server, second, "two").ok()["refresh_token"]
    assert refreshed(user.server, second, "two").ok()["refresh_token"] == third
    assert refreshed(user.server, first, "one").code == "refresh_reused"
    for token, key in ((second, "two"), (third, None), (third, "three")):
        assert refreshed(user.server, token, key).status == 401


async def test_no_repeat_is_forgiven_after_the_grace(user: User, pool: Pool) -> None:
    first = user.tokens["refresh_token"]
    refreshed(user.server, first, "one").ok()
    await pool.execute(
        "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '61 s' WHERE user_id = $1",
        user.id,
    )
    assert refreshed(user.server, first, "one").code == "refresh_reused"


async def test_rotation_does_not_put_off_the_end_of_a_session(
    threaded_server: ThreadedServer, loop_thread: Loop, pool: Pool
) -> None:
    with loop_thread.serving(threaded_server.config.changed(session_lifetime_days=1)) as running:
        user = running.api.user()
        end = await pool.fetchval(f"SELECT expires_at {FAMILY}", user.id)
        token = user.tokens["refresh_token"]
        for _ in range(3):
            token = refreshed(running.api, token).ok()["refresh_token"]
        assert await pool.fetchval(f"SELECT expires_at {FAMILY}", user.id) == end
        assert end - datetime.datetime.now(datetime.UTC) < datetime.timedelta(days=1)
        last = "SELECT max(expires_at) FROM refresh_tokens WHERE user_id = $1"
        assert await pool.fetchval(last, user.id) <= end
        await pool.execute(
            "UPDATE token_families SET expires_at = now() - interval '1 s' WHERE user_id = $1",
            user.id,
        )
        answer = refreshed(running.api, token)
        assert (answer.status, answer.code) == (401, "invalid_refresh_token")


async def test_a_token_that_lay_unused_for_too_long_is_refused(user: User, pool: Pool) -> None:
    await pool.execute(
        "UPDATE refresh_tokens SET expires_at = now() - interval '1 s' WHERE user_id = $1", user.id
    )
    answer = refreshed(user.server, user.tokens["refresh_token"])
    assert (answer.status, answer.code) == (401, "invalid_refresh_token")


@pytest.mark.parametrize("order", [("new", "first"), ("first", "new")])
def test_a_repeat_is_forgiven_although_the_keys_were_rotated_in_between(
    threaded_server: ThreadedServer, loop_thread: Loop, user: User, order: tuple[str, str]
) -> None:
    keys = {"first": threaded_server.config.auth.secret_keys["first"], "new": bytes(range(32))}
    lost = refreshed(user.server, user.tokens["refresh_token"], "key").ok()["refresh_token"]
    rotated = threaded_server.config.changed(secret_keys={name: keys[name] for name in order})
    with loop_thread.serving(rotated) as running:
        again = refreshed(running.api, user.tokens["refresh_token"], "key").ok()
        assert again["refresh_token"] == lost
        assert refreshed(running.api, lost).status == 200


@pytest.mark.parametrize("spelt", ["{}\n", " {}", "{}=", "{}A", "{}\0"])
def test_a_token_that_is_spelt_otherwise_is_another_one(user: User, spelt: str) -> None:
    token = user.tokens["refresh_token"]
    assert refreshed(user.server, spelt.format(token)).status == 401
    assert refreshed(user.server, token).status == 200


def test_every_invalid_refresh_token_gets_the_same_error(user: User, other: User) -> None:
    own = base64.urlsafe_b64decode(user.tokens["refresh_token"])
    unknown = [own[:16] + bytes(32), uuid.uuid4().bytes + bytes(32), own[:16] + own[16:][::-1]]
    tokens = [base64.urlsafe_b64encode(it).decode() for it in unknown]
    tokens += ["", "x", other.tokens["refresh_token"][:-8], other.tokens["access_token"][:500]]
    answers = [refreshed(user.server, token) for token in tokens]
    assert len({str(answer.json | {"request_id": ""}) for answer in answers}) == 1
    assert {answer.status for answer in answers} == {401}


async def test_a_dump_of_the_database_holds_nothing_that_lets_anybody_in(
    user: User, pool: Pool
) -> None:
    first = user.tokens["refresh_token"]
    second = refreshed(user.server, first, "key").ok()
    third = user.server.request(
        "POST", "/auth/login", {"email": user.email, "password": PASSWORD}
    ).ok()
    user.request("POST", "/auth/logout", {"refresh_token": third["refresh_token"]}).ok(204)
    refresh = [first, second["refresh_token"], third["refresh_token"]]
    secrets = [PASSWORD, *refresh, second["access_token"], third["access_token"]]
    secrets += [it.split(".")[2] for it in (second["access_token"], third["access_token"])]
    secrets += [base64.urlsafe_b64decode(token)[16:].hex() for token in refresh]
    dump = "\n".join([row async for row in _dump(pool)])
    assert user.id in dump
    assert [secret for secret in secrets if secret in dump] == []


async def _dump(pool: Pool) -> AsyncIterator[str]:
    tables = await pool.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for table in tables:
        name = table["relname"]
        if not name.startswith("catalogue_"):
            for row in await pool.fetch(f'SELECT t::text AS row FROM "{name}" AS t'):
                yield row["row"]
