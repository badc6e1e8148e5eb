"""Display units: records are metric, this module converts for screens and input.

Factors are exact by definition: the pound and the inch (international yard and pound agreement,
1959), the thermochemical calorie (ISO 80000-5, 4.184 J).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

KG_PER_LB = 0.45359237
CM_PER_INCH = 2.54
KJ_PER_KCAL = 4.184
INCHES_PER_FOOT = 12

WeightUnit = Literal["kg", "lb"]
HeightUnit = Literal["cm", "in"]
EnergyUnit = Literal["kcal", "kj"]

# Finer than the displayed decimals, so that a displayed value survives a round trip.
STORED_DECIMALS = 2
_FEET = re.compile(r"\s*(\d+)\s*(?:'|ft|′)\s*(?:(\d+(?:[.,]\d+)?)\s*(?:\"|''|in|″)?)?\s*", re.I)


def kg_from_lb(pounds: float) -> float:
    """Mass in kilograms."""
    return pounds * KG_PER_LB


def lb_from_kg(kilograms: float) -> float:
    """Mass in pounds."""
    return kilograms / KG_PER_LB


def cm_from_in(inches: float) -> float:
    """Length in centimetres."""
    return inches * CM_PER_INCH


def in_from_cm(centimetres: float) -> float:
    """Length in inches."""
    return centimetres / CM_PER_INCH


def kj_from_kcal(kilocalories: float) -> float:
    """Energy in kilojoules."""
    return kilocalories * KJ_PER_KCAL


def kcal_from_kj(kilojoules: float) -> float:
    """Energy in kilocalories."""
    return kilojoules / KJ_PER_KCAL


@dataclass(frozen=True, slots=True)
class Units:
    """Display units of a profile, metric by default.

    `shown_…` convert a stored value for the screen, `stored_…` convert an input to the stored unit.
    A round trip is exact to a tenth of a pound, an inch or a kilogram, and to a whole kilojoule.
    """

    weight: WeightUnit = "kg"
    height: HeightUnit = "cm"
    energy: EnergyUnit = "kcal"

    @classmethod
    def of(cls, profile: Mapping[str, object] | None) -> Self:
        """Units of a profile's fields; raises ValueError for an unknown unit."""
        fields = profile or {}
        weight, height, energy = (
            fields.get(name) or default
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
        """Mass in the display unit, rounded to a tenth."""
        return round(lb_from_kg(kilograms) if self.weight == "lb" else kilograms, 1)

    def stored_weight(self, typed: float) -> float:
        """Input as kilograms; raises ValueError for NaN and infinity."""
        return _stored(kg_from_lb(typed) if self.weight == "lb" else typed)

    def shown_height(self, centimetres: float) -> float:
        """Length in the display unit, rounded to a tenth."""
        return round(in_from_cm(centimetres) if self.height == "in" else centimetres, 1)

    def stored_height(self, typed: float | str) -> float:
        """Input as centimetres; `5'11"` is feet and inches. Raises ValueError."""
        if isinstance(typed, str):
            feet = _FEET.fullmatch(typed)
            if feet:
                inches = float((feet[2] or "0").replace(",", "."))
                return _stored(cm_from_in(int(feet[1]) * INCHES_PER_FOOT + inches))
            typed = float(typed.replace(",", "."))
        return _stored(cm_from_in(typed) if self.height == "in" else typed)

    def shown_energy(self, kilocalories: float) -> float:
        """Energy in the display unit, rounded to 1 kJ or 0.1 kcal."""
        if self.energy == "kj":
            return float(round(kj_from_kcal(kilocalories)))
        return round(kilocalories, 1)

    def stored_energy(self, typed: float) -> float:
        """Input as kilocalories; raises ValueError for NaN and infinity."""
        return _stored(kcal_from_kj(typed) if self.energy == "kj" else typed)

    def weight_text(self, kilograms: float) -> str:
        """Mass as text, such as `179.5 lb`."""
        return f"{self.shown_weight(kilograms):g} {self.weight}"

    def height_text(self, centimetres: float) -> str:
        """Height as text, such as `180 cm` or `5'11"`."""
        if self.height == "cm":
            return f"{self.shown_height(centimetres):g} cm"
        feet, inches = divmod(round(in_from_cm(centimetres)), INCHES_PER_FOOT)
        return f"{feet}'{inches}\""

    def energy_text(self, kilocalories: float) -> str:
        """Energy as text, such as `2301 kJ`."""
        return f"{round(self.shown_energy(kilocalories))} {'kJ' if self.energy == 'kj' else 'kcal'}"


def _stored(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number.")
    return round(value, STORED_DECIMALS)
