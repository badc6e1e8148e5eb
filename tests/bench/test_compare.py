"""Bounds of a comparison's ratio: those of the median by order statistics."""

import pytest

from bench.compare import interval


@pytest.mark.parametrize(
    # 25 values: the sum of the binomial probabilities of 0 to 7 of them is 2.2 %, of 0 to 8 5.4 %.
    ("count", "low", "high"),
    [(2, 1, 2), (3, 1, 3), (6, 1, 6), (9, 2, 8), (25, 8, 18), (40, 14, 27)],
)
def test_bounds_are_those_of_the_tables(count: int, low: int, high: int) -> None:
    values = [float(number) for number in range(1, count + 1)]
    assert interval(values) == interval(values[::-1]) == (low, high)
