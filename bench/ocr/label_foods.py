"""Foods of the drawn labels and receipts: names and values of USDA's SR28, and rounding rules.

A label's truth is computed from the printed text, as `<0.5 g` is half of it.
"""

import functools
import math
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.catalogue.load import rows

Values = Mapping[str, float]
_MEASURE = re.compile(
    r"\d[\d/. ]* (?:cup|tbsp|tsp|slice|bar|cookie|piece|package|container|large|medium|can|bottle)"
)
_HUNDRED = 100.0
SALT_PER_SODIUM = 2.5


@dataclass(frozen=True, slots=True)
class Food:
    """Food with its values per 100 g and a serving: the measure and its grams."""

    name: str
    values: Values
    measure: str
    serving_g: float


@dataclass(frozen=True, slots=True)
class Printed:
    """Printed amount: its number as text, its unit, and the value that the text means."""

    number: str
    unit: str
    value: float

    @property
    def text(self) -> str:
        """The number and the unit, as in the United States."""
        return f"{self.number}{self.unit}"


@functools.cache
def foods() -> tuple[Food, ...]:
    """Foods with all values of a label and a household measure."""
    return tuple(food for row in rows("foods") if (food := _food(row)) is not None)


def a_food(chance: random.Random) -> Food:
    """One of the foods."""
    return chance.choice(foods())


def _food(row: Mapping[str, Any]) -> Food | None:
    measures = [one for one in row["servings"] or () if _MEASURE.match(one["name"])]
    values = {
        name: value
        for name, value in {**row, **(row["nutrients"] or {})}.items()
        if name.endswith(("_g", "_mg", "_ug", "_kcal")) and value is not None
    }
    needed = ("fat_g", "saturated_fat_g", "carbs_g", "sugar_g", "fiber_g", "protein_g", "sodium_mg")
    if not measures or any(name not in values for name in needed) or values["energy_kcal"] < 20:
        return None
    grams = float(round(measures[0]["grams"]))
    measure = _MEASURE.match(measures[0]["name"])
    if grams < 10 or measure is None:
        return None
    return Food(row["name"].split(",")[0], values, measure[0], grams)


def european(name: str, value: float) -> Printed:
    """Amount as the guidance of the European Commission rounds it (December 2012, table 4)."""
    if name == "energy_kcal":
        return Printed(f"{value:.0f}", "kcal", float(f"{value:.0f}"))
    if name == "salt_g":
        return _rounded(value, "g", 1.0, 2, 0.0125, "0.01")
    if name in ("saturated_fat_g", "monounsaturated_fat_g", "polyunsaturated_fat_g"):
        return _rounded(value, "g", 10.0, 1, 0.1, "0.1")
    if name.endswith("_g"):
        return _rounded(value, "g", 10.0, 1, 0.5, "0.5")
    unit = "µg" if name.endswith("_ug") else "mg"
    digits = 1 - math.floor(math.log10(value)) if value > 0 else 0
    number = f"{round(value, digits):.{max(0, digits)}f}"
    return Printed(number, unit, float(number))


def _rounded(
    value: float, unit: str, whole_from: float, digits: int, none_to: float, limit: str
) -> Printed:
    """Coarser from a limit on; `<limit` for next to nothing, `0` for nothing."""
    if value <= none_to:
        return Printed(f"<{limit}", unit, float(limit) / 2) if value else Printed("0", unit, 0.0)
    number = f"{value:.{digits - 1 if value >= whole_from else digits}f}"
    return Printed(number, unit, float(number))


STEPS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "energy_kcal": ((5.0, 0.0), (50.0, 5.0), (math.inf, 10.0)),
    "fat_g": ((0.5, 0.0), (5.0, 0.5), (math.inf, 1.0)),
    "sodium_mg": ((5.0, 0.0), (140.0, 5.0), (math.inf, 10.0)),
    "calcium_mg": ((math.inf, 10.0),),
    "potassium_mg": ((math.inf, 10.0),),
    "iron_mg": ((math.inf, 0.1),),
    "vitamin_d_ug": ((math.inf, 0.1),),
}
"""Greatest amount and step (21 CFR 101.9(c)); a step of 0 prints 0."""


def american(name: str, value: float) -> Printed:
    """Amount of a serving as 21 CFR 101.9(c) rounds it."""
    unit = {"kcal": "", "ug": "mcg"}.get(name.rpartition("_")[2], name.rpartition("_")[2])
    if name == "cholesterol_mg" and value <= 5:
        return Printed("0", unit, 0.0) if value < 2 else Printed("less than 5", unit, 2.5)
    if name == "cholesterol_mg":
        return _stepped(value, unit, 5.0)
    if name in ("saturated_fat_g", "trans_fat_g"):
        name = "fat_g"
    if name in STEPS:
        return _stepped(value, unit, next(step for limit, step in STEPS[name] if value < limit))
    if value < 1:
        return Printed("0", unit, 0.0) if value < 0.5 else Printed("less than 1", unit, 0.5)
    return _stepped(value, unit, 1.0)


def _stepped(value: float, unit: str, step: float) -> Printed:
    number = f"{round(value / step) * step:.10g}" if step else "0"
    return Printed(number, unit, float(number))


def per_100_g(value: float, serving_g: float) -> float:
    """A serving's amount as one of 100 g."""
    return value * _HUNDRED / serving_g
