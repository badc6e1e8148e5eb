"""What stands in a cell: numbers, times and units, as the apps and their locales write them."""

import datetime
import math
import re
import unicodedata
from functools import lru_cache

from sync_server.imports.parsed_file import UnitNeeded, Unreadable

KG_PER_LB = 0.45359237
_METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048, "yd": 0.9144}
_CENTIMETRES = {"cm": 1.0, "in": 2.54}
_UNITS = {
    "kg": "kg", "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "公斤": "kg",
    "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "磅": "lb",
    "m": "m", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "km": "km", "kms": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km",
    "kilometres": "km", "mi": "mi", "mile": "mi", "miles": "mi", "ft": "ft", "feet": "ft",
    "yd": "yd", "yds": "yd", "yards": "yd", "cm": "cm", "in": "in", "inches": "in", "%": "%",
}  # fmt: skip
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
_CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,2}):([0-9]{2})(?:\.[0-9]+)?")
_SPAN_PART = re.compile(
    r"([0-9][0-9,.]*) ?"
    r"(hours?|hrs?|std|h|小时|小時|時間|minutes?|mins?|m|分钟|分鐘|分|seconds?|secs?|s|秒)\.?[ ,]*"
)
_HOURS = ("h", "std", "小", "時")
_MINUTES = ("m", "分")
HALF, MOST = 0.5, 2.0**53


def number(text: str, *, decimal_comma: bool = False) -> float | None:
    """The number, None for an empty cell: `82.5`, `82,5`, `1,234.5`, `1.234,5`, `1 234`."""
    if not text:
        return None
    plain = re.sub(r"[\s'’]", "", text)
    if "," in plain and plain.rfind(".") > plain.rfind(","):
        plain = plain.replace(",", "")
    elif "." in plain and "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(plain) and not decimal_comma:
        plain = plain.replace(",", "")
    else:
        plain = plain.replace(",", ".")
    value = float(plain) if _PLAIN_NUMBER.fullmatch(plain) else math.inf
    if not math.isfinite(value):
        raise Unreadable(f"“{text[:40]}” is not a number.")
    return value


def whole(text: str, *, decimal_comma: bool = False) -> int | None:
    """The whole number, which may be written `12.0`."""
    value = number(text, decimal_comma=decimal_comma)
    if value is not None and not (value.is_integer() and abs(value) < MOST):
        raise Unreadable(f"“{text[:40]}” is not a whole number.")
    return None if value is None else int(value)


def effort(text: str, *, decimal_comma: bool = False) -> float | None:
    """The rate of perceived exertion, to the nearest half; 0 is none."""
    value = number(text, decimal_comma=decimal_comma)
    return round(value / HALF) * HALF if value else None


def unit(text: str) -> str:
    """The short name of a unit, however an app spells it; raises Unreadable."""
    known = _UNITS.get(text.casefold().rstrip("."))
    if known is None:
        raise Unreadable(f"“{text[:40]}” is not a unit that is known here.")
    return known


def kilograms(value: float | None, said: str, asked: str | None) -> float | None:
    """A mass in the unit that the file said or, failing that, was asked for; 0 is none.

    Pounds are rounded to 0.01 kg: an export's 44.09245243697551 was 20 on the plates.
    """
    if not value:
        return None
    known = unit(said) if said else asked
    if known is None:
        raise UnitNeeded
    if known not in ("kg", "lb"):
        raise Unreadable(f"“{said[:40]}” is not a unit of weight.")
    return round(value * KG_PER_LB, 2) if known == "lb" else value


def metres(value: float | None, said: str, asked: str | None) -> float | None:
    """A distance; where the file does not say, who lifts pounds runs miles. 0 is none."""
    if not value:
        return None
    if not said and asked is None:
        raise UnitNeeded
    known = unit(said) if said else {"kg": "km", "lb": "mi"}[asked or ""]
    if known not in _METRES:
        raise Unreadable(f"“{said[:40]}” is not a unit of distance.")
    return round(value * _METRES[known], 2)


def centimetres(value: float, said: str) -> float:
    """A girth; without a unit it is in centimetres."""
    known = unit(said) if said else "cm"
    if known not in _CENTIMETRES:
        raise Unreadable(f"“{said[:40]}” is not a unit of length.")
    return round(value * _CENTIMETRES[known], 2)


def seconds(text: str, *, decimal_comma: bool = False) -> float | None:
    """A time in seconds: `90`, `1:30`, `0:01:30`, `2h 18m`, `21min`, `1小时13分钟`; 0 is none."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        return float(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])) or None
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    parts = list(_SPAN_PART.finditer(plain))
    if parts and "".join(part[0] for part in parts) == plain:
        total = sum((number(part[1]) or 0) * _seconds_in(part[2]) for part in parts)
        return total or None
    return number(text, decimal_comma=decimal_comma) or None


def _seconds_in(name: str) -> int:
    if name.startswith(_HOURS):
        return 3600
    return 60 if name.startswith(_MINUTES) else 1


@lru_cache(4096)
def span(text: str) -> datetime.timedelta | None:
    """How long a workout took; None when the cell says nothing that is understood.

    An end is worth less than the sets of the line: these are not refused for it.
    """
    try:
        return datetime.timedelta(seconds=seconds(text) or 0) or None
    except (Unreadable, OverflowError):
        return None
