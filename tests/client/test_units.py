"""Units of a screen: exact factors, and what a person typed comes back as typed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackforge_client.device.units import (
    Units,
    cm_from_in,
    in_from_cm,
    kcal_from_kj,
    kg_from_lb,
    kj_from_kcal,
    lb_from_kg,
)

AMERICAN = Units("lb", "in", "kj")
EITHER = st.sampled_from([Units(), AMERICAN])
TENTHS = st.integers(0, 10_000).map(lambda tenths: tenths / 10)


def test_the_factors_are_those_of_their_definitions() -> None:
    assert (kg_from_lb(1), cm_from_in(1), kj_from_kcal(1)) == (0.45359237, 2.54, 4.184)
    assert kg_from_lb(225) == pytest.approx(102.058, abs=0.0005)
    assert (
        lb_from_kg(kg_from_lb(7)),
        in_from_cm(cm_from_in(7)),
        kcal_from_kj(kj_from_kcal(7)),
    ) == (7, 7, 7)


def test_the_profile_says_which() -> None:
    assert Units.of(None) == Units.of({}) == Units("kg", "cm", "kcal")
    assert Units.of({"weight_unit": "lb", "energy_unit": "kj"}) == Units("lb", "cm", "kj")
    assert Units.of({"weight_unit": None}) == Units()
    with pytest.raises(ValueError, match="stone"):
        Units.of({"weight_unit": "stone"})


def test_what_people_read() -> None:
    assert (Units().weight_text(81.4), AMERICAN.weight_text(81.4)) == ("81.4 kg", "179.5 lb")
    assert (Units().height_text(180), AMERICAN.height_text(180)) == ("180 cm", "5'11\"")
    assert AMERICAN.height_text(182.7) == "6'0\""
    assert (Units().energy_text(550), AMERICAN.energy_text(550)) == ("550 kcal", "2301 kJ")


@pytest.mark.parametrize(
    ("typed", "centimetres"),
    [
        ("5'11\"", 180.34),
        ("5' 11", 180.34),
        ("5 ft 11 in", 180.34),
        ("6'", 182.88),
        ("5'10,5\"", 179.07),
    ],
)
def test_feet_and_inches_are_understood_whatever_the_unit(typed: str, centimetres: float) -> None:
    assert Units().stored_height(typed) == AMERICAN.stored_height(typed) == centimetres
    assert AMERICAN.stored_height("71") == 180.34
    assert Units().stored_height("180,5") == 180.5


@pytest.mark.parametrize("typed", ["tall", "", "5'x", "nan"])
def test_what_is_no_height_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        AMERICAN.stored_height(typed)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    for store in (Units().stored_weight, AMERICAN.stored_height, AMERICAN.stored_energy):
        with pytest.raises(ValueError, match="not a finite number"):
            store(value)


@given(units=EITHER, typed=TENTHS)
def test_a_typed_weight_comes_back(units: Units, typed: float) -> None:
    assert units.shown_weight(units.stored_weight(typed)) == typed


@given(units=EITHER, typed=TENTHS)
def test_a_typed_height_comes_back(units: Units, typed: float) -> None:
    assert units.shown_height(units.stored_height(typed)) == typed


@given(typed=st.integers(0, 50_000))
def test_a_typed_energy_comes_back(typed: int) -> None:
    assert AMERICAN.shown_energy(AMERICAN.stored_energy(typed)) == typed
    assert Units().shown_energy(Units().stored_energy(typed / 10)) == typed / 10


@given(units=EITHER, kilograms=st.floats(0, 1000))
def test_storing_what_is_shown_moves_nothing_twice(units: Units, kilograms: float) -> None:
    once = units.stored_weight(units.shown_weight(kilograms))
    assert units.stored_weight(units.shown_weight(once)) == once
