"""Errors: every one of them, of every route, the unknown ones included, is a problem document."""

import socket
from urllib.parse import urlsplit

import pytest

from .http_client import Server, User

POSTS = ["/auth/register", "/auth/login", "/auth/refresh", "/sync/push", "/sync"]
GETS = ["/sync/pull", "/sync/check", "/sync/stream", "/sync/config", "/days", "/auth/sessions"]


# The suite's client checks each error answer's form: see `check_problem`.


@pytest.mark.parametrize("path", ["/nothing", "/sync/nothing", "/", "/sync/push/", "//", "/%00"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route(api: Server, anyone: User, method: str, path: str) -> None:
    assert api.request(method, path).status in (401, 404, 405)
    assert anyone.request(method, path).status in (404, 405)


@pytest.mark.parametrize("path", ["/", "/nothing", "/api", "/api/v1", "/api/v2/sync/pull"])
def test_an_unknown_route_outside_the_interface(anyone: User, path: str) -> None:
    assert anyone.server.request("GET", path, prefix="").status in (401, 404)


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_a_method_that_a_route_does_not_take(anyone: User, method: str, path: str) -> None:
    answer = anyone.request(method, path)
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_method_that_a_post_route_does_not_take(anyone: User, method: str, path: str) -> None:
    answer = anyone.request(method, path)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"a": "\\ud800"}',
        b"9" * 5000,
        b'{"email": {}, "password": [], "refresh_token": 7, "device_id": 1, "push": 2}',
    ],
)
def test_a_body_that_no_route_can_use(anyone: User, path: str, body: bytes) -> None:
    answer = anyone.push_body(body, path=path)
    assert answer.status in (400, 413, 422)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer " + "x" * 5000,
        "Basic dTpw",
        "Bearer é",
    ],
)
def test_a_token_that_is_none(api: Server, authorization: str) -> None:
    answer = api.request("GET", "/sync/pull", headers={"Authorization": authorization})
    assert answer.status == 401


def test_every_request_has_its_own_id(api: Server) -> None:
    answers = [api.request("GET", "/nothing") for _ in range(3)]
    assert len({answer.json["request_id"] for answer in answers}) == 3


@pytest.mark.parametrize(
    "request_text",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
        b"Content-Length: 2\r\n\r\nab",
        b"GET /api/v1/sync/pull HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_http_is_answered_by_400_and_hides_the_inside(
    api: Server, request_text: bytes
) -> None:
    address = urlsplit(api.base_url)
    with socket.create_connection((address.hostname or "", address.port or 80), 5) as connection:
        connection.sendall(request_text)
        status_line = connection.recv(65536)
    assert status_line.split(b" ")[1][:1] == b"4"
    assert b"Traceback" not in status_line


def test_a_failed_request_leaves_the_server_answering(anyone: User) -> None:
    for body in (b"[" * 1_000_000, b"\x00" * 1000, b'{"changes":' * 1000):
        assert anyone.push_body(body).status in (400, 413, 422)
    anyone.pull()
