"""Disclosure: responses and logs contain no banner, no secret and no sign of an account."""

import statistics
import time
import uuid

import pytest
from aiohttp import web

from schema import COLLECTIONS
from tests.contract.http_client import PREFIX, Answer, Server, User, now_us
from tests.security.attack_routes import filled, name, routes
from tests.security.raw_socket import sent
from tests.security.server_process import Process
from tests.security.threaded_server import ThreadedServer
from tests.support.sample_records import whole

PAIRS, ROUNDS, WITHIN = 25, 8, 0.05
OPEN_TO_CACHES = ("/openapi.json", "/docs", "/redoc", "/catalogue", "/health", "/metrics")


def _checked(answer: Answer) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-Id"]
    assert "Server" not in answer.headers


@pytest.mark.parametrize("route", list(routes()), ids=name)
def test_every_answer_has_its_headers(route: web.RouteDef, anyone: User, api: Server) -> None:
    path = filled(route, id=str(uuid.UUID(int=7)), date="2026-11-23", code="x", name="x")
    prefix = PREFIX if route.path.startswith(PREFIX) else ""
    if path.endswith("/stream"):
        return  # It does not end; its headers have a test of their own.
    token = {"Authorization": f"Bearer {anyone.tokens['access_token']}", "Idempotency-Key": "k"}
    body = b"{" if route.method in ("POST", "PUT", "PATCH", "DELETE") else None
    for headers in ({}, token):
        answer = api.request(route.method, path, body, headers, prefix)
        _checked(answer)
        if not path.startswith(OPEN_TO_CACHES):
            assert "no-store" in answer.headers["Cache-Control"], path


def test_the_stream_has_them_too(threaded_server: ThreadedServer) -> None:
    user = threaded_server.api.user()
    connection = threaded_server.api.connect()
    headers = {"Authorization": f"Bearer {user.tokens['access_token']}"}
    connection.request("GET", f"{PREFIX}/sync/stream", headers=headers)
    response = connection.getresponse()
    _checked(Answer(response.status, response.headers, b""))
    response.close()
    connection.close()
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "request_line", ["GET /nothing", "DELETE /health/live", "GET /api/v1/nothing", "BREW /", "GET"]
)
def test_what_is_no_route_has_them_too(threaded_server: ThreadedServer, request_line: str) -> None:
    head = f"{request_line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = sent(threaded_server.address, head)
    assert 400 <= answer.status < 500
    assert answer.problem["code"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def _took(api: Server, email: str) -> float:
    started = time.perf_counter()
    answer = api.request("POST", "/auth/login", {"email": email, "password": "wrong horse"})
    assert (answer.status, answer.code) == (401, "invalid_credentials")
    return time.perf_counter() - started


def test_the_time_of_a_log_in_does_not_disclose_an_account(
    process: Process,
) -> None:
    """By turns, so that what else this machine does falls on both; a real difference stays.

    Lower quartiles, since a busy machine only adds to a time.
    """
    known, ratios = process.api.user().email, []
    pairs: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        pairs += [
            (_took(process.api, known), _took(process.api, f"{uuid.uuid4()}@example.com"))
            for _ in range(PAIRS)
        ]
        there, not_there = (statistics.quantiles(side)[0] for side in zip(*pairs, strict=True))
        ratios.append(there / not_there)
        if abs(ratios[-1] - 1) <= WITHIN:
            return
    pytest.fail(f"lower quartiles differ: {ratios}")


def test_a_registration_tells_of_an_account_in_its_code_only(api: Server, user: User) -> None:
    answer = api.register(user.email.upper())
    assert (answer.status, answer.code) == (409, "email_taken")
    assert user.email not in answer.body.decode().lower()
    assert user.id not in answer.body.decode()


def test_no_secret_is_in_the_log_or_in_a_metric(process: Process) -> None:
    canary = uuid.uuid4().hex
    api, email = process.api, f"{canary}@example.com"
    password = f"password-{canary}"
    tokens = api.register(email, password=password, device_name=f"phone {canary}").ok(201)
    user = User(api, email, tokens)
    key = f"key-{canary}"
    api.request("POST", "/auth/login", {"email": email, "password": f"wrong-{canary}"})
    api.request("POST", "/auth/login", {"email": email, "password": password}).ok()
    api.request("POST", "/auth/login", f'{{"password": "{password}"'.encode())
    fresh = api.request("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).ok()
    api.request("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    user = User(api, email, api.request(
        "POST", "/auth/login", {"email": email, "password": password}
    ).ok())  # fmt: skip
    for collection in COLLECTIONS:
        data = whole(collection) | ({"notes": canary} if collection == "foods" else {})
        change = {"collection": collection, "id": str(uuid.uuid4()), "op": "put", "data": data}
        user.push_body(user.envelope(change | {"clock": now_us()}), key=f"{key}-{collection}")
        user.push_body(user.envelope(change | {"clock": canary}), key=f"{key}-bad-{collection}")
    user.request("POST", "/foods", {"name": canary, "color": canary}, {"Idempotency-Key": key})
    user.get("/sync/pull", cursor=canary)
    user.get("/foods/search", q=canary)
    user.get("/days/" + canary)
    ticket = user.request("POST", "/sync/stream-ticket").ok()["ticket"]
    user.request("GET", f"/sync/socket?ticket={ticket}")
    api.request("GET", f"/sync/stream?ticket={ticket[:-1]}")
    user.request("PUT", "/users/me/password", {"password": canary, "new_password": f"new-{canary}"})
    user.request("GET", "/users/me", headers={"Authorization": f"Bearer {canary}"})
    user.request("PATCH", "/users/me", {"display_name": canary}).ok()
    user.request("POST", "/imports", canary.encode(), {"Content-Type": "multipart/form-data"})
    head = f"GET /{canary} HTTP/1.1\r\nHost: {canary}\r\nX-{canary}\r\n\r\n".encode()
    assert sent(process.address, head).status == 400
    metrics = api.request("GET", "/metrics", prefix="").body.decode()
    log = process.log.read_text()
    assert log.count("register") > 0, "the log tells of requests"
    secrets = [canary, tokens["access_token"], fresh["refresh_token"], ticket[:-1]]
    secrets += [user.tokens["access_token"].split(".")[2], user.tokens["refresh_token"]]
    for secret in secrets:
        assert secret not in log, [line for line in log.splitlines() if secret in line][:3]
        assert secret not in metrics
