"""Bodies that were made to hurt: too deep, too long, too many, or with what nobody may set."""

import gzip
import json
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from backports import zstd

from schema import COLLECTIONS
from schema.texts import Text
from sync_server.store.postgres import Pool
from sync_server.web.openapi import operation_doc
from tests.contract.http_client import PASSWORD, Answer, Server, User, now_us
from tests.security.attack_routes import filled, name, routes
from tests.security.server_process import Process
from tests.support.sample_records import whole

SERVERS_OWN = ("user_id", "version", "role", "is_admin", "created_at", "password_hash", "scope")
HUGE = b"9" * 5000
NOBODYS = str(uuid.UUID(int=7))


def _writing() -> Iterator[web.RouteDef]:
    for route in routes("POST", "PUT", "PATCH", "DELETE"):
        doc = operation_doc(route.handler)
        if doc is not None and doc.body is not None:
            yield route


def _path(route: web.RouteDef) -> str:
    return filled(route, id=NOBODYS, date="2026-11-23", collection="body_metrics")


def _sent(user: User, route: web.RouteDef, body: bytes, **headers: str) -> Answer:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    return user.request(route.method, _path(route), body, key | headers)


writing = pytest.mark.parametrize("route", list(_writing()), ids=name)


SENSELESS = [
    b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"\x00", b'{"a":1}{"b":2}',
    b"{" * 100_000, b"[" * 100_000, b'{"a":' * 50 + b"1" + b"}" * 50, b'{"email":' + HUGE + b"}",
    b'{"data":' + HUGE + b"}", b'{"x":1e999999}', b'{"x":NaN}', b'{"\\ud800":1}',
    b'{"password":"\\u0000","email":"\\u0000"}',
]  # fmt: skip


@writing
def test_a_body_that_makes_no_sense_is_refused(route: web.RouteDef, anyone: User) -> None:
    needs_none = route.path.endswith("/auth/logout")
    for body in SENSELESS[needs_none:]:
        assert 400 <= _sent(anyone, route, body).status < 500, body[:20]


strict = pytest.mark.parametrize(
    # The stream of PowerSync ignores members that it does not know, as its SDKs need.
    "route",
    [route for route in _writing() if "/powersync/" not in route.path],
    ids=name,
)


@strict
def test_what_is_the_servers_to_set_is_no_field(route: web.RouteDef, anyone: User) -> None:
    doc = operation_doc(route.handler)
    assert doc is not None
    example = doc.example if isinstance(doc.example, dict) else {}
    right: dict[str, Any] = {"password": PASSWORD} if "password" in example else {}
    for own in SERVERS_OWN:
        answer = _sent(anyone, route, json.dumps({**example, **right, own: "admin"}).encode())
        assert 400 <= answer.status < 500, own
        if answer.code in ("invalid_request", "invalid_record"):
            assert own in answer.json.get("errors", {own: "told in the detail"})


@pytest.mark.parametrize("own", SERVERS_OWN)
@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_push_cannot_set_it_either(
    collection: str, own: str, anyone: User, pool: Pool
) -> None:
    right = {"collection": collection, "id": str(uuid.uuid4()), "op": "put", "clock": now_us()}
    data = whole(collection)
    result = anyone.result(right | {"data": data | {own: "admin"}})
    assert (result["status"], list(result["error"]["errors"])) == ("rejected", [own])
    envelope = anyone.envelope(right | {"data": data, own: "admin"})
    answer = anyone.push_body(envelope)
    assert answer.status == 400 or answer.json["results"][0]["status"] == "rejected"
    envelope = anyone.envelope(right | {"data": data}) | {own: "admin"}
    assert 400 <= anyone.push_body(envelope).status < 500
    stored = "SELECT count(*) FROM records WHERE user_id = $1 AND data::text LIKE '%admin%'"
    assert await pool.fetchval(stored, anyone.id) == 0


@pytest.mark.parametrize(
    ("collection", "field"),
    [
        (collection.name, name)
        for collection in COLLECTIONS.values()
        for name, field in collection.schema.fields.items()
        if isinstance(field, Text)
    ],
)
@pytest.mark.parametrize("text", ["nul\0", "\ud800", "\udfff half", "x" * 100_000])
def test_a_text_that_cannot_be_kept_is_rejected_by_name(
    collection: str, field: str, text: str, anyone: User
) -> None:
    change = {
        "collection": collection,
        "id": str(uuid.uuid4()),
        "op": "put",
        "clock": now_us(),
        "data": whole(collection) | {field: text},
    }
    answer = anyone.push_body(anyone.envelope(change))
    if answer.status == 200:
        (result,) = answer.json["results"]
        assert result["status"] == "rejected"
        named = result["error"].get("errors", {})
        assert field in named or result["error"]["code"] in ("record_too_large", "malformed_json")
    else:
        assert answer.code in ("malformed_json", "record_too_large")


def _duplicated() -> Iterator[tuple[str, str]]:
    for route in routes("GET"):
        doc = operation_doc(route.handler)
        for parameter in doc.query if doc else ():
            yield _path(route), parameter


@pytest.mark.parametrize(("path", "parameter"), list(_duplicated()))
def test_a_parameter_that_comes_twice_is_refused(path: str, parameter: str, anyone: User) -> None:
    answer = anyone.request("GET", f"{path}?{parameter}=1&{parameter}=1")
    assert answer.status in (400, 403), answer.body
    assert answer.code in ("invalid_parameter", "forbidden")


BOMBS = {
    "gzip": lambda content: gzip.compress(content, 6),
    "deflate": lambda content: zlib.compress(content, 6),
    "zstd": lambda content: zstd.compress(content, 3),
}


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(process: Process, encoding: str) -> None:
    user = process.api.user()
    bomb = BOMBS[encoding](b"[" + b" " * (200 * 2**20) + b"]")
    for path in ("/sync/push", "/auth/login", "/foods"):
        before = process.memory()
        for _ in range(5):
            headers = {"Content-Encoding": encoding, "Idempotency-Key": str(uuid.uuid4())}
            answer = user.request("POST", path, bomb, headers)
            assert (answer.status, answer.code) == (413, "body_too_large")
        assert process.memory() - before < 64 * 2**20


@pytest.mark.parametrize("encoding", ["br", "compress", "gzip, gzip", "gzip, br", "x", "gzip;q=1"])
def test_an_unsupported_encoding_is_rejected(encoding: str, anyone: User) -> None:
    body = gzip.compress(json.dumps(anyone.envelope()).encode())
    headers = {"Content-Encoding": encoding, "Idempotency-Key": "k"}
    answer = anyone.request("POST", "/sync/push", body, headers)
    assert (answer.status, answer.code) == (415, "unsupported_encoding")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_a_truncated_compressed_body_is_rejected(encoding: str, cut: int, anyone: User) -> None:
    body = BOMBS[encoding](b"[" + b" " * 100 + b"]")
    headers = {"Content-Encoding": encoding, "Idempotency-Key": str(uuid.uuid4())}
    answer = anyone.request("POST", "/sync/push", body[:cut], headers)
    assert answer.status == 400
    assert answer.code == "malformed_body"


@pytest.mark.parametrize(
    ("email", "same"),
    [
        ("Ann.{}@Example.COM", "ann.{}@example.com"),
        ("\u00e9ve.{}@example.com", "e\u0301ve.{}@example.com"),
        ("\u00c9ve.{}@example.com", "\u00e9ve.{}@example.com"),
        ("stra\u00dfe.{}@example.com", "STRASSE.{}@example.com"),
        ("{}@b\u00fccher.example", "{}@xn--bcher-kva.example"),
        ("{}@B\u00dcCHER.example", "{}@b\u00fccher.example"),
        ("\ufb01ne.{}@example.com", "fine.{}@example.com"),
        ("\uff42ob.{}@example.com", "bob.{}@example.com"),
        ("{}@exam\uff50le.com", "{}@example.com"),
        ("{}@under_score.example", "{}@Under_Score.example"),
    ],
)
def test_an_address_is_one_however_it_is_spelt(email: str, same: str, api: Server) -> None:
    tail = uuid.uuid4().hex
    api.register(email.format(tail)).ok(201)
    answer = api.register(same.format(tail))
    assert (answer.status, answer.code) == (409, "email_taken")
    known = {"email": same.format(tail), "password": PASSWORD}
    api.request("POST", "/auth/login", known).ok()


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("x" * 7, 422), ("long-and-x" + "y" * 118, 201), ("long-and-x" + "y" * 119, 422),
        ("y" * 2**20, 413), ("with\0nul in it", 422), ("\U0001f3cb" * 8, 201),
        ("\U0001f3cb" * 128, 201), ("\U0001f3cb" * 129, 422), ("  spaces count  ", 201),
        ("\ud800" * 10, 400),
    ],
    ids=lambda it: repr(it)[:16],
)  # fmt: skip
def test_passwords_at_their_limits(password: str, status: int, api: Server) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    assert api.register(email, password=password).status == status
    if status == 201:
        api.request("POST", "/auth/login", {"email": email, "password": password}).ok()
        for near in (password[:-1], password + " ", password.swapcase()):
            if near != password:
                answer = api.request("POST", "/auth/login", {"email": email, "password": near})
                assert answer.status == 401


def _address(length: int) -> str:
    """A well-formed address of so many characters: labels of 63 at most."""
    local = uuid.uuid4().hex
    rest = length - len(local) - len("@.example.com")
    labels = ["d" * 60] * (rest // 61) + ["e" * (rest % 61)]
    return f"{local}@{'.'.join(filter(None, labels))}.example.com"[:length]


@pytest.mark.parametrize(("length", "status"), [(254, 201), (255, 422), (321, 422), (9999, 422)])
def test_addresses_at_their_limit(length: int, status: int, api: Server) -> None:
    assert api.register(_address(length)).status == status


@pytest.mark.parametrize(("length", "status"), [(200, 201), (201, 422)])
def test_names_of_devices_at_their_limit(length: int, status: int, api: Server) -> None:
    assert api.register(device_name="\u00e9" * length).status == status


@pytest.mark.parametrize(("key", "status"), [("~" * 255, 200), ("~" * 256, 400), ("a b", 400)])
def test_keys_at_their_limit(key: str, status: int, user: User) -> None:
    assert user.push_body(user.envelope(), key=key).status == status


@pytest.mark.parametrize("length", [200, 201, 8000])
def test_cursors_at_their_limit(length: int, anyone: User) -> None:
    answer = anyone.get("/sync/pull", cursor="A" * length)
    assert (answer.status, answer.code) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "limit", ["0", "5001", "-1", "1.0", "1e3", "\uff11", " 1", "+1", "9" * 5000]
)
def test_limits_of_pages_at_their_limit(limit: str, anyone: User) -> None:
    answer = anyone.get("/sync/pull", limit=limit)
    assert (answer.status, answer.code) == (400, "invalid_parameter")
