"""Load: many log-ins at once do not delay other requests."""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.contract.http_client import PASSWORD, Server
from tests.security.server_process import Process

CROWD = 200
IN_TIME_S = 0.05


def _probe(api: Server, ended: threading.Event, taken: list[float]) -> None:
    connection = api.connect()
    while not ended.is_set():
        started = time.perf_counter()
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        taken.append(time.perf_counter() - started)
        ended.wait(0.01)
    connection.close()


def _probed(api: Server, work: "list[tuple[str, str]]") -> tuple[list[int], list[float]]:
    """The statuses of log-ins at once, and how long the probe took meanwhile."""
    taken: list[float] = []
    ended = threading.Event()
    probe = threading.Thread(target=_probe, args=(api, ended, taken))
    probe.start()
    with ThreadPoolExecutor(CROWD) as threads:
        statuses = list(threads.map(lambda it: _login(api, *it), work))
    ended.set()
    probe.join()
    return statuses, taken


def _login(api: Server, email: str, password: str) -> int:
    connection = api.connect()
    try:
        body = f'{{"email": "{email}", "password": "{password}"}}'
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/api/v1/auth/login", body, headers)
        response = connection.getresponse()
        response.read()
        assert response.status != 503 or response.headers["Retry-After"]
        return response.status
    finally:
        connection.close()


def test_two_hundred_log_ins_leave_the_loop_free(process: Process) -> None:
    """The median is asserted: the clients share the processors with the server."""
    user = process.api.user()
    statuses, taken = _probed(process.api, [(user.email, PASSWORD)] * CROWD)
    assert set(statuses) <= {200, 429, 503}
    assert statuses.count(200) >= 8, "a bounded queue, not a closed door"
    assert len(taken) > 5
    assert statistics.median(taken) < IN_TIME_S
    assert process.api.request("POST", "/auth/login", {
        "email": user.email, "password": PASSWORD,
    }).status == 200  # fmt: skip
