"""Accounts and tokens: registration, login, refresh that survives lost answers, logout."""

import base64
import json
import uuid
from typing import Any

import pytest

from .http_client import PASSWORD, Answer, Server, User, claims
from .records import new_id, put


def _check_tokens(tokens: dict[str, Any]) -> None:
    assert tokens["token_type"] == "Bearer"
    assert isinstance(tokens["access_token"], str)
    assert len(tokens["refresh_token"]) >= 43, "256 bits take 43 characters"
    assert tokens["refresh_token"].count(".") != 2, "a refresh token is no JWT"
    content = claims(tokens["access_token"])
    assert {"iss", "aud", "sub", "jti", "iat", "exp"} <= content.keys()
    assert content["exp"] - content["iat"] == tokens["expires_in"]
    assert str(uuid.UUID(content["sub"])) == content["sub"]
    head = tokens["access_token"].split(".")[0]
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    assert header["kid"]
    assert header["alg"].lower() != "none"


def _login(api: Server, email: str, password: str = PASSWORD, **fields: object) -> Answer:
    return api.request("POST", "/auth/login", {"email": email, "password": password} | fields)


def _refresh(api: Server, token: str, key: str | None = None) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return api.request("POST", "/auth/refresh", {"refresh_token": token}, headers)


def _with(user: User, tokens: dict[str, Any]) -> User:
    return User(user.server, user.email, tokens)


def test_registering_gives_tokens_that_work(api: Server) -> None:
    answer = api.register(device_name="phone")
    _check_tokens(answer.ok(201))
    User(api, "", answer.json).pull()


def test_a_taken_address_is_refused(user: User) -> None:
    answer = user.server.register(user.email)
    assert (answer.status, answer.code) == (409, "email_taken")


def test_an_address_is_the_same_in_capitals(user: User) -> None:
    answer = user.server.register(user.email.upper())
    assert (answer.status, answer.code) == (409, "email_taken")
    _login(user.server, user.email.upper()).ok()


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody"},
        {"email": ""},
        {"email": None},
        {"email": 7},
        {"email": "a@b\x00.example"},
        {"email": "x" * 400 + "@example.com"},
        {"password": ""},
        {"password": "short"},
        {"password": None},
        {"password": 12345678901234},
        {"password": "x" * 100_000},
        {"device_name": 7},
        {"device_name": "x" * 10_000},
        {"is_admin": True},
        {"role": "admin"},
    ],
)
def test_a_registration_of_the_wrong_shape_is_refused(
    api: Server, fields: dict[str, object]
) -> None:
    body = {"email": f"{new_id()}@example.com", "password": PASSWORD} | fields
    assert api.request("POST", "/auth/register", body).status in (400, 413, 422)


@pytest.mark.parametrize("password", ["пароль с пробелами 日本", "  spaces  count  ", "p" * 64])
def test_any_long_enough_password_is_taken_as_it_is(api: Server, password: str) -> None:
    email = f"{new_id()}@example.com"
    api.register(email, password=password).ok(201)
    _login(api, email, password).ok()
    assert _login(api, email, password.strip() + "x").status == 401


def test_login_gives_tokens_of_the_same_user(user: User) -> None:
    tokens = _login(user.server, user.email, device_name="tablet").ok()
    _check_tokens(tokens)
    user.applied(put("foods"))
    assert len(_with(user, tokens).changes()) == 1


def test_a_wrong_password_and_an_unknown_account_look_alike(user: User) -> None:
    wrong = _login(user.server, user.email, "not the right one")
    unknown = _login(user.server, f"{new_id()}@example.com")
    for answer in (wrong, unknown):
        assert (answer.status, answer.code) == (401, "invalid_credentials")
    assert wrong.json | {"request_id": ""} == unknown.json | {"request_id": ""}


def test_the_algorithm_is_never_read_from_the_token(user: User) -> None:
    head, body, signature = user.tokens["access_token"].split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    for algorithm in ("none", "None", "HS384", "RS256"):
        text = json.dumps(header | {"alg": algorithm}).encode()
        forged = base64.urlsafe_b64encode(text).decode().rstrip("=")
        for end in (signature, ""):
            bad = _with(user, {"access_token": f"{forged}.{body}.{end}"})
            assert bad.get("/sync/pull").status == 401


def test_a_token_that_was_changed_is_refused(user: User, other: User) -> None:
    head, body, signature = user.tokens["access_token"].split(".")
    others_body = other.tokens["access_token"].split(".")[1]
    for bad in (f"{head}.{others_body}.{signature}", f"{head}.{body}.{signature[:-4]}AAAA"):
        assert _with(user, {"access_token": bad}).get("/sync/pull").status == 401


def test_a_refresh_token_is_no_access_token_and_the_reverse(user: User) -> None:
    swapped = _with(user, {"access_token": user.tokens["refresh_token"]})
    assert swapped.get("/sync/pull").status == 401
    assert _refresh(user.server, user.tokens["access_token"]).status == 401


def test_a_refresh_rotates(user: User) -> None:
    tokens = _refresh(user.server, user.tokens["refresh_token"]).ok()
    _check_tokens(tokens)
    assert tokens["refresh_token"] != user.tokens["refresh_token"]
    assert _with(user, tokens).id == user.id
    _with(user, tokens).pull()
    _refresh(user.server, tokens["refresh_token"]).ok()


def test_a_reused_refresh_token_revokes_the_family(user: User) -> None:
    first = user.tokens["refresh_token"]
    second = _refresh(user.server, first).ok()["refresh_token"]
    third = _refresh(user.server, second).ok()["refresh_token"]
    answer = _refresh(user.server, first)
    assert (answer.status, answer.code) == (401, "refresh_reused")
    assert _refresh(user.server, third).status == 401
    assert _refresh(user.server, second).status == 401


def test_a_reuse_without_a_key_is_theft_even_of_the_last_token(user: User) -> None:
    first = user.tokens["refresh_token"]
    second = _refresh(user.server, first).ok()["refresh_token"]
    answer = _refresh(user.server, first)
    assert (answer.status, answer.code) == (401, "refresh_reused")
    assert _refresh(user.server, second).status == 401


def test_another_family_of_the_user_outlives_a_theft(user: User) -> None:
    tablet = _login(user.server, user.email).ok()
    _refresh(user.server, user.tokens["refresh_token"]).ok()
    assert _refresh(user.server, user.tokens["refresh_token"]).status == 401
    _refresh(user.server, tablet["refresh_token"]).ok()


def test_a_lost_answer_to_a_refresh_does_not_log_out(user: User) -> None:
    first, key = user.tokens["refresh_token"], new_id()
    lost = _refresh(user.server, first, key).ok()
    again = _refresh(user.server, first, key).ok()
    assert again["refresh_token"] == lost["refresh_token"]
    _with(user, again).pull()
    _refresh(user.server, again["refresh_token"], new_id()).ok()


def test_a_repeat_after_the_successor_was_used_is_theft(user: User) -> None:
    first, key = user.tokens["refresh_token"], new_id()
    second = _refresh(user.server, first, key).ok()["refresh_token"]
    third = _refresh(user.server, second, new_id()).ok()["refresh_token"]
    answer = _refresh(user.server, first, key)
    assert (answer.status, answer.code) == (401, "refresh_reused")
    assert _refresh(user.server, third, new_id()).status == 401


def test_a_repeat_under_another_key_is_theft(user: User) -> None:
    first = user.tokens["refresh_token"]
    second = _refresh(user.server, first, new_id()).ok()["refresh_token"]
    answer = _refresh(user.server, first, new_id())
    assert (answer.status, answer.code) == (401, "refresh_reused")
    assert _refresh(user.server, second).status == 401


def test_a_key_does_not_help_a_token_that_was_refreshed_without_one(user: User) -> None:
    first = user.tokens["refresh_token"]
    _refresh(user.server, first).ok()
    assert _refresh(user.server, first, new_id()).status == 401


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "a.b.c", "é", "\x00", "." * 3])
def test_a_refresh_token_that_is_none_is_refused(api: Server, token: str) -> None:
    assert _refresh(api, token).status in (400, 401, 422)


def test_logout_ends_the_access_token_at_once_and_the_family(user: User) -> None:
    token = {"refresh_token": user.tokens["refresh_token"]}
    answer = user.request("POST", "/auth/logout", token)
    assert (answer.status, answer.body) == (204, b"")
    assert user.get("/sync/pull").status == 401
    assert _refresh(user.server, user.tokens["refresh_token"]).status == 401


@pytest.mark.parametrize("body", [None, {}])
def test_logout_without_a_refresh_token_ends_the_session_of_the_access_token(
    user: User, body: dict[str, str] | None
) -> None:
    assert user.request("POST", "/auth/logout", body).status == 204
    assert user.get("/sync/pull").status == 401
    assert _refresh(user.server, user.tokens["refresh_token"]).status == 401
    _login(user.server, user.email).ok()


def test_logout_with_another_sessions_refresh_token_ends_both(user: User) -> None:
    other = _login(user.server, user.email).ok()
    token = {"refresh_token": other["refresh_token"]}
    assert user.request("POST", "/auth/logout", token).status == 204
    assert user.get("/sync/pull").status == 401
    assert _with(user, other).get("/sync/pull").status == 401
    assert _refresh(user.server, user.tokens["refresh_token"]).status == 401


@pytest.mark.parametrize("with_refresh_token", [True, False])
def test_logout_again_after_a_lost_response(user: User, with_refresh_token: bool) -> None:
    body = {"refresh_token": user.tokens["refresh_token"]} if with_refresh_token else None
    for _ in range(3):
        answer = user.request("POST", "/auth/logout", body)
        assert (answer.status, answer.body) == (204, b"")
    assert user.get("/sync/pull").status == 401
    assert _refresh(user.server, user.tokens["refresh_token"]).status == 401


def test_logout_of_a_deleted_account_says_so(user: User) -> None:
    assert user.request("DELETE", "/users/me", {"password": PASSWORD}).status == 204
    answer = user.request("POST", "/auth/logout")
    assert (answer.status, answer.json["code"]) == (401, "account_deleted")


def test_logout_leaves_the_other_devices_logged_in(user: User) -> None:
    tablet = _with(user, _login(user.server, user.email).ok())
    token = {"refresh_token": user.tokens["refresh_token"]}
    assert user.request("POST", "/auth/logout", token).status == 204
    tablet.pull()
    _refresh(user.server, tablet.tokens["refresh_token"]).ok()


def test_logout_cannot_end_another_users_family(user: User, other: User) -> None:
    stolen = {"refresh_token": other.tokens["refresh_token"]}
    assert user.request("POST", "/auth/logout", stolen).status in (204, 400, 401, 422)
    _refresh(other.server, other.tokens["refresh_token"]).ok()


def test_logout_needs_a_token(api: Server) -> None:
    assert api.request("POST", "/auth/logout").status == 401


def _sessions(user: User) -> list[dict[str, Any]]:
    listed = user.get("/auth/sessions").ok()
    sessions: list[dict[str, Any]] = listed if isinstance(listed, list) else listed["sessions"]
    return sessions


def test_sessions_are_the_users_families(user: User, other: User) -> None:
    _login(other.server, other.email, device_name="other's")
    _login(user.server, user.email, device_name="the tablet").ok()
    sessions = _sessions(user)
    assert len(sessions) == 2
    assert "the tablet" in json.dumps(sessions)
    assert len({session["id"] for session in sessions}) == 2
    refresh = _refresh(user.server, user.tokens["refresh_token"]).ok()
    assert len(_sessions(_with(user, refresh))) == 2, "a refresh makes no family"


def test_a_session_may_be_revoked(user: User) -> None:
    before = {session["id"] for session in _sessions(user)}
    tablet = _login(user.server, user.email, device_name="tablet").ok()
    [family] = {session["id"] for session in _sessions(user)} - before
    assert user.request("DELETE", f"/auth/sessions/{family}").status in (200, 204)
    assert _refresh(user.server, tablet["refresh_token"]).status == 401
    assert {session["id"] for session in _sessions(user)} == before


def test_another_users_session_is_not_found(user: User, other: User) -> None:
    [theirs] = _sessions(other)
    for session in (theirs["id"], new_id(), "x"):
        assert user.request("DELETE", f"/auth/sessions/{session}").status in (404, 422)
    _refresh(other.server, other.tokens["refresh_token"]).ok()


def test_no_answer_of_auth_is_stored_by_a_cache(user: User) -> None:
    for answer in (user.server.register(), _login(user.server, user.email)):
        assert "no-store" in answer.headers["Cache-Control"]
