"""A new device's first sync: every page of a long history, and what that takes of memory."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.load import cursor_of, has_more, pull_request
from bench.meter import Measure, Meter, Pids
from bench.wire import Account, Line


@dataclass(frozen=True, slots=True)
class FirstSync:
    """`resident` and `peak` are the server's memory before and at its greatest, in bytes."""

    measure: Measure
    received_bytes: int
    resident: int
    peak: int


def first_sync(base_url: str, pids: Pids, account: Account, page: int, views: str) -> FirstSync:
    """Pull everything from the beginning, page after page."""
    return uvloop.run(_first_sync(base_url, pids, account, page, views))


async def _first_sync(
    base_url: str, pids: Pids, account: Account, page: int, views: str
) -> FirstSync:
    line = await Line.open(base_url)
    resident = await asyncio.to_thread(_forget_peak, pids.server)
    latencies: list[float] = []
    records, received, cursor, more = 0, 0, "", True
    meter = Meter(pids)
    while more:
        started = time.perf_counter()
        answer = await line.ask(pull_request(account, page, views, cursor))
        latencies.append(time.perf_counter() - started)
        records += answer.count(b',"deleted":')
        received += len(answer)
        cursor, more = cursor_of(answer), has_more(answer)
    measure = meter.stop(records, latencies)
    line.close()
    return FirstSync(measure, received, resident, memory(pids.server, "VmHWM"))


def memory(pid: int, what: str) -> int:
    """A line of /proc/PID/status, such as VmRSS or VmHWM (the peak), in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(what)


def _forget_peak(pid: int) -> int:
    """Reset the peak; the resident memory at that moment."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory(pid, "VmRSS")
