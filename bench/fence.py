"""Cost of row-level security: two servers, with and without it, measured alternately."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median
from typing import NamedTuple

import asyncpg
from rich.table import Table

from bench.meter import Measure, percentile
from bench.runs import BATCH, PAGE
from bench.stage import Stage, stage
from bench.works import Amounts, works_on

FENCED = "SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity"
AMOUNTS = Amounts(batches=300, pull_s=3.0, alone=400)
WORKS = (
    f"push of {BATCH}", f"pull of {PAGE}", f"pull of {PAGE} with days",
    "push of 1, one device", "empty pull",
)  # fmt: skip


class Cost(NamedTuple):
    """One round of one kind of work: microseconds of processor a record, median latency in ms."""

    cpu_us: float
    p50_ms: float


Costs = Mapping[str, Mapping[bool, Cost]]
"""Medians by kind of work, with (True) and without (False) the fence."""


def measure(rounds: int) -> Costs:
    """Medians of `rounds` rounds."""
    found: dict[tuple[str, bool], list[Cost]] = {}
    with ExitStack() as stack:
        works = {
            fenced: _works(stack.enter_context(stage(ROW_LEVEL_SECURITY=str(fenced))), fenced)
            for fenced in (True, False)
        }
        for number in range(rounds + 1):
            for fenced in (True, False) if number % 2 else (False, True):
                for name, work in works[fenced].items():
                    cost = _cost(work())
                    if number:  # the first round warms caches and connections
                        found.setdefault((name, fenced), []).append(cost)
    return {
        name: {
            fenced: Cost(
                median(cost.cpu_us for cost in found[name, fenced]),
                median(cost.p50_ms for cost in found[name, fenced]),
            )
            for fenced in (True, False)
        }
        for name in WORKS
    }


def table(costs: Costs) -> Table:
    """The costs and their ratios, for a terminal."""
    table = Table("work", "µs of processor", "without", "ratio", "p50 ms", "without", "ratio")
    for name, by_fence in costs.items():
        cells = [name]
        for fenced_figure, plain_figure in zip(by_fence[True], by_fence[False], strict=True):
            ratio = fenced_figure / plain_figure
            cells += [f"{fenced_figure:.1f}", f"{plain_figure:.1f}", f"{ratio:.3f}"]
        table.add_row(*cells)
    return table


def _works(staged: Stage, fenced: bool) -> dict[str, Callable[[], Measure]]:
    if not fenced:
        asyncio.run(_take_down(staged.database_url))
    works = works_on(staged, AMOUNTS)
    return {name: works[name] for name in WORKS}


async def _take_down(database_url: str) -> None:
    """The setting spares transactions; without it the tables would still weigh each row."""
    connection = await asyncpg.connect(database_url)
    try:
        for (table,) in await connection.fetch(FENCED):
            await connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()


def _cost(measure: Measure) -> Cost:
    count = measure.records or len(measure.latencies)
    spent = sum(measure.cpu[part] for part in ("server", "postgres", "valkey"))
    return Cost(1e6 * spent / count, percentile(measure.latencies, 0.5))
