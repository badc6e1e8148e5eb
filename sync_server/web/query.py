"""Query parameters: known, given once, of the form that they have; else 400 invalid_parameter."""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sync_server.web.errors import InvalidParameter

_Choice = TypeVar("_Choice", bound=str)
# date.fromisoformat alone would also take 2026-W48-1.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_parameters(pairs: Iterable[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    """The parameters by name; raises InvalidParameter for an unknown or a repeated one."""
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            raise invalid_parameter(name, f"The parameters are {', '.join(names)}.")
        if name in given:
            raise invalid_parameter(name, "Given more than once.")
        given[name] = value
    return given


def reject_repeated(pairs: Iterable[tuple[str, str]], name: str) -> None:
    """Raise InvalidParameter if the parameter is given more than once; others are ignored."""
    read_parameters([pair for pair in pairs if pair[0] == name], (name,))


def read_day(name: str, text: str) -> datetime.date:
    """A calendar day, as YYYY-MM-DD and in no other form."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise invalid_parameter(name, "Not a day as YYYY-MM-DD.") from None


def read_integer(name: str, text: str, minimum: int, maximum: int) -> int:
    """A whole number from the minimum to the maximum, in ASCII digits."""
    digits = text.isascii() and text.isdigit() and len(text) < 11
    if not (digits and minimum <= int(text) <= maximum):
        raise invalid_parameter(name, f"Must be a whole number from {minimum} to {maximum}.")
    return int(text)


def read_choice(given: Mapping[str, str], name: str, choices: Sequence[_Choice]) -> _Choice:
    """One of the choices; the first when none was given."""
    text = given.get(name, choices[0])
    for choice in choices:
        if choice == text:
            return choice
    raise invalid_parameter(name, f"One of {', '.join(choices)}.")


def invalid_parameter(name: str, reason: str) -> InvalidParameter:
    """The error that names the parameter and says what is wrong with it."""
    return InvalidParameter(f"{name}: {reason}", errors={name: [reason]})
