"""Days and times as the apps write them, in several languages and orders."""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from sync_server.imports.parsed_file import Unreadable

Moment = tuple[datetime.date, datetime.datetime | None]
"""A day, and the time on it where there is one; without an offset it is the user's own."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
_TIME = r"(?:[ T,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)? ?([ap]\.?m\.?)?)?"
_ZONE = r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}{_ZONE}", re.I)
_DOTTED = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_TIME}", re.I)
_SLASHED = re.compile(rf"([0-9]{{1,2}})[/-]([0-9]{{1,2}})[/-]([0-9]{{4}}){_TIME}", re.I)
_DAY_NAMED = re.compile(
    rf"([0-9]{{1,2}})\.? (?:de )?([^\W\d_]{{3,}})\.? (?:de )?([0-9]{{4}}){_TIME}", re.I
)
_MONTH_NAMED = re.compile(rf"([^\W\d_]{{3,}})\.? ([0-9]{{1,2}}),? ([0-9]{{4}}){_TIME}", re.I)
_NAMES = (
    "jan ene gen", "feb fev fevr", "mar mrt marz", "apr abr avr", "may mai mag mei maj",
    "jun juin giu", "jul juil lug", "aug ago aou aout", "sep set", "oct okt ott out", "nov",
    "dec dez dic",
)  # fmt: skip
_MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}


def day_comes_first(cells: Iterable[str]) -> bool | None:
    """Whether `03/04/2026` is in April, as the whole column decides; None when it does not."""
    for cell in cells:
        found = None if cell[4:5] in ("-", "/", ".") else _SLASHED.fullmatch(_plain(cell))
        if found and int(found[1]) > 12:
            return True
        if found and int(found[2]) > 12:
            return False
    return None


@lru_cache(8192)
def moment(text: str, day_first: bool | None = None) -> Moment:
    """The day and, where it is told, the time; raises Unreadable."""
    plain = _plain(text)
    if found := _YEAR_FIRST.fullmatch(plain):
        return _made(found[1], found[2], found[3], found.groups()[3:7], text, found[8])
    if found := _DOTTED.fullmatch(plain):
        return _made(found[3], found[2], found[1], found.groups()[3:7], text)
    if found := _SLASHED.fullmatch(plain):
        if day_first is None and found[1] != found[2]:
            raise Unreadable(f"Day or month first in “{text[:40]}”? Write days as YYYY-MM-DD.")
        day, month = (found[1], found[2]) if day_first else (found[2], found[1])
        return _made(found[3], month, day, found.groups()[3:7], text)
    if found := _DAY_NAMED.fullmatch(plain):
        return _made(found[3], _month(found[2]), found[1], found.groups()[3:7], text)
    if found := _MONTH_NAMED.fullmatch(plain):
        return _made(found[3], _month(found[1]), found[2], found.groups()[3:7], text)
    raise Unreadable(f"“{text[:40]}” is not a day.")


def _made(
    year: str, month: str, day: str, time: tuple[str, ...], text: str, zone: str | None = None
) -> Moment:
    hour, minute, second, half = time
    try:
        date = datetime.date(int(year), int(month), int(day))
        if not FIRST_YEAR <= date.year <= LAST_YEAR:
            raise ValueError
        if not hour:
            return date, None
        clock = datetime.time(_hours(int(hour), half), int(minute), int(second or 0))
        offset = datetime.datetime.strptime(zone.upper(), "%z").tzinfo if zone else None
    except ValueError:
        raise Unreadable(f"“{text[:40]}” is not a day from 1900 to 2199.") from None
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
def _plain(text: str) -> str:
    """Lower case but for the zone, without accents and odd blanks."""
    spelled = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(bare.lower().split())
