"""Units as a person reads them: everything is stored and sent in metric, this is for screens.

Factors are exact by definition: the pound and the inch (international yard and pound agreement,
1959), the thermochemical calorie (ISO 80000-5, 4.184 J).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

KG_A_LB = 0.45359237
CM_AN_INCH = 2.54
KJ_A_KCAL = 4.184
INCHES_A_FOOT = 12

WeightUnit = Literal["kg", "lb"]
HeightUnit = Literal["cm", "in"]
EnergyUnit = Literal["kcal", "kj"]

# As many decimals as are stored: finer than what is shown, so that a shown value comes back.
STORED_DECIMALS = 2
_FEET = re.compile(r"\s*(\d+)\s*(?:'|ft|′)\s*(?:(\d+(?:[.,]\d+)?)\s*(?:\"|''|in|″)?)?\s*", re.I)


def kg_of_lb(pounds: float) -> float:
    """A mass in kilograms."""
    return pounds * KG_A_LB


def lb_of_kg(kilograms: float) -> float:
    """A mass in pounds."""
    return kilograms / KG_A_LB


def cm_of_in(inches: float) -> float:
    """A length in centimetres."""
    return inches * CM_AN_INCH


def in_of_cm(centimetres: float) -> float:
    """A length in inches."""
    return centimetres / CM_AN_INCH


def kj_of_kcal(kilocalories: float) -> float:
    """An energy in kilojoules."""
    return kilocalories * KJ_A_KCAL


def kcal_of_kj(kilojoules: float) -> float:
    """An energy in kilocalories."""
    return kilojoules / KJ_A_KCAL


@dataclass(frozen=True, slots=True)
class Units:
    """What a person reads and types, as the profile says; metric where it says nothing.

    `shown_…` turn what is stored into a number for the screen, `stored_…` what was typed into what
    is stored. Showing what was typed gives it back, to a tenth of a pound, an inch or a kilogram
    and to a whole kilojoule.
    """

    weight: WeightUnit = "kg"
    height: HeightUnit = "cm"
    energy: EnergyUnit = "kcal"

    @classmethod
    def of(cls, profile: Mapping[str, object] | None) -> Self:
        """The units of a profile's fields; raises ValueError for a unit that there is not."""
        said = profile or {}
        weight, height, energy = (
            said.get(name) or default
            for name, default in (
                ("weight_unit", "kg"),
                ("height_unit", "cm"),
                ("energy_unit", "kcal"),
            )
        )
        if weight in ("kg", "lb") and height in ("cm", "in") and energy in ("kcal", "kj"):
            return cls(weight, height, energy)
        raise ValueError(f"There are no units {weight}, {height}, {energy}.")

    def shown_weight(self, kilograms: float) -> float:
        """A mass, to a tenth."""
        return round(lb_of_kg(kilograms) if self.weight == "lb" else kilograms, 1)

    def stored_weight(self, typed: float) -> float:
        """What was typed, in kilograms; raises ValueError for what is no number."""
        return _stored(kg_of_lb(typed) if self.weight == "lb" else typed)

    def shown_height(self, centimetres: float) -> float:
        """A length, to a tenth."""
        return round(in_of_cm(centimetres) if self.height == "in" else centimetres, 1)

    def stored_height(self, typed: float | str) -> float:
        """What was typed, in centimetres; `5'11"` is feet and inches. Raises ValueError."""
        if isinstance(typed, str):
            feet = _FEET.fullmatch(typed)
            if feet:
                inches = float((feet[2] or "0").replace(",", "."))
                return _stored(cm_of_in(int(feet[1]) * INCHES_A_FOOT + inches))
            typed = float(typed.replace(",", "."))
        return _stored(cm_of_in(typed) if self.height == "in" else typed)

    def shown_energy(self, kilocalories: float) -> float:
        """An energy, to a whole kilojoule or a tenth of a kilocalorie."""
        if self.energy == "kj":
            return float(round(kj_of_kcal(kilocalories)))
        return round(kilocalories, 1)

    def stored_energy(self, typed: float) -> float:
        """What was typed, in kilocalories; raises ValueError for what is no number."""
        return _stored(kcal_of_kj(typed) if self.energy == "kj" else typed)

    def weight_text(self, kilograms: float) -> str:
        """A mass for people, such as `179.5 lb`."""
        return f"{self.shown_weight(kilograms):g} {self.weight}"

    def height_text(self, centimetres: float) -> str:
        """A height for people, such as `180 cm` or `5'11"`."""
        if self.height == "cm":
            return f"{self.shown_height(centimetres):g} cm"
        feet, inches = divmod(round(in_of_cm(centimetres)), INCHES_A_FOOT)
        return f"{feet}'{inches}\""

    def energy_text(self, kilocalories: float) -> str:
        """An energy for people, such as `2301 kJ`."""
        return f"{round(self.shown_energy(kilocalories))} {'kJ' if self.energy == 'kj' else 'kcal'}"


def _stored(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no measure.")
    return round(value, STORED_DECIMALS)
