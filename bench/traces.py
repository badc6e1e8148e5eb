"""Cost of traces: the server's processor time with one request in a hundred traced, and with none.

Three servers of this checkout take turns: two without traces, whose difference is the noise, and
one that sends its spans to a collector on this machine.
"""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import uvloop

from bench.device_report import interval
from bench.load import push_body
from bench.meter import Meter, Pids
from bench.rows import log_of
from bench.runs import BATCH, apart
from bench.stage import ROOT, SERVE, Stage, stage
from bench.wire import Account, Line, request

SHARE = "0.01"
SERVERS = ("off", "off again", "on")
WORKS = {"empty pull": 60, "push of 1": 40, f"push of {BATCH}": 8}
"""Requests of a turn by work: some tens of milliseconds of processor time."""
WARM_UP = 5
BEGIN, END = "<!-- figures: python -m bench traces --draw -->", "<!-- end of traces -->"

Turn = Mapping[str, float]
"""Processor seconds of a request in the server's process, by server."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of traces in one kind of work; shares are of the server's time without traces.

    `low` and `high` are the 95 % interval of the median; `noise` is the share by which the two
    servers without traces differ.
    """

    off_us: float
    added: float
    low: float
    high: float
    noise: float


class _Collector(BaseHTTPRequestHandler):
    """Collector that takes all and stores nothing but its number of bytes."""

    received = 0

    def do_POST(self) -> None:
        type(self).received += len(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def measure(turns: int) -> dict[str, Cost]:
    """Costs by kind of work: medians over the turns of differences within a turn."""
    with ExitStack() as stack:
        endpoint = stack.enter_context(_collector())
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_TRACES_SAMPLER_ARG": SHARE}
        staged = {
            name: stack.enter_context(stage(SERVE, ROOT, **(traced if name == "on" else {})))
            for name in SERVERS
        }
        costs = {work: cost(apart(run_turns, work, turns, _targets(staged))) for work in WORKS}
    if not _Collector.received:
        raise AssertionError("The collector has received nothing.")
    return costs


def cost(turns: Sequence[Turn]) -> Cost:
    """Cost in one kind of work."""
    off = median(turn["off"] for turn in turns)
    added = [(turn["on"] - turn["off"]) / turn["off"] for turn in turns]
    noise = median((turn["off again"] - turn["off"]) / turn["off"] for turn in turns)
    return Cost(1e6 * off, median(added), *interval(added), noise)


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """The results as lines of Markdown."""
    yield (
        f"Measured {results['made_at'][:10]} on {results['machine']['cores']} cores, Python"
        f" {results['machine']['python']}; {results['turns']} turns, 1-minute load before the run"
        f" {results['load']:.1f}."
    )
    yield ""
    yield "| work | server's CPU, µs | traces at 1 % add | 95 % interval | noise |"
    yield "|---|---:|---:|---:|---:|"
    for work, it in results["works"].items():
        yield (
            f"| {work} | {it['off_us']:,.0f} | {it['added']:+.1%} |"
            f" {it['low']:+.1%} to {it['high']:+.1%} | {it['noise']:+.1%} |"
        )


def write(results: Mapping[str, Any], path: Path) -> Path:
    """Replace the text between the marks; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join(lines(results))
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return path


def as_json(costs: Mapping[str, Cost]) -> dict[str, dict[str, float]]:
    """The costs for the results."""
    return {work: asdict(it) for work, it in costs.items()}


def run_turns(
    work: str, turns: int, targets: Mapping[str, tuple[str, Pids, Account]]
) -> list[Turn]:
    """Costs of each turn; the order of the servers alternates."""

    async def run() -> list[Turn]:
        opened = {name: await Line.open(url) for name, (url, _, _) in targets.items()}
        done: list[Turn] = []
        for number in range(turns + WARM_UP):
            spent = {}
            for name in list(targets)[:: 1 if number % 2 else -1]:
                _, pids, account = targets[name]
                requests = list(_requests(work, account))
                meter = Meter(pids)
                for sent in requests:
                    await opened[name].ask(sent)
                spent[name] = meter.stop(0, []).cpu["server"] / len(requests)
            done.append(spent)
        for line in opened.values():
            line.close()
        return done[WARM_UP:]

    return uvloop.run(run())


def _requests(work: str, account: Account) -> Iterator[bytes]:
    count = WORKS[work]
    if work == "empty pull":
        yield from itertools.repeat(request("GET", "/sync/pull?limit=1", account.token), count)
        return
    size = int(work.rpartition(" ")[2])
    rows, device_id = log_of(count * size, seed=uuid4().int), str(uuid4())
    for _ in range(count):
        body = push_body([row.change for row in itertools.islice(rows, size)], device_id)
        yield request("POST", "/sync/push", account.token, body, key=uuid4().hex)


def _targets(staged: Mapping[str, Stage]) -> dict[str, tuple[str, Pids, Account]]:
    return {name: (it.base_url, it.pids, it.accounts(1)[0]) for name, it in staged.items()}


@contextmanager
def _collector() -> Iterator[str]:
    """The URL of a collector that runs within the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
