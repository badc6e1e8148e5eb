"""Conversion of written amounts into kilograms, metres and seconds."""

import re

KG_A_LB = 0.45359237
"""The international avoirdupois pound, exactly."""
KG_A_JIN = 0.5
"""The 斤 of mainland China."""
M_A_MILE, M_A_YARD, M_A_FOOT = 1609.344, 0.9144, 0.3048

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+)")
_PRIMES = re.compile(r"(?:(\d+)')?(?:(\d+)\")?")
_PART = re.compile(r"(\d+(?:\.\d+)?)([^\d.]*)")


def kilograms(number: str, unit: str, default: str) -> float:
    """Mass in kg, rounded to 10 g; `default` is the unit of a bare number."""
    unit = unit.strip().casefold() or default
    pounds = unit.startswith(("lb", "ib", "pound", "#"))
    size = KG_A_LB if pounds else KG_A_JIN if unit == "斤" else 1
    return round(float(number) * size, 2)


def metres(number: str, unit: str) -> float:
    """Length in m, rounded to 10 cm."""
    unit = unit.casefold()
    sizes = {"k": 1000.0, "公": 1000.0, "mi": M_A_MILE, "y": M_A_YARD, "f": M_A_FOOT}
    size = next((size for start, size in sizes.items() if unit.startswith(start)), 1.0)
    return round(float(number) * size, 1)


def seconds(text: str) -> int:
    """Duration in s: `1:30`, `1'30"`, `1h 10min`, `90s`, or a number of seconds."""
    text = text.casefold().replace(" ", "")
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + rest
    if primes := _PRIMES.fullmatch(text):
        return int(primes[1] or 0) * 60 + int(primes[2] or 0)
    return round(sum(float(number) * _size(unit) for number, unit in _PART.findall(text)))


def _size(unit: str) -> int:
    if unit.startswith(("h", "std", "小")):
        return 3600
    return 60 if unit.startswith(("m", "分")) else 1
