"""Cell values: numbers, durations and units in the notations of the apps and their locales."""

import datetime
import math
import re
import unicodedata
from functools import lru_cache

from sync_server.imports.parsed_file import InvalidLine, UnitRequired

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
_MISSING = ("--", "-", "n/a", "na", "null", "nan")
HALF, MAX_INTEGER = 0.5, 2.0**53


def number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Parse a number, None for an empty cell: `82.5`, `82,5`, `1,234.5`, `1.234,5`, `1 234`."""
    if not text:
        return None
    normalized = re.sub(r"[\s'’]", "", text)
    if "," in normalized and normalized.rfind(".") > normalized.rfind(","):
        normalized = normalized.replace(",", "")
    elif "." in normalized and "," in normalized:
        normalized = normalized.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(normalized) and not decimal_comma:
        normalized = normalized.replace(",", "")
    else:
        normalized = normalized.replace(",", ".")
    value = float(normalized) if _PLAIN_NUMBER.fullmatch(normalized) else math.inf
    if not math.isfinite(value):
        raise InvalidLine(f"“{text[:40]}” is not a number.")
    return value


def known_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Parse a number; None for an empty cell and for a sign of a missing value, as `--`, `n/a`."""
    missing = text.casefold() in _MISSING
    return None if missing else number(text, decimal_comma=decimal_comma)


def integer(text: str, *, decimal_comma: bool = False) -> int | None:
    """Parse an integer, also written `12.0`."""
    value = number(text, decimal_comma=decimal_comma)
    if value is not None and not (value.is_integer() and abs(value) < MAX_INTEGER):
        raise InvalidLine(f"“{text[:40]}” is not a whole number.")
    return None if value is None else int(value)


def effort(text: str, *, decimal_comma: bool = False) -> float | None:
    """Parse an RPE, rounded to the nearest half; None for 0."""
    value = number(text, decimal_comma=decimal_comma)
    return round(value / HALF) * HALF if value else None


def unit(text: str) -> str:
    """Short name of a unit in any known spelling; raises Unreadable."""
    short_name = _UNITS.get(text.casefold().rstrip("."))
    if short_name is None:
        raise InvalidLine(f"“{text[:40]}” is not a known unit.")
    return short_name


def kilograms(value: float | None, unit_text: str, default_unit: str | None) -> float | None:
    """Mass in kg; `default_unit` applies where the file names none. None for 0.

    Pounds are rounded to 0.01 kg: an exported 44.09245243697551 lb was entered as 20 kg.
    """
    if not value:
        return None
    short_name = unit(unit_text) if unit_text else default_unit
    if short_name is None:
        raise UnitRequired
    if short_name not in ("kg", "lb"):
        raise InvalidLine(f"“{unit_text[:40]}” is not a unit of weight.")
    return round(value * KG_PER_LB, 2) if short_name == "lb" else value


def metres(value: float | None, unit_text: str, default_unit: str | None) -> float | None:
    """Distance in m; without a unit km for `kg`, miles for `lb`. None for 0."""
    if not value:
        return None
    if not unit_text and default_unit is None:
        raise UnitRequired
    short_name = unit(unit_text) if unit_text else {"kg": "km", "lb": "mi"}[default_unit or ""]
    if short_name not in _METRES:
        raise InvalidLine(f"“{unit_text[:40]}” is not a unit of distance.")
    return round(value * _METRES[short_name], 2)


def centimetres(value: float, unit_text: str) -> float:
    """Girth in cm, the default unit."""
    short_name = unit(unit_text) if unit_text else "cm"
    if short_name not in _CENTIMETRES:
        raise InvalidLine(f"“{unit_text[:40]}” is not a unit of length.")
    return round(value * _CENTIMETRES[short_name], 2)


def seconds(text: str, *, decimal_comma: bool = False) -> float | None:
    """Duration in seconds: `90`, `1:30`, `0:01:30`, `2h 18m`, `1小时13分钟`; None for 0."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        return float(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])) or None
    normalized = unicodedata.normalize("NFKC", text).casefold().strip()
    parts = list(_SPAN_PART.finditer(normalized))
    if parts and "".join(part[0] for part in parts) == normalized:
        total = sum((number(part[1]) or 0) * _seconds_in(part[2]) for part in parts)
        return total or None
    return number(text, decimal_comma=decimal_comma) or None


def _seconds_in(name: str) -> int:
    if name.startswith(_HOURS):
        return 3600
    return 60 if name.startswith(_MINUTES) else 1


@lru_cache(4096)
def duration(text: str) -> datetime.timedelta | None:
    """Duration of a workout; None for an unknown notation.

    A missing end is better than rejecting the sets of the line.
    """
    try:
        return datetime.timedelta(seconds=seconds(text) or 0) or None
    except (InvalidLine, OverflowError):
        return None
