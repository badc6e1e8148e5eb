"""The standard set of measurements, raw and over HTTP in turn, at one number of users."""

import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from bench import bulk, first_sync, load, poke, raw
from bench.meter import Measure
from bench.stage import Stage
from bench.summary import Figures, figures, ratio

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 16
BATCH = 50
PAGE = 500
HISTORY = 5_000
LONG_HISTORY = 100_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    batches: int
    pull_s: float
    repeats: int


STANDARD = Size(rounds=7, batches=480, pull_s=1.2, repeats=1000)
QUICK = Size(rounds=3, batches=64, pull_s=0.3, repeats=100)


class Bench:
    """Measurements on one stage; the load and the raw client are a process each."""

    def __init__(
        self, stage: Stage, size: Size, load: ProcessPoolExecutor, raw: ProcessPoolExecutor
    ) -> None:
        self._stage = stage
        self._size = size
        self._load = load
        self._raw = raw

    def push(self) -> dict[str, object]:
        """Batches of 50 from 16 connections, beside both ways of the raw client."""
        stage, size = self._stage, self._size
        accounts = stage.accounts(CONNECTIONS)
        users = bulk.add_users(stage.database_url, CONNECTIONS)
        rounds: dict[str, list[Measure]] = {"transaction": [], "statement": [], "http": []}
        for number in range(size.rounds + 1):
            turn = {way: self._push_raw(users, way) for way in ("transaction", "statement")} | {
                "http": self._over_http(load.push_storm, accounts, size.batches, BATCH)
            }
            # The first turn warms caches and connections, and is not counted.
            for way, measure in turn.items():
                if number:
                    rounds[way].append(measure)
        return _beside(rounds, raw_name="transaction")
