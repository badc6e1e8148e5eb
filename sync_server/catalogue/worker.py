"""Worker thread of searches: scores names beside the event loop.

One thread for all searches: the interpreter lock changes hands between it and the loop only, so
that the loop waits for at most one switch interval, which `serve` sets.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")
_WORKER = ThreadPoolExecutor(1, "search")


async def run_in_worker(function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Result of a function, called in the worker thread."""
    return await asyncio.get_running_loop().run_in_executor(
        _WORKER, lambda: function(*args, **kwargs)
    )
