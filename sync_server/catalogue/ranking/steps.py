"""Long computations in steps: generators that may be interrupted after each, for other work."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Computation of a result; its caller may do something else wherever it yields."""


def result_of(steps: Steps[T]) -> T:
    """Result of a computation, without interruptions."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
