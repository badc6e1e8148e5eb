"""Measurement of this server beside a peer: the same load on both by turns, on one PostgreSQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from bench import bulk, load, raw
from bench.meter import Measure, percentile
from bench.peers.stage import fastapi_beside
from bench.runs import BATCH, CONNECTIONS, PAGE, apart
from bench.stage import Stage, stage

FILL, FILL_BATCH = 64, 500
BATCHES, SMALL_BATCHES, PULL_S, TIMES = 320, 800, 2.0, 100
PARTS = ("server", "postgres", "valkey")
RAW = "raw asyncpg"

Works = Mapping[str, Callable[[], Measure]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of work at one server: per second, processor time of one in µs, p99 in ms."""

    per_s: float
    server_us: float
    all_us: float
    p99_ms: float


Results = Mapping[str, Mapping[str, Figure]]
"""Figures by kind of work, then by server."""


def measure(rounds: int) -> Results:
    """Medians of some rounds."""
    found: dict[str, dict[str, list[Figure]]] = {}
    with stage() as own, fastapi_beside(own) as peer:
        servers = {"this server": _works(own), "FastAPI": _works(peer), RAW: _raw_works(own)}
        for number in range(rounds + 1):
            for name, works in servers.items():
                for kind, work in works.items():
                    figure = _figure(work(), name)
                    if number:  # the first round warms caches and connections
                        found.setdefault(kind, {}).setdefault(name, []).append(figure)
    return {
        kind: {name: _median(figures) for name, figures in by_server.items()}
        for kind, by_server in found.items()
    }


def table(results: Results) -> Table:
    """The figures, and how many times a peer's this server reaches."""
    shown = Table("work", "server", "per s", "server µs", "all µs", "p99 ms", "rate", "CPU")
    for kind, by_server in results.items():
        own = by_server["this server"]
        for name, it in by_server.items():
            shown.add_row(
                kind,
                name,
                f"{it.per_s:,.0f}",
                f"{it.server_us:.1f}",
                f"{it.all_us:.1f}",
                f"{it.p99_ms:.1f}",
                *(("", "") if it is own else _times(own, it)),
            )
    return shown


def _times(own: Figure, other: Figure) -> tuple[str, str]:
    """This server's rate in the other's, and the other's processor time in this server's."""
    return f"{own.per_s / other.per_s:.2f}×", f"{other.all_us / own.all_us:.2f}×"


def _works(staged: Stage) -> Works:
    writers, readers, (pair,), (alone,) = (
        staged.accounts(count) for count in (CONNECTIONS, CONNECTIONS, 1, 1)
    )
    place, pids = staged.base_url, staged.pids
    load.push_storm(place, pids, readers, FILL, FILL_BATCH)
    ends, tails = (load.cursors_before(place, readers, back) for back in (0, 5))
    return {
        f"push of {BATCH} sets": lambda: apart(
            load.push_storm, place, pids, writers, BATCHES, BATCH
        ),
        f"push of {BATCH}, half food logs": lambda: apart(
            load.push_storm, place, pids, writers, BATCHES, BATCH, "mixed"
        ),
        "push of 1": lambda: apart(load.push_storm, place, pids, writers, SMALL_BATCHES, 1),
        "push of 1, one device": lambda: apart(load.push_alone, place, pids, alone, TIMES, 1),
        f"overwrite of {BATCH}": lambda: apart(
            load.overwrite_storm, place, pids, writers, BATCHES, BATCH
        ),
        f"two devices, the same {BATCH}": lambda: apart(
            load.contended_storm, place, pids, pair, BATCHES // 8, BATCH
        ),
        f"pull of {PAGE}": lambda: apart(
            load.pull_storm, place, pids, readers, PULL_S, PAGE, "none"
        ),
        "pull of 5": lambda: apart(load.delta_storm, place, pids, readers, TIMES, tails),
        "pull of nothing": lambda: apart(load.delta_storm, place, pids, readers, TIMES, ends),
        "constant route": lambda: apart(load.floor_storm, place, pids, readers, TIMES),
    }


def _raw_works(staged: Stage) -> Works:
    place, pids = staged.database_url, staged.pids
    users = bulk.add_users(place, CONNECTIONS)
    readers = bulk.add_users(place, CONNECTIONS)
    return {
        f"push of {BATCH} sets": lambda: apart(
            raw.push_raw, place, pids, users, BATCHES, BATCH, "transaction"
        ),
        f"push of {BATCH}, half food logs": lambda: apart(
            raw.push_raw, place, pids, readers, BATCHES, BATCH, "transaction", "mixed"
        ),
        f"pull of {PAGE}": lambda: apart(raw.pull_raw, place, pids, users, PULL_S, PAGE),
    }


def _figure(measured: Measure, name: str) -> Figure:
    count = measured.records or len(measured.latencies)
    parts = ("load", "postgres") if name == RAW else PARTS
    return Figure(
        count / measured.seconds,
        1e6 * measured.cpu["load" if name == RAW else "server"] / count,
        1e6 * sum(measured.cpu[part] for part in parts) / count,
        percentile(measured.latencies, 0.99),
    )


def _median(figures: list[Figure]) -> Figure:
    return Figure(
        median(it.per_s for it in figures),
        median(it.server_us for it in figures),
        median(it.all_us for it in figures),
        median(it.p99_ms for it in figures),
    )
