"""The load over HTTP: storms from many connections at once, and one device that waits its turn."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import uvloop

from bench.meter import Measure, Meter, Pids
from bench.rows import Kind, log_of, mixed_log_of
from bench.wire import Account, Line, request

Worker = Callable[[Line, Account], Awaitable[int]]
PAGE_PATH = "/sync/pull?limit={limit}&day_views={views}&cursor={cursor}"


def push_storm(
    base_url: str,
    pids: Pids,
    accounts: Sequence[Account],
    batches: int,
    size: int,
    kind: Kind = "sets",
    report: str = "",
) -> Measure:
    """Push new records, `size` a batch, a connection an account; each with a Device-Report."""
    waiting = deque(_bodies(batches, size, kind))
    latencies: list[float] = []

    async def work(line: Line, account: Account) -> int:
        done = 0
        while waiting:
            body = waiting.popleft()
            request_bytes = request(
                "POST", "/sync/push", account.token, body, key=uuid4().hex, report=report
            )
            started = time.perf_counter()
            answer = await line.ask(request_bytes)
            latencies.append(time.perf_counter() - started)
            done += answer.count(b'"status":"applied"')
        return done

    measure = uvloop.run(_clocked(base_url, pids, accounts, work, latencies))
    if measure.records != batches * size:
        raise AssertionError(f"{measure.records} of {batches * size} changes were applied")
    return measure


def overwrite_storm(
    base_url: str, pids: Pids, accounts: Sequence[Account], batches: int, size: int
) -> Measure:
    """Push the same `size` records of an account again and again, each time with newer clocks."""
    rows = {account: list(log_of(size, seed=uuid4().int)) for account in accounts}
    latencies: list[float] = []

    def worker(times: range) -> Worker:
        async def work(line: Line, account: Account) -> int:
            done, device_id = 0, str(uuid4())
            for later in times:
                changes = [replace(row, clock=row.clock + later).change for row in rows[account]]
                body = push_body(changes, device_id)
                request_bytes = request("POST", "/sync/push", account.token, body, uuid4().hex)
                started = time.perf_counter()
                answer = await line.ask(request_bytes)
                latencies.append(time.perf_counter() - started)
                done += answer.count(b'"status":"applied"')
            return done

        return work

    async def storm() -> Measure:
        await _clocked(base_url, pids, accounts, worker(range(1)), latencies)
        latencies.clear()
        return await _clocked(base_url, pids, accounts, worker(range(1, each + 1)), latencies)

    each = max(batches // len(accounts), 1)
    measure = uvloop.run(storm())
    if measure.records != each * len(accounts) * size:
        raise AssertionError(f"{measure.records} changes were applied")
    return measure


def contended_storm(base_url: str, pids: Pids, account: Account, times: int, size: int) -> Measure:
    """Two devices of one account overwrite the same `size` records at once, `times` each."""
    rows = list(log_of(size, seed=uuid4().int))
    clocks = itertools.count(1)
    latencies: list[float] = []

    async def work(line: Line, account: Account) -> int:
        done, device_id = 0, str(uuid4())
        for _ in range(times):
            later = next(clocks)
            changes = [replace(row, clock=row.clock + later).change for row in rows]
            body = push_body(changes, device_id)
            request_bytes = request("POST", "/sync/push", account.token, body, uuid4().hex)
            started = time.perf_counter()
            answer = await line.ask(request_bytes)
            latencies.append(time.perf_counter() - started)
            done += answer.count(b'"status":"')
        return done

    return uvloop.run(_clocked(base_url, pids, [account, account], work, latencies))


def pull_storm(
    base_url: str, pids: Pids, accounts: Sequence[Account], seconds: float, page: int, views: str
) -> Measure:
    """Pull the accounts' records page by page, from the beginning, again and again."""
    latencies: list[float] = []

    async def work(line: Line, account: Account) -> int:
        ends, done, cursor = time.perf_counter() + seconds, 0, ""
        while (started := time.perf_counter()) < ends:
            answer = await line.ask(pull_request(account, page, views, cursor))
            latencies.append(time.perf_counter() - started)
            done += answer.count(b',"deleted":')
            cursor = cursor_of(answer) if has_more(answer) else ""
        return done

    return uvloop.run(_clocked(base_url, pids, accounts, work, latencies))


def floor_storm(base_url: str, pids: Pids, accounts: Sequence[Account], requests: int) -> Measure:
    """Ask for the constant /sync/config: what a request costs before anything is done."""
    latencies: list[float] = []
    request_bytes = request("GET", "/sync/config")

    async def work(line: Line, _: Account) -> int:
        for _time in range(requests):
            started = time.perf_counter()
            await line.ask(request_bytes)
            latencies.append(time.perf_counter() - started)
        return requests

    return uvloop.run(_clocked(base_url, pids, accounts, work, latencies))


def push_alone(base_url: str, pids: Pids, account: Account, times: int, size: int) -> Measure:
    """One device pushes `times` batches, one after the other."""
    return push_storm(base_url, pids, [account], times, size)


def pull_nothing(base_url: str, pids: Pids, account: Account, times: int) -> Measure:
    """One device that has everything asks again and again."""
    latencies: list[float] = []

    async def work(line: Line, account: Account) -> int:
        cursor = ""
        while True:
            answer = await line.ask(pull_request(account, 5000, "none", cursor))
            cursor = cursor_of(answer)
            if not has_more(answer):
                break
        request_bytes = pull_request(account, 500, "touched", cursor)
        for _ in range(times):
            started = time.perf_counter()
            await line.ask(request_bytes)
            latencies.append(time.perf_counter() - started)
        return 0

    return uvloop.run(_clocked(base_url, pids, [account], work, latencies))


def delta_storm(
    base_url: str, pids: Pids, accounts: Sequence[Account], times: int, cursors: Sequence[str]
) -> Measure:
    """Ask again and again for what is after a cursor, a few records or none."""
    latencies: list[float] = []
    after = dict(zip(accounts, cursors, strict=True))

    async def work(line: Line, account: Account) -> int:
        request_bytes = pull_request(account, 500, "none", after[account])
        for _ in range(times):
            started = time.perf_counter()
            await line.ask(request_bytes)
            latencies.append(time.perf_counter() - started)
        return 0

    return uvloop.run(_clocked(base_url, pids, accounts, work, latencies))


def cursors_before(base_url: str, accounts: Sequence[Account], back: int) -> list[str]:
    """For each account, the cursor that `back` records are after."""

    async def cursor_before(account: Account) -> str:
        line = await Line.open(base_url)
        try:
            count = (await line.ask(pull_request(account, 5000, "none", ""))).count(b',"deleted":')
            answer = await line.ask(pull_request(account, max(count - back, 1), "none", ""))
            if back == 0:
                answer = await line.ask(pull_request(account, 5000, "none", cursor_of(answer)))
            return cursor_of(answer)
        finally:
            line.close()

    async def all_cursors() -> list[str]:
        return list(await asyncio.gather(*map(cursor_before, accounts)))

    return uvloop.run(all_cursors())


def pull_request(account: Account, limit: int, views: str, cursor: str) -> bytes:
    """A pull as bytes."""
    path = PAGE_PATH.format(limit=limit, views=views, cursor=cursor)
    return request("GET", path, account.token)


def cursor_of(answer: bytes) -> str:
    """The cursor in a pull's answer, found without parsing the records before it."""
    return answer.rpartition(b'"cursor":"')[2].partition(b'"')[0].decode()


def has_more(answer: bytes) -> bool:
    """True if another page follows; `rfind`, as the member is after the records."""
    return answer.rfind(b'"has_more":true') > 0


async def _clocked(
    base_url: str,
    pids: Pids,
    accounts: Sequence[Account],
    work: Worker,
    latencies: list[float],
) -> Measure:
    lines = [await Line.open(base_url) for _ in accounts]
    try:
        meter = Meter(pids)
        done = await asyncio.gather(*map(work, lines, accounts))
        return meter.stop(sum(done), latencies)
    finally:
        for line in lines:
            line.close()


def push_body(changes: Sequence[str], device_id: str) -> bytes:
    """A push's body."""
    return f'{{"device_id":"{device_id}","changes":[{",".join(changes)}]}}'.encode()


def _bodies(batches: int, size: int, kind: Kind = "sets") -> list[bytes]:
    rows = (log_of if kind == "sets" else mixed_log_of)(batches * size, seed=uuid4().int)
    device_id = str(uuid4())
    return [push_body([next(rows).change for _ in range(size)], device_id) for _ in range(batches)]
