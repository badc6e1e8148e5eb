"""Rates and processor time of several server processes beside one, by turns."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median

from bench import load
from bench.meter import Measure
from bench.runs import BATCH, CONNECTIONS, PAGE, apart
from bench.stage import SERVE, Stage, stage

BATCHES, PULL_S = 320, 2.0
FILL, FILL_BATCH = 64, 500
PARTS = ("server", "postgres", "valkey")

Ratios = Mapping[str, Mapping[str, float]]
"""By kind of work the ratios of `rate` and `cpu`, processor time of a record."""


def measure(rounds: int, processes: int = 2) -> Ratios:
    """Medians of the ratios of each round."""
    found: dict[str, dict[str, list[float]]] = {}
    with ExitStack() as stack:
        works = [
            _works(stack.enter_context(stage(SERVE, WORKERS=str(count))))
            for count in (processes, 1)
        ]
        for number in range(rounds + 1):
            for kind in works[0]:
                many, one = (_figures(work[kind]()) for work in works)
                if number:  # the first round warms caches and connections
                    ratios = found.setdefault(kind, {"rate": [], "cpu": []})
                    ratios["rate"].append(many[0] / one[0])
                    ratios["cpu"].append(many[1] / one[1])
    return {
        kind: {name: median(values) for name, values in ratios.items()}
        for kind, ratios in found.items()
    }


def _works(staged: Stage) -> Mapping[str, Callable[[], Measure]]:
    writers, readers = staged.accounts(CONNECTIONS), staged.accounts(CONNECTIONS)
    place, pids = staged.base_url, staged.pids
    load.push_storm(place, pids, readers, FILL, FILL_BATCH)
    return {
        "push": lambda: apart(load.push_storm, place, pids, writers, BATCHES, BATCH),
        "pull": lambda: apart(load.pull_storm, place, pids, readers, PULL_S, PAGE, "none"),
    }


def _figures(measured: Measure) -> tuple[float, float]:
    """Records per second, and seconds of processor time of one."""
    spent = sum(measured.cpu[part] for part in PARTS)
    return measured.records / measured.seconds, spent / measured.records
