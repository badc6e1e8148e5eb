"""Access tokens: only what the server signed, as it signed it, lets anybody in (RFC 8725)."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid
from typing import Any

import pytest

from sync_server.security.tokens import LEEWAY_S, Claims
from sync_server.web.access_tokens import TOKENS
from tests.contract.http_client import Answer, Server, User, claims
from tests.security.threaded_server import Loop, ThreadedServer

Json = dict[str, Any]
ABSENT = "(absent)"
SHA = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}


def _segment(content: object) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _content(token: str, number: int) -> Json:
    part = token.split(".")[number]
    content: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def _changed(content: Json, changes: Json) -> Json:
    return {name: it for name, it in (content | changes).items() if it != ABSENT}


def signed(header: object, payload: object, key: bytes, algorithm: object = "HS256") -> str:
    """A JWT whose signature is right, whatever it says."""
    text = f"{_segment(header)}.{_segment(payload)}"
    mac = hmac.new(key, text.encode(), SHA.get(str(algorithm), hashlib.sha256)).digest()
    return f"{text}.{_segment(mac)}"


def forged(user: User, key: bytes, header: Json | None = None, payload: Json | None = None) -> str:
    """The user's access token with other claims, signed with the key."""
    token = user.tokens["access_token"]
    head = _changed(_content(token, 0), header or {})
    return signed(head, _changed(_content(token, 1), payload or {}), key, head.get("alg"))


def used(api: Server, token: str, scheme: str = "Bearer") -> Answer:
    """Response of a request with the token."""
    return api.request("GET", "/sync/check", headers={"Authorization": f"{scheme} {token}"})


@pytest.fixture
def key(threaded_server: ThreadedServer) -> bytes:
    """The key that signs: a test with it shows what is refused although the signature is right."""
    return threaded_server.config.auth.secret_keys["first"]


def test_the_tests_own_signature_is_right(anyone: User, key: bytes) -> None:
    assert used(anyone.server, forged(anyone, key)).status == 200
    assert used(anyone.server, forged(anyone, os.urandom(32))).status == 401


@pytest.mark.parametrize(
    "algorithm",
    ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "none", "None", "NONE", "nOnE", "",
     "hs256", "HS256 ", None, 256, ["HS256"], {"alg": "HS256"}, True, ABSENT],
)  # fmt: skip
def test_the_algorithm_is_ours_whatever_the_token_says(
    anyone: User, key: bytes, algorithm: object
) -> None:
    token = forged(anyone, key, {"alg": algorithm})
    head, payload, _ = token.split(".")
    for it in (token, f"{head}.{payload}.", f"{head}.{payload}"):
        assert used(anyone.server, it).status == 401


NAMES = ("iss", "aud", "sub", "jti", "iat", "nbf", "exp", "sid", "scope")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [ABSENT, None, True, "", "x", [], {}, ["x"], {"x": 1}, float("inf"), "9" * 5000],
    ids=lambda value: str(value)[:12],
)
def test_a_claim_that_is_missing_or_wrong_lets_nobody_in(
    anyone: User, key: bytes, name: str, value: object
) -> None:
    answer = used(anyone.server, forged(anyone, key, payload={name: value}))
    # A token without the scope that a route needs is a good token.
    assert answer.status == (403 if name == "scope" and value in ("", "x") else 401)


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_a_time_is_a_whole_number(anyone: User, key: bytes, name: str) -> None:
    right = _content(anyone.tokens["access_token"], 1)[name]
    for value in (str(right), float(right), [right], True):
        assert used(anyone.server, forged(anyone, key, payload={name: value})).status == 401


@pytest.mark.parametrize("name", ["sub", "jti", "sid"])
def test_the_id_of_nobody_lets_nobody_in(anyone: User, key: bytes, name: str) -> None:
    answer = used(anyone.server, forged(anyone, key, payload={name: str(uuid.uuid4())}))
    assert answer.status == (200 if name == "jti" else 401)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": ABSENT}, {"typ": None}, {"typ": "JWT"}, {"typ": "rt+jwt"}, {"typ": ["at+jwt"]},
        {"kid": ABSENT}, {"kid": None}, {"kid": ""}, {"kid": "../../x"}, {"kid": "/dev/null"},
        {"kid": ["first"]}, {"kid": {"first": 1}}, {"kid": 0}, {"kid": True}, {"kid": "second"},
        {"kid": "first\0"}, {"kid": "first' OR 1=1"}, {"kid": "k" * 3000},
        {"crit": ["exp"]}, {"crit": ["b64"], "b64": False},
    ],
    ids=str,
)  # fmt: skip
def test_a_header_that_is_not_ours_lets_nobody_in(anyone: User, key: bytes, header: Json) -> None:
    assert used(anyone.server, forged(anyone, key, header)).status == 401


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a_key_in_the_header_is_not_looked_at(anyone: User, key: bytes, name: str) -> None:
    own = os.urandom(32)
    value: object = {
        "jwk": {"kty": "oct", "k": _segment(own), "alg": "HS256", "kid": "first"},
        "x5c": [base64.b64encode(own).decode()],
    }.get(name, "http://127.0.0.1:1/keys")
    assert used(anyone.server, forged(anyone, own, {name: value})).status == 401
    assert used(anyone.server, forged(anyone, key, {name: value})).status == 200


@pytest.mark.parametrize(
    "header",
    [b"[" * 2900, b'{"a":' * 580, b"null", b"1", b'"x"', b"\xff\xfe", b"", b"{}", b'{"alg":1e999}'],
    ids=lambda it: str(it[:8]),
)
def test_a_header_that_is_no_object_is_refused(anyone: User, key: bytes, header: bytes) -> None:
    payload = _content(anyone.tokens["access_token"], 1)
    assert used(anyone.server, signed(header, payload, key)).status == 401


@pytest.mark.parametrize("payload", [b"[" * 2600, b'{"a":' * 500, b"null", b"[]", b"\xff", b""])
def test_a_payload_that_is_no_object_is_refused(anyone: User, key: bytes, payload: bytes) -> None:
    header = _content(anyone.tokens["access_token"], 0)
    assert used(anyone.server, signed(header, payload, key)).status == 401


@pytest.mark.parametrize("length", [4097, 8000, 64 * 1024])
def test_a_token_of_any_length_is_only_refused(anyone: User, length: int) -> None:
    token = anyone.tokens["access_token"]
    assert used(anyone.server, token + "A" * (length - len(token))).status in (400, 401)


@pytest.mark.parametrize(
    ("claim", "offset", "status"),
    [
        ("exp", -LEEWAY_S - 3, 401), ("exp", -LEEWAY_S + 5, 200),
        ("nbf", LEEWAY_S + 5, 401), ("nbf", LEEWAY_S - 5, 200),
        ("iat", LEEWAY_S + 5, 401), ("iat", LEEWAY_S - 5, 200),
    ],
)  # fmt: skip
def test_clocks_may_differ_by_the_leeway_and_no_more(
    anyone: User, key: bytes, claim: str, offset: int, status: int
) -> None:
    answer = used(anyone.server, forged(anyone, key, payload={claim: int(time.time()) + offset}))
    assert answer.status == status
    if claim == "exp" and status == 401:
        assert answer.code == "token_expired"


def test_a_token_that_was_remembered_expires_all_the_same(
    threaded_server: ThreadedServer, anyone: User, key: bytes
) -> None:
    payload = _content(anyone.tokens["access_token"], 1)
    token = forged(anyone, key, payload={"nonce": str(uuid.uuid4())})
    assert used(anyone.server, token).status == 200
    assert token in threaded_server.app[TOKENS]
    past = int(time.time()) - LEEWAY_S - 1
    threaded_server.app[TOKENS][token] = Claims(
        payload["sub"], payload["jti"], payload["sid"], past, frozenset({"sync"})
    )
    answer = used(anyone.server, token)
    assert (answer.status, answer.code) == (401, "token_expired")


@pytest.mark.parametrize("scope", ["admin", "sync admin", "support", "sync support admin"])
def test_a_scope_cannot_be_written_into_a_token(anyone: User, scope: str) -> None:
    token = anyone.tokens["access_token"]
    head, _, mac = token.split(".")
    richer = _content(token, 1) | {"scope": scope}
    assert used(anyone.server, f"{head}.{_segment(richer)}.{mac}").status == 401
    resigned = forged(anyone, os.urandom(32), payload={"scope": scope})
    assert used(anyone.server, resigned).status == 401


def test_an_ordinary_token_says_sync_and_nothing_more(anyone: User) -> None:
    assert claims(anyone.tokens["access_token"])["scope"] == "sync"


def test_a_token_of_another_scope_is_forbidden(anyone: User, key: bytes) -> None:
    for scope in ("", "SYNC", "sync2", "syn c", "admin"):
        answer = used(anyone.server, forged(anyone, key, payload={"scope": scope}))
        assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_the_schemes_case_does_not_matter(anyone: User, scheme: str) -> None:
    assert used(anyone.server, anyone.tokens["access_token"], scheme).status == 200


@pytest.mark.parametrize(
    "written",
    ["Bearer\t{}", "Bearer  {}", "Bearer {} x", "Bearer, {}", "{}", "Basic {}", "Bearer {}, {}",
     "Bearer {}.", "Bearer .{}", "Bearer {0}{0}"],
)  # fmt: skip
def test_a_header_that_is_written_otherwise_is_refused(anyone: User, written: str) -> None:
    token = anyone.tokens["access_token"]
    value = written.format(token, token)
    answer = anyone.server.request("GET", "/sync/check", headers={"Authorization": value})
    assert answer.status == 401


@pytest.mark.parametrize("same", [True, False])
def test_two_authorizations_are_none(anyone: User, same: bool) -> None:
    token = anyone.tokens["access_token"]
    for pair in ([token, token], []) if same else ([token, "x"], ["x", token]):
        connection = anyone.server.connect()
        connection.putrequest("GET", "/api/v1/sync/check")
        for token in pair:
            connection.putheader("Authorization", f"Bearer {token}")
        connection.endheaders()
        with connection.getresponse() as response:
            assert response.status == 401
        connection.close()


def test_keys_are_rotated_without_logging_anybody_out(
    threaded_server: ThreadedServer, loop_thread: Loop, user: User
) -> None:
    old = threaded_server.config.auth.secret_keys["first"]
    new = os.urandom(32)
    both = threaded_server.config.changed(secret_keys={"new": new, "first": old})
    with loop_thread.serving(both) as running:
        assert used(running.api, user.tokens["access_token"]).status == 200
        body = {"refresh_token": user.tokens["refresh_token"]}
        tokens = running.api.request("POST", "/auth/refresh", body).ok()
        assert _content(tokens["access_token"], 0)["kid"] == "new"
        assert used(running.api, tokens["access_token"]).status == 200
    with loop_thread.serving(both.changed(secret_keys={"new": new})) as running:
        assert used(running.api, user.tokens["access_token"]).status == 401
        assert used(running.api, tokens["access_token"]).status == 200
        body = {"refresh_token": tokens["refresh_token"]}
        assert running.api.request("POST", "/auth/refresh", body).status == 200
