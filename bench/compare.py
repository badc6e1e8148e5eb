"""Comparison of this checkout's server with another's: the same work on both by turns."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from rich.table import Table

from bench import bulk, load
from bench.meter import Measure, percentile
from bench.runs import BATCH, CONNECTIONS, PAGE, apart
from bench.stage import SERVE, Stage, stage

ROWS = 5_000
BATCHES, PULL_S, ALONE = 160, 1.0, 300
PARTS = ("server", "postgres", "valkey")

Works = Mapping[str, Callable[[], Measure]]


def compare(
    other: Path, rounds: int, kind: str = "", settings: Mapping[str, str] | None = None
) -> Table:
    """A table of processor time a record (or request) and latency, and their ratios.

    Only work whose name holds `kind` is done. A ratio below 1 is less than the other checkout
    needs. Both servers run the whole time; the other has the `settings`.
    """
    found: dict[tuple[str, bool], list[tuple[float, ...]]] = {}
    with ExitStack() as stack:
        works = {
            is_other: _works(stack.enter_context(staged))
            for is_other, staged in (
                (False, stage(SERVE)),
                (True, stage(SERVE, other, **settings or {})),
            )
        }
        for number in range(rounds + 1):
            for is_other in (False, True) if number % 2 else (True, False):
                for name, work in works[is_other].items():
                    if kind not in name:
                        continue
                    figures = _figures(work())
                    if number:  # the first round warms caches and connections
                        found.setdefault((name, is_other), []).append(figures)
    table = Table("work", "server µs", "PostgreSQL", "sum", "p50 ms", "of the other: server", "sum")
    for name in (name for name in works[False] if kind in name):
        own, others = (
            [median(column) for column in zip(*found[name, is_other], strict=True)]
            for is_other in (False, True)
        )
        cells = [f"{figure:.1f}" for figure in own]
        table.add_row(name, *cells, f"{own[0] / others[0]:.2f}", f"{own[2] / others[2]:.2f}")
    return table


def _figures(measure: Measure) -> tuple[float, ...]:
    count = measure.records or len(measure.latencies)
    spent = {part: 1e6 * measure.cpu[part] / count for part in PARTS}
    return (
        spent["server"],
        spent["postgres"],
        sum(spent.values()),
        percentile(measure.latencies, 0.5),
    )


def _works(staged: Stage) -> Works:
    writers, readers, (alone,) = (staged.accounts(n) for n in (CONNECTIONS, CONNECTIONS, 1))
    for reader in readers:
        bulk.add_records(staged.database_url, reader.user_id, ROWS)
    bulk.settle(staged.database_url)
    place, pids = staged.base_url, staged.pids
    return {
        f"push of {BATCH}": lambda: apart(load.push_storm, place, pids, writers, BATCHES, BATCH),
        f"overwriting push of {BATCH}": lambda: apart(
            load.overwrite_storm, place, pids, writers, BATCHES, BATCH
        ),
        "push of 1": lambda: apart(load.push_storm, place, pids, writers, 2 * ALONE, 1),
        "push of 1, one device": lambda: apart(load.push_alone, place, pids, alone, ALONE, 1),
        f"pull of {PAGE}": lambda: apart(
            load.pull_storm, place, pids, readers, PULL_S, PAGE, "none"
        ),
        f"pull of {PAGE} with days": lambda: apart(
            load.pull_storm, place, pids, readers, PULL_S, PAGE, "touched"
        ),
        "empty pull": lambda: apart(load.pull_nothing, place, pids, alone, ALONE),
        "constant route": lambda: apart(load.floor_storm, place, pids, [alone], ALONE),
    }
