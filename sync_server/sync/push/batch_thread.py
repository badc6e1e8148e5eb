"""Threads for large batches: other requests have the event loop meanwhile."""

import asyncio
from collections.abc import Callable, Sized
from typing import ParamSpec, TypeVar

MANY = 100

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread_if_many(
    batch: Sized, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Result of a function that computes something for each change of a batch."""
    if len(batch) <= MANY:
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)
