"""Amounts on labels: `3,5 g`, `<0.5g`, `1.046 kJ`, `traces`, `10 %`."""

import re
from dataclasses import dataclass

KJ_A_KCAL = 4.184
"""The thermochemical calorie."""
PER_IU_UG = {"vitamin_a_ug": 0.3, "vitamin_d_ug": 0.025}
"""Micrograms of an international unit: of retinol, of cholecalciferol."""

_LESS = (
    r"(?P<less>[<≤‹]|less\s*than|moins\s*de|weniger\s*als|menos\s*de|meno\s*di|minder\s*dan"
    r"|inferi(?:or|eur|ore)\s*(?:a|al)?)?\s*"
)
_NUMBER = (
    r"(?P<number>\d{1,2}[.,' ]\d{3}(?=\s*(?:kj|kcal|mg|µg|μg|mcg|ug))"
    r"|\d{1,5}(?:[.,]\d{1,3})?|o(?=\s*(?:m?g|mcg|[uµμ]g|%)(?![a-z])))"
)
_UNIT = r"(?P<unit>kj|kcal|cals?|mg|µg|μg|mcg|ug|iu|ie|ui|g|ml|%)?"
_AMOUNT = re.compile(rf"(?<![\d.,a-z]){_LESS}{_NUMBER}\s*{_UNIT}(?![a-zß\d])")
_TRACES = re.compile(
    r"(?<![a-z])(?P<traces>trac[ei]s?|traccia|spuren|trazas|sporen|vestigios)(?![a-z])"
)
_UNITS = {
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "cal": "kcal",
    "cals": "kcal",
    "ie": "iu",
    "ui": "iu",
}
_GRAMS = {"g": 1.0, "mg": 1e-3, "ug": 1e-6}


@dataclass(frozen=True, slots=True)
class Amount:
    """Number with its unit (`` if none is printed) and its place in the text."""

    value: float
    unit: str
    start: int
    end: int


def find_amounts(text: str) -> list[Amount]:
    """Amounts in a plain text, from left to right.

    Below a limit (`<0.5 g`) means half the limit, traces mean 0.
    """
    found = [_amount(match) for match in _AMOUNT.finditer(text)]
    found += [Amount(0.0, "g", it.start(), it.end()) for it in _TRACES.finditer(text)]
    return sorted(found, key=lambda amount: amount.start)


def _amount(match: re.Match[str]) -> Amount:
    number = "0" if match["number"] == "o" else match["number"]
    unit = match["unit"] or ""
    unit = _UNITS.get(unit, unit)
    value = read_number(number, unit)
    return Amount(value / 2 if match["less"] else value, unit, match.start(), match.end())


def read_number(text: str, unit: str) -> float:
    """Number with a decimal point or comma; three digits after it are thousands, but of grams."""
    if unit != "g" and re.fullmatch(r"[1-9]\d?[.,' ]\d{3}", text):
        return float(re.sub(r"\D", "", text))
    return float(text.replace(",", ".").replace("'", "").replace(" ", ""))


def in_unit_of(nutrient: str, amount: Amount) -> float | None:
    """The amount in the unit of a nutrient's name; None if it is of another kind.

    An amount without a unit is in that of the name. `energy_kcal` also takes kJ.
    """
    wanted = nutrient.rpartition("_")[2]
    if wanted == "kcal":
        if amount.unit == "kj":
            return amount.value / KJ_A_KCAL
        return amount.value if amount.unit in ("kcal", "") else None
    if amount.unit == "":
        return amount.value
    if amount.unit == "iu":
        return amount.value * PER_IU_UG[nutrient] if nutrient in PER_IU_UG else None
    if amount.unit not in _GRAMS:
        return None
    return amount.value * _GRAMS[amount.unit] / _GRAMS[wanted]
