"""HTTP that was made to confuse, and connections that hold a place for nothing."""

import socket
import statistics
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.contract.http_client import PREFIX, Server, User
from tests.security.raw_socket import opened, sent, until_closed
from tests.security.server_process import Process
from tests.security.threaded_server import Loop, ThreadedServer
from tests.support.metrics import metric

POST = f"POST {PREFIX}/auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
HALF_OPEN = 500
SAMPLES = 300


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Length: 2, 2\r\n\r\n{}",
        POST + b"Content-Length: +2\r\n\r\n{}",
        POST + b"Content-Length: -2\r\n\r\n{}",
        POST + b"Content-Length: 0x2\r\n\r\n{}",
        POST + b"Content-Length: 0_2\r\n\r\n{}",
        POST + b"Content-Length: 2 \x0b\r\n\r\n{}",
        POST + b"Content-Length : 2\r\n\r\n{}",
        POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}",
        POST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}more\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"9" * 40 + b"\r\n{}\r\n0\r\n\r\n",
        LIVE + b"X-A: b\r\n c\r\n\r\n",
        LIVE + b"X-A: a\0b\r\n\r\n",
        LIVE + b"X-A: a\rb\r\n\r\n",
        LIVE + b" X-A: b\r\n\r\n",
        LIVE + b": b\r\n\r\n",
        LIVE + b"X A: b\r\n\r\n",
        LIVE + b"X-\xff: b\r\n\r\n",
        LIVE + b"nothing\r\n\r\n",
        LIVE + b"Host: y\r\n\r\n",
        LIVE + b"".join(b"X-%d: y\r\n" % number for number in range(500)) + b"\r\n",
        LIVE + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET /health/live HTTP/1.1\nHost: x\n\n",
        b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health/live HTTP/1.1 x\r\nHost: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=lambda it: str(it[-60:]),
)
def test_what_is_no_proper_http_is_a_problem_in_one_line_of_the_log(
    threaded_server: ThreadedServer, request_bytes: bytes
) -> None:
    with capture_logs() as lines:
        answer = sent(threaded_server.address, request_bytes)
    assert (answer.status, answer.problem["code"]) == (400, "http_error")
    assert "server" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    logged = [line for line in lines if line["event"] == "not http"]
    assert [line["log_level"] for line in logged] == ["info"]
    assert set(logged[0]) == {"event", "log_level", "reason", "request_id"}, "none of the bytes"


def test_bytes_behind_a_request_are_never_a_second_one_of_somebody_else(
    threaded_server: ThreadedServer,
) -> None:
    smuggled = b"GET /api/v1/sync/config HTTP/1.1\r\nHost: x\r\n\r\n"
    head = POST.replace(b"Connection: close\r\n", b"")
    framing = b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with opened(threaded_server.address) as connection:
        connection.sendall(head + framing + smuggled)
        received = until_closed(connection)
    assert received.count(b"HTTP/1.") == 1
    assert b"schema_version" not in received


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "X", "get", "Get"])
@pytest.mark.parametrize("path", ["/health/live", f"{PREFIX}/sync/pull", f"{PREFIX}/auth/login"])
def test_a_method_that_no_route_takes(
    threaded_server: ThreadedServer, method: str, path: str
) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: secret\r\n\r\n"
    answer = sent(threaded_server.address, head.encode())
    assert answer.problem["code"] in ("http_error", "method_not_allowed", "not_found")
    assert b"secret" not in answer.body, "nothing is echoed"


TARGETS = [
    "*", "x", "health/live", "//health/live", "/health%2Flive", "/health/live%00", "/health/live/",
    "/health/./live/../../x", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc",
    "/health/live%0d%0aX:1", f"{PREFIX}/days/%ff", f"{PREFIX}/days/%00",
    f"{PREFIX}/days/2026-11-23%2F..", f"{PREFIX}/days/%",
    f"{PREFIX}/days/%zz", f"{PREFIX}/days/{'9' * 5000}", f"{PREFIX}/days/%F0%9F%8F%8B",
    f"{PREFIX}/auth/sessions/%ff%00", f"{PREFIX}/auth/sessions/..%2F..",
    f"{PREFIX}/sync/pull?%ff=%00",
    f"{PREFIX}/sync/pull?limit=%ff&cursor=%00", f"{PREFIX}/sync/pull?limit=1;limit=2",
    f"{PREFIX}/sync/pull?limit[]=1", f"{PREFIX}/sync/pull?cursor=" + "x" * 5000,
    f"{PREFIX}/days?from=%00&to=%ff", f"http://evil.example{PREFIX}/nothing", "http:///x",
    "http://",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS, ids=lambda it: it[:40])
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "OPTIONS"])
def test_a_target_that_is_none_of_ours(
    threaded_server: ThreadedServer, anyone: User, method: str, target: str
) -> None:
    token = anyone.tokens["access_token"]
    answer = sent(
        threaded_server.address,
        f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode(),
    )
    assert 400 <= answer.status < 500
    assert answer.problem["code"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /health/live HTTP/1.0\r\n\r\n", 200),
        (b"GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET /health/live\r\n\r\n", 400),
        (b"GET /health/live HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
        (
            b"GET http://evil.example/health/live HTTP/1.1\r\nHost: x\r\n"
            b"Connection: close\r\n\r\n",
            200,
        ),
        (LIVE + b"Connection: close\r\nExpect: a miracle\r\n\r\n", 400),
        (LIVE + b"Connection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n", 200),
        (LIVE + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\nPRI * ", None),
    ],
    ids=str,
)  # fmt: skip
def test_old_or_odd_but_proper_http(
    threaded_server: ThreadedServer, head: bytes, status: int | None
) -> None:
    if status is None:
        with opened(threaded_server.address) as connection:
            connection.sendall(head)
            assert connection.recv(15).startswith(b"HTTP/1.1 200"), "there is nothing to upgrade to"
        return
    answer = sent(threaded_server.address, head)
    assert answer.status == status
    assert "evil" not in str(answer)
    assert "server" not in answer.headers


@pytest.fixture
def strict(threaded_server: ThreadedServer, loop_thread: Loop) -> Iterator[ThreadedServer]:
    """A server of little patience and few places."""
    settings = threaded_server.config.changed(
        head_timeout_s=0.2,
        keepalive_timeout_s=0.4,
        body_timeout_s=0.3,
        send_timeout_s=0.3,
        max_connections=10,
    )
    with loop_thread.serving(settings) as running:
        yield running


def _closed(reason: str) -> float:
    return metric("trackforge_connections_closed_total", reason=reason)


def _push_head(user: User) -> bytes:
    return (
        f"POST {PREFIX}/sync/push HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\n"
        f"Authorization: Bearer {user.tokens['access_token']}\r\n"
    ).encode()


def _reports_it(line: MutableMapping[str, Any]) -> bool:
    """Either the handler has seen the request, or its body was no HTTP, or nobody listened."""
    return line.get("route", "").endswith("push") or line["event"] in ("not http", "client left")


@pytest.mark.parametrize(
    "beginning",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nZZ\r\n",
    ],
)
@pytest.mark.parametrize("leaves", [True, False])
def test_a_body_that_does_not_come_is_no_failure_of_ours(
    strict: ThreadedServer, beginning: bytes, leaves: bool
) -> None:
    head = _push_head(strict.api.user())
    with capture_logs() as lines:
        with opened(strict.address) as connection:
            connection.sendall(head + beginning)
            if leaves:
                connection.shutdown(socket.SHUT_RDWR)
            elif b"ZZ" not in beginning:
                received = until_closed(connection).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
                assert received.startswith(b"HTTP/1.1 408")
            else:
                assert until_closed(connection).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
        patience = time.monotonic() + 5
        while not any(_reports_it(line) for line in lines):
            assert strict.api.request("GET", "/health/live", prefix="").status == 200
            assert time.monotonic() < patience, lines
    assert [line for line in lines if line["log_level"] in ("error", "warning")] == []


@pytest.mark.parametrize("beginning", [b"", b"G", LIVE, LIVE + b"X-A: b"])
def test_a_head_that_does_not_come_is_not_waited_for(
    strict: ThreadedServer, beginning: bytes
) -> None:
    before, started = _closed("head"), time.monotonic()
    with opened(strict.address) as connection:
        connection.sendall(beginning)
        assert until_closed(connection) == b""
    assert 0.1 < time.monotonic() - started < 3
    assert _closed("head") == before + 1


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(strict: ThreadedServer) -> None:
    started = time.monotonic()
    with opened(strict.address) as connection:
        connection.settimeout(0.02)
        with pytest.raises(ConnectionError):
            _send_byte_by_byte(connection, LIVE * 100)
    assert time.monotonic() - started < 3


def test_the_second_head_on_a_connection_has_a_deadline_too(strict: ThreadedServer) -> None:
    with opened(strict.address) as connection:
        connection.sendall(LIVE + b"\r\n" + LIVE)
        assert until_closed(connection).count(b"HTTP/1.1 200") == 1


def test_a_connection_that_rests_too_long_is_closed(strict: ThreadedServer) -> None:
    started = time.monotonic()
    with opened(strict.address) as connection:
        connection.sendall(LIVE + b"\r\n")
        assert until_closed(connection).startswith(b"HTTP/1.1 200")
    assert 0.3 < time.monotonic() - started < 5


def test_a_peer_that_does_not_read_is_not_waited_for(strict: ThreadedServer) -> None:
    before = _closed("slow_reader")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(strict.address)
        request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        with pytest.raises(ConnectionError):
            _send_for_ever(connection, request * 100)
    assert _closed("slow_reader") == before + 1


def test_where_there_are_too_many_the_one_that_waited_longest_goes(strict: ThreadedServer) -> None:
    with ExitStack() as stack:
        halves = [stack.enter_context(opened(strict.address)) for _ in range(10)]
        for half in halves:
            half.sendall(b"GET /")
        assert sent(strict.address, LIVE + b"Connection: close\r\n\r\n").status == 200
        assert until_closed(halves[0]) == b""


def test_who_is_being_served_keeps_their_place(strict: ThreadedServer) -> None:
    user = strict.api.user()
    head = (
        f"GET {PREFIX}/sync/stream HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {user.tokens['access_token']}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        streams = [stack.enter_context(opened(strict.address)) for _ in range(8)]
        for stream in streams:
            stream.sendall(head)
            assert stream.recv(12) == b"HTTP/1.1 200"
        halves = [stack.enter_context(opened(strict.address)) for _ in range(3)]
        assert until_closed(halves[0]) == b""
        streams[0].close()
        for stream in streams[1:]:
            assert b"head" in stream.recv(4096)


def _send_byte_by_byte(connection: socket.socket, request: bytes) -> None:
    for byte in request:
        connection.sendall(bytes([byte]))
        try:
            assert connection.recv(1) == b""
            raise ConnectionResetError
        except TimeoutError:
            pass


def _send_for_ever(connection: socket.socket, request: bytes) -> None:
    while True:
        connection.sendall(request)


def _p99(api: Server, user: User) -> float:
    token = {"Authorization": f"Bearer {user.tokens['access_token']}"}
    connection = api.connect()
    taken = []
    for _ in range(SAMPLES):
        started = time.perf_counter()
        connection.request("GET", f"{PREFIX}/sync/check", headers=token)
        connection.getresponse().read()
        taken.append(time.perf_counter() - started)
    connection.close()
    return statistics.quantiles(taken, n=100)[98]


@contextmanager
def _slow_clients(address: tuple[str, int]) -> Iterator[list[socket.socket]]:
    """Half of them in the middle of a head, half in the middle of a body."""
    beginnings = (LIVE + b"X-A: ", POST + b"Content-Length: 1000\r\n\r\n{")
    with ExitStack() as stack:
        clients = [stack.enter_context(opened(address)) for _ in range(HALF_OPEN)]
        for number, client in enumerate(clients):
            client.sendall(beginnings[number % 2])
        yield clients


def test_five_hundred_slow_clients_slow_nobody_else_down(process: Process) -> None:
    user = process.api.user()
    _p99(process.api, user)
    before = _p99(process.api, user)
    with _slow_clients(process.address) as clients:
        _p99(process.api, user)  # meanwhile the connections are accepted
        during = _p99(process.api, user)
        for client in clients:
            client.sendall(b" ")
    assert during < max(2 * before, before + 0.02)
