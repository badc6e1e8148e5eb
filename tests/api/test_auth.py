"""Sessions: refresh tokens are single-use; a lost response may be repeated, reuse revokes."""

import uuid

import pytest
from redis.asyncio import Redis

from sync_server.config.settings import Config
from tests.infrastructure.server import Server
from tests.support.client import Client


@pytest.fixture
async def person(server: Server) -> Client:
    """A person who has just registered."""
    someone = Client(server.base_url)
    await someone.register()
    return someone


async def test_an_email_is_one_whatever_its_case(person: Client) -> None:
    taken = {"email": person.email.upper(), "password": "another password"}
    assert (await person.call("POST", "/auth/register", taken))[1]["code"] == "email_taken"
    known = {"email": person.email.lower(), "password": person.password}
    assert (await person.call("POST", "/auth/login", known))[0] == 200


async def test_a_wrong_password_and_an_unknown_account_get_the_same_response(
    person: Client,
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
    status, problem = await Client(server.base_url).call("POST", "/auth/register", body)
    assert (status, problem["code"]) == (422, "invalid_request")
    assert field in problem["errors"]


async def test_a_password_of_128_emoji_is_welcome(server: Server) -> None:
    someone = Client(server.base_url)
    someone.password = "🏋" * 128
    await someone.register()
    for length, status in ((128, 200), (127, 401)):
        body = {"email": someone.email, "password": "🏋" * length}
        assert (await someone.call("POST", "/auth/login", body))[0] == status


async def test_a_refresh_token_works_once_and_reuse_ends_the_family(person: Client) -> None:
    first = person.tokens["refresh_token"]
    status, second = await person.refresh(first)
    assert status == 200
    assert (await person.refresh(first))[1]["code"] == "refresh_reused"
    assert (await person.refresh(second["refresh_token"]))[0] == 401
    assert (await person.call("GET", "/users/me"))[0] == 401


async def test_a_lost_answer_is_repeated_under_the_same_key(person: Client) -> None:
    first = person.tokens["refresh_token"]
    answers = [await person.refresh(first, "lost") for _ in range(3)]
    assert {status for status, _ in answers} == {200}
    assert len({body["refresh_token"] for _, body in answers}) == 1
    successor = answers[0][1]["refresh_token"]
    assert (await person.refresh(successor))[0] == 200
    assert (await person.refresh(first, "lost"))[1]["code"] == "refresh_reused"


async def test_another_key_is_theft(person: Client) -> None:
    first = person.tokens["refresh_token"]
    assert (await person.refresh(first, "mine"))[0] == 200
    assert (await person.refresh(first, "yours"))[1]["code"] == "refresh_reused"
    assert (await person.refresh(first, "mine"))[0] == 401


async def test_logout_refuses_the_access_token_and_ends_the_family(
    person: Client, config: Config
) -> None:
    body = {"refresh_token": person.tokens["refresh_token"]}
    assert (await person.call("GET", "/users/me"))[0] == 200
    assert (await person.call("POST", "/auth/logout", body))[0] == 204
    assert (await person.call("GET", "/users/me"))[0] == 401
    async with Redis.from_url(config.stores.redis_url) as redis:
        await redis.flushdb()
    assert (await person.call("GET", "/users/me"))[0] == 401
    assert (await person.refresh(body["refresh_token"]))[0] == 401


async def test_sessions_are_listed_and_can_be_ended(person: Client) -> None:
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
