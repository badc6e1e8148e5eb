"""Pushes without and with something in turns, over one connection to one server.

Each turn is some milliseconds long, so that both kinds meet the same state of the machine, and the
processor time of the server, PostgreSQL and Valkey is read between them.
"""

import itertools
from collections.abc import Sequence
from uuid import uuid4

import uvloop

from bench.load import push_body
from bench.meter import Meter, Pids
from bench.rows import log_of
from bench.wire import Account, Line, request

PARTS = ("server", "postgres", "valkey")
Spent = tuple[float, float]
"""Processor seconds of a push: of the server's process, and of PostgreSQL and Valkey too."""
Turn = tuple[Spent, ...]
"""Costs of a push, without and with each report."""


def push_turns(
    base_url: str,
    pids: Pids,
    account: Account,
    turns: int,
    pushes: int,
    size: int,
    reports: Sequence[str],
) -> list[Turn]:
    """Processor seconds of a push in each turn, for each of the reports.

    A turn is so many pushes of `size` new records, with each report; their order alternates.
    """  # fmt: skip
    device_id, rows = str(uuid4()), log_of(turns * pushes * size * len(reports), seed=uuid4().int)

    def raw(report: str) -> bytes:
        body = push_body([row.change for row in itertools.islice(rows, size)], device_id)
        key = uuid4().hex
        return request("POST", "/sync/push", account.token, body, key=key, report=report)

    async def run() -> list[Turn]:
        line = await Line.open(base_url)
        try:
            return [
                await _turn(line, pids, {it: [raw(it) for _ in range(pushes)] for it in reports},
                            is_reversed=number % 2 == 1)
                for number in range(turns)
            ]  # fmt: skip
        finally:
            line.close()

    return uvloop.run(run())


async def _turn(
    line: Line, pids: Pids, requests: dict[str, list[bytes]], *, is_reversed: bool
) -> Turn:
    spent: dict[str, Spent] = {}
    for report in list(reversed(requests)) if is_reversed else list(requests):
        meter = Meter(pids)
        for text in requests[report]:
            await line.ask(text)
        cpu, count = meter.stop(len(requests[report]), []).cpu, len(requests[report])
        spent[report] = cpu["server"] / count, sum(cpu[part] for part in PARTS) / count
    return tuple(spent[report] for report in requests)
