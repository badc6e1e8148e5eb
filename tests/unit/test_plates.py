"""Plates on a barbell: never more than the target, and nearer than any other choice."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackforge_client import PLATES_KG, plate_load


@pytest.mark.parametrize(
    ("target", "per_side", "weight"),
    [
        (20, (), 20),
        (100, (25, 15), 100),
        (142.5, (25, 25, 10, 1.25), 142.5),
        (61, (20,), 60),
        (10, (), 20),
    ],
)
def test_loads_of_a_bar_of_20_kg(target: float, per_side: tuple[float, ...], weight: float) -> None:
    load = plate_load(target, 20, PLATES_KG)
    assert (load.per_side, load.weight) == (per_side, weight)


def test_the_fewest_plates_that_there_are() -> None:
    assert plate_load(60, 20, (15, 10)).per_side == (10, 10)
    assert plate_load(100, 20, PLATES_KG, {25: 1, 10: 1, 5: 2}).per_side == (25, 10, 5)


@given(
    st.integers(0, 800).map(lambda quarters: quarters / 4),
    st.dictionaries(st.sampled_from(PLATES_KG), st.integers(0, 2), min_size=1),
)
def test_no_other_choice_is_nearer(target: float, pairs: dict[float, int]) -> None:
    load = plate_load(target, 20, list(pairs), pairs)
    counts = itertools.product(*(range(count + 1) for count in pairs.values()))
    totals = [
        20 + 2 * sum(plate * count for plate, count in zip(pairs, chosen, strict=True))
        for chosen in counts
    ]
    assert load.weight == max([it for it in totals if it <= target], default=20)
    assert load.weight == 20 + 2 * sum(load.per_side)
    assert all(load.per_side.count(plate) <= count for plate, count in pairs.items())
