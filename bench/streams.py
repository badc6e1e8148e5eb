"""Cost of idle streams: processor time a stream a second, and memory of each."""

import asyncio
from typing import NamedTuple

import psutil
import uvloop

from bench.meter import Meter
from bench.notification import VersionStream
from bench.stage import SERVE, Stage, stage

STREAMS, EACH = 1_000, 10
SETTLE_S, MEASURE_S = 20.0, 60.0
PARTS = ("server", "postgres", "valkey")


class IdleCost(NamedTuple):
    """Cost of one idle stream: µs of processor time a second, and bytes of the server's memory."""

    us_a_second: float
    memory_bytes: float


def measure() -> IdleCost:
    """Cost of streams on which nothing happens, over four keep-alives, less that without any."""
    with stage(SERVE, MAX_CONNECTIONS=str(2 * STREAMS)) as staged:
        return uvloop.run(_measure(staged))


async def _measure(staged: Stage) -> IdleCost:
    accounts = await asyncio.to_thread(staged.accounts, STREAMS // EACH)
    process = psutil.Process(staged.pids.server)
    before, memory = await _cpu(staged), process.memory_info().rss
    streams = [
        await VersionStream.open(staged.base_url, account)
        for account in accounts
        for _ in range(EACH)
    ]
    for stream in streams:
        await stream.wait_for(0)
    await asyncio.sleep(SETTLE_S)
    spent = await _cpu(staged)
    grown = process.memory_info().rss - memory
    for stream in streams:
        stream.close()
    return IdleCost(1e6 * (spent - before) / MEASURE_S / STREAMS, grown / STREAMS)


async def _cpu(staged: Stage) -> float:
    """Seconds of processor time that server, PostgreSQL and Valkey take in MEASURE_S."""
    meter = Meter(staged.pids)
    await asyncio.sleep(MEASURE_S)
    cpu = meter.stop(0, []).cpu
    return sum(cpu[part] for part in PARTS)
