"""Sessions: refresh tokens are used once, lost answers are forgiven, theft is not."""

import asyncio
import uuid
from typing import Any

import aiohttp
import jwt
import pytest
from redis.asyncio import Redis

from sync_server.config import Config
from sync_server.store.postgres import Pool
from tests.ground.server import Server

Json = dict[str, Any]


class Person:
    """Somebody with an account, who calls the auth routes."""

    def __init__(self, server: Server) -> None:
        self.api = f"{server.base_url}/api/v1"
        self.email = f"{uuid.uuid4()}@Example.com"
        self.password = "correct horse"
        self.tokens: Json = {}

    async def call(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> tuple[int, Json]:
        """The status and the body of an answer."""
        if "access_token" in self.tokens:
            headers.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.api + path, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json() if answer.status != 204 else {}

    async def register(self) -> None:
        account = {"email": self.email, "password": self.password, "device_name": "phone"}
        status, self.tokens = await self.call("POST", "/auth/register", account)
        assert status == 201

    async def refresh(self, token: str, key: str = "") -> tuple[int, Json]:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.call("POST", "/auth/refresh", {"refresh_token": token}, **headers)


@pytest.fixture
async def person(server: Server) -> Person:
    """A person who has just registered."""
    someone = Person(server)
    await someone.register()
    return someone


async def test_an_email_is_one_whatever_its_case(person: Person) -> None:
    taken = {"email": person.email.upper(), "password": "another password"}
    assert (await person.call("POST", "/auth/register", taken))[1]["code"] == "email_taken"
    known = {"email": person.email.lower(), "password": person.password}
    assert (await person.call("POST", "/auth/login", known))[0] == 200


async def test_a_wrong_password_and_an_unknown_account_are_told_in_the_same_words(
    person: Person,
) -> None:
    wrong = {"email": person.email, "password": "wrong horse"}
    unknown = {"email": "nobody@example.com", "password": "wrong horse"}
    answers = [await person.call("POST", "/auth/login", body) for body in (wrong, unknown)]
    for status, body in answers:
        assert status == 401
        body.pop("request_id")
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "x" * 129),
        ("password", "null\0null"),
        ("email", "no at sign"),
        ("email", "a b@example.com"),
        ("email", "@example.com"),
        ("device_name", "x" * 201),
        ("is_admin", True),
    ],
)
async def test_bad_fields_are_named(server: Server, field: str, value: object) -> None:
    body = {"email": f"{uuid.uuid4()}@example.com", "password": "long enough"} | {field: value}
    status, problem = await Person(server).call("POST", "/auth/register", body)
    assert (status, problem["code"]) == (422, "invalid_request")
    assert field in problem["errors"]


async def test_a_password_of_128_emoji_is_welcome(server: Server) -> None:
    someone = Person(server)
    someone.password = "🏋" * 128
    await someone.register()


async def test_a_refresh_token_works_once_and_reuse_ends_the_family(person: Person) -> None:
    first = person.tokens["refresh_token"]
    status, second = await person.refresh(first)
    assert status == 200
    assert (await person.refresh(first))[1]["code"] == "refresh_reused"
    assert (await person.refresh(second["refresh_token"]))[0] == 401
    assert (await person.call("GET", "/users/me"))[0] == 401


async def test_a_lost_answer_is_repeated_under_the_same_key(person: Person) -> None:
    first = person.tokens["refresh_token"]
    answers = [await person.refresh(first, "lost") for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert len({body["refresh_token"] for _, body in answers}) == 1
    successor = answers[0][1]["refresh_token"]
    assert (await person.refresh(successor))[0] == 200
    assert (await person.refresh(first, "lost"))[1]["code"] == "refresh_reused"


async def test_another_key_is_theft(person: Person) -> None:
    first = person.tokens["refresh_token"]
    assert (await person.refresh(first, "mine"))[0] == 200
    assert (await person.refresh(first, "yours"))[1]["code"] == "refresh_reused"
    assert (await person.refresh(first, "mine"))[0] == 401


async def test_fifty_parallel_refreshes_leave_at_most_one_live_leaf(
    person: Person, pool: Pool
) -> None:
    first = person.tokens["refresh_token"]
    await asyncio.gather(*(person.refresh(first) for _ in range(50)))
    user_id = jwt.decode(person.tokens["access_token"], options={"verify_signature": False})["sub"]
    live = await pool.fetchval(
        "SELECT count(*) FROM refresh_tokens AS t JOIN token_families AS f "
        "ON f.user_id = t.user_id AND f.id = t.family_id "
        "WHERE t.user_id = $1 AND t.state = 'active' AND f.revoked_at IS NULL",
        user_id,
    )
    assert live <= 1


async def test_no_token_is_stored_in_the_clear(person: Person, pool: Pool) -> None:
    rows = await pool.fetch("SELECT refresh_tokens::text AS row FROM refresh_tokens")
    assert rows
    assert not any(person.tokens["refresh_token"] in row["row"] for row in rows)


async def test_logout_refuses_the_access_token_and_ends_the_family(
    person: Person, config: Config
) -> None:
    body = {"refresh_token": person.tokens["refresh_token"]}
    assert (await person.call("GET", "/users/me"))[0] == 200
    assert (await person.call("POST", "/auth/logout", body))[0] == 204
    assert (await person.call("GET", "/users/me"))[0] == 401
    async with Redis.from_url(config.redis_url) as redis:
        await redis.flushdb()
    assert (await person.call("GET", "/users/me"))[0] == 401
    assert (await person.refresh(body["refresh_token"]))[0] == 401


async def test_sessions_are_listed_and_can_be_ended(person: Person) -> None:
    account = {"email": person.email, "password": person.password, "device_name": "tablet"}
    _, other = await person.call("POST", "/auth/login", account)
    _, listed = await person.call("GET", "/auth/sessions")
    by_name = {session["device_name"]: session for session in listed["sessions"]}
    assert set(by_name) == {"phone", "tablet"}
    assert by_name["phone"]["current"]
    path = f"/auth/sessions/{by_name['tablet']['id']}"
    assert (await person.call("DELETE", path))[0] == 204
    assert (await person.call("DELETE", path))[0] == 404
    bearer = {"Authorization": f"Bearer {other['access_token']}"}
    assert (await person.call("GET", "/users/me", None, **bearer))[0] == 401
    assert (await person.call("GET", "/users/me"))[0] == 200


async def test_a_deleted_account_is_gone_for_all_its_devices(person: Person, pool: Pool) -> None:
    assert (await person.call("DELETE", "/users/me", {"password": "wrong one"}))[0] == 401
    assert (await person.call("DELETE", "/users/me", {"password": person.password}))[0] == 204
    status, problem = await person.call("GET", "/sync/pull")
    assert (status, problem["code"]) == (401, "account_deleted")
    left = await pool.fetchval(
        "SELECT count(*) FROM emails WHERE email_norm = $1", person.email.lower()
    )
    assert left == 0


def _forged(token: str, config: Config, algorithm: str = "HS256", **changes: Any) -> str:
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    kid, key = next(iter(config.secret_keys.items()))
    headers = {"kid": kid, "typ": "at+jwt"}
    return jwt.encode(claims, key if algorithm != "none" else "", algorithm, headers=headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "none"},
        pytest.param(
            {"algorithm": "HS512"},
            marks=pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning"),
        ),
        *({claim: None} for claim in ("iss", "aud", "sub", "jti", "iat", "nbf", "exp", "sid")),
        {"iss": "another"},
        {"aud": "another"},
        {"exp": 1},
        {"nbf": 99_999_999_999},
        {"sub": "not a uuid"},
    ],
    ids=str,
)
async def test_a_token_with_any_claim_missing_or_wrong_lets_nobody_in(
    person: Person, config: Config, changes: Json
) -> None:
    token = person.tokens["access_token"]
    right = {"Authorization": f"Bearer {_forged(token, config)}"}
    assert (await person.call("GET", "/users/me", None, **right))[0] == 200
    wrong = {"Authorization": f"Bearer {_forged(token, config, **changes)}"}
    assert (await person.call("GET", "/users/me", None, **wrong))[0] == 401


async def test_a_refresh_token_is_no_access_token(person: Person) -> None:
    bearer = {"Authorization": f"Bearer {person.tokens['refresh_token']}"}
    assert (await person.call("GET", "/users/me", None, **bearer))[0] == 401
    assert (await person.refresh(person.tokens["access_token"]))[0] == 401
