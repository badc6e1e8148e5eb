"""Comparison of this checkout's server with another's: the same work on both by turns."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from math import comb
from pathlib import Path
from statistics import median

from rich.table import Table

from bench.meter import Measure, percentile
from bench.stage import SERVE, stage
from bench.works import Amounts, works_on

AMOUNTS = Amounts(batches=160, pull_s=1.0, alone=300)
PARTS = ("server", "postgres", "valkey")


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
            is_other: works_on(stack.enter_context(staged), AMOUNTS)
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
    table = Table(
        "work", "server µs", "PostgreSQL", "sum", "p50 ms",
        "of the other: server", "PostgreSQL", "sum", "95 %",
    )  # fmt: skip
    for name in (name for name in works[False] if kind in name):
        own, others = (
            [median(column) for column in zip(*found[name, is_other], strict=True)]
            for is_other in (False, True)
        )
        cells = [f"{figure:.1f}" for figure in own]
        ratios = [f"{own[part] / others[part]:.2f}" for part in range(len(PARTS))]
        rounds_of_both = zip(found[name, False], found[name, True], strict=True)
        low, high = interval([ours[2] / theirs[2] for ours, theirs in rounds_of_both])
        table.add_row(name, *cells, *ratios, f"{low:.2f}–{high:.2f}")
    return table


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """Bounds between which the median of the rounds' ratios is with a probability of 95 %.

    They are ratios of two of the rounds, by the binomial distribution of how many lie below the
    median (David and Nagaraja, Order Statistics, 7.1); those of few rounds are the extremes.
    """
    ordered, count = sorted(ratios), len(ratios)
    below, outside = 0, 0.5**count
    while outside + comb(count, below + 1) * 0.5**count <= 0.025:
        below += 1
        outside += comb(count, below) * 0.5**count
    return ordered[below], ordered[count - 1 - below]


def _figures(measure: Measure) -> tuple[float, ...]:
    count = measure.records or len(measure.latencies)
    spent = {part: 1e6 * measure.cpu[part] / count for part in PARTS}
    return (
        spent["server"],
        spent["postgres"],
        sum(spent.values()),
        percentile(measure.latencies, 0.5),
    )
