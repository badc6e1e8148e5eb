"""Worker thread of searches: scores names beside the event loop.

One thread for all searches: the interpreter lock changes hands between it and the loop only, so
that the loop waits for at most one switch interval, which `serve` sets. Long computations run in
slices: between two of them the request goes through the event loop, where that of a user who used
much lately gives way to others.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from sync_server.catalogue.ranking.steps import Steps

SLICE_S = 0.002
"""Time after which a slice ends: a way through the event loop costs some 0.1 ms."""

_P = ParamSpec("_P")
_R = TypeVar("_R")
_WORKER = ThreadPoolExecutor(1, "search")


async def run_in_worker(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Result of a function, called in the worker thread."""
    return await asyncio.get_running_loop().run_in_executor(
        _WORKER, lambda: function(*args, **kwargs)
    )


@dataclass(frozen=True, slots=True)
class _Done(Generic[_R]):
    """Result of a computation that has ended."""

    result: _R


async def run_in_slices(steps: Steps[_R]) -> _R:
    """Result of a computation, in the worker thread, one slice at a time."""
    while True:
        done = await asyncio.get_running_loop().run_in_executor(_WORKER, _slice, steps)
        if done is not None:
            return done.result


def _slice(steps: Steps[_R]) -> _Done[_R] | None:
    """Result of the computation if it ends within a slice."""
    ends = time.perf_counter() + SLICE_S
    while time.perf_counter() < ends:
        try:
            next(steps)
        except StopIteration as end:
            return _Done(end.value)
    return None
