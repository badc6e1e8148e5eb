"""Date parser for the days and times of the apps, in several languages and orders."""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from sync_server.imports.parsed_file import InvalidLine

Moment = tuple[datetime.date, datetime.datetime | None]
"""A day, and its time if the text has one; a time without an offset is local."""

MIN_YEAR, MAX_YEAR = 1900, 2199
_TIME = r"(?:[ T,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? ?([ap]\.?m\.?)?)?"
_ZONE = r" ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}{_ZONE}", re.I)
_DOTTED = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_TIME}", re.I)
_SLASHED = re.compile(rf"([0-9]{{1,2}})[/-]([0-9]{{1,2}})[/-]([0-9]{{4}}){_TIME}", re.I)
_DAY_NAMED = re.compile(
    rf"([0-9]{{1,2}})\.? (?:de )?([^\W\d_]{{3,}})\.? (?:de )?([0-9]{{4}}){_TIME}", re.I
)
_MONTH_NAMED = re.compile(rf"([^\W\d_]{{3,}})\.? ([0-9]{{1,2}}),? ([0-9]{{4}}){_TIME}", re.I)
_NAMES = (
    "jan ene gen янв", "feb fev fevr фев", "mar mrt marz мар", "apr abr avr апр",
    "may mai mag mei maj мая маи", "jun juin giu июн", "jul juil lug июл",
    "aug ago aou aout авг", "sep set сен", "oct okt ott out окт", "nov ноя", "dec dez dic дек",
)  # fmt: skip
_MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}


def is_day_first(cells: Iterable[str]) -> bool | None:
    """True if `03/04/2026` is in April, decided by the whole column; None if it is ambiguous."""
    for cell in cells:
        match = None if cell[4:5] in ("-", "/", ".") else _SLASHED.fullmatch(_normalize(cell))
        if match and int(match[1]) > 12:
            return True
        if match and int(match[2]) > 12:
            return False
    return None


@lru_cache(8192)
def parse_moment(text: str, day_first: bool | None = None) -> Moment:
    """Parse a day with an optional time; raises Unreadable."""
    normalized = _normalize(text)
    if match := _YEAR_FIRST.fullmatch(normalized):
        return _moment(match[1], match[2], match[3], match.groups()[3:7], text, match[8])
    if match := _DOTTED.fullmatch(normalized):
        return _moment(match[3], match[2], match[1], match.groups()[3:7], text)
    if match := _SLASHED.fullmatch(normalized):
        if day_first is None and match[1] != match[2]:
            raise InvalidLine(f"Day or month first in “{text[:40]}”? Write days as YYYY-MM-DD.")
        day, month = (match[1], match[2]) if day_first else (match[2], match[1])
        return _moment(match[3], month, day, match.groups()[3:7], text)
    if match := _DAY_NAMED.fullmatch(normalized):
        return _moment(match[3], _month(match[2]), match[1], match.groups()[3:7], text)
    if match := _MONTH_NAMED.fullmatch(normalized):
        return _moment(match[3], _month(match[1]), match[2], match.groups()[3:7], text)
    raise InvalidLine(f"“{text[:40]}” is not a date.")


def _moment(
    year: str, month: str, day: str, time: tuple[str, ...], text: str, zone: str | None = None
) -> Moment:
    hour, minute, second, half = time
    try:
        date = datetime.date(int(year), int(month), int(day))
        if not MIN_YEAR <= date.year <= MAX_YEAR:
            raise ValueError
        if not hour:
            return date, None
        clock = datetime.time(_hours(int(hour), half), int(minute), int(second or 0))
        offset = datetime.datetime.strptime(zone.upper(), "%z").tzinfo if zone else None
    except ValueError:
        raise InvalidLine(f"“{text[:40]}” is no date of 1900 to 2199.") from None
    return date, datetime.datetime.combine(date, clock, offset)


def _hours(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half.startswith("p") else 0)


def _month(name: str) -> str:
    month = next((_MONTHS[name[:n]] for n in (4, 3) if name[:n] in _MONTHS), 0)
    return str(month)


@lru_cache(8192)
def _normalize(text: str) -> str:
    """Lower case, without accents and repeated blanks."""
    spelled = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(bare.lower().split())
