"""The kinds of field: marshmallow fields that take nothing for what it is not.

Each knows the msgspec type that accepts the same values, from which the fast path is made.
"""

import datetime
import re
import unicodedata
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from marshmallow import ValidationError, fields
from msgspec import Meta

ID_PATTERN = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
DAY_PATTERN = "(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
TIME_PATTERN = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
TIMESTAMP_PATTERN = (
    f"{DAY_PATTERN}T{TIME_PATTERN}:[0-5][0-9](?:[.][0-9]{{1,6}})?(?:Z|[+-]{TIME_PATTERN})"
)


class Text(fields.Field[str]):
    """Text in NFC, without NUL, of `least` to `most` characters; `pattern` matches all of it."""

    def __init__(self, most: int, least: int = 0, pattern: str = "", **more: Any) -> None:
        super().__init__(**more)
        self.most, self.least, self.pattern = most, least, pattern

    def fast_type(self) -> Any:
        """The msgspec type; the caller sees to NFC and NUL."""
        pattern = f"^(?:{self.pattern})\\Z" if self.pattern else None
        return Annotated[str, Meta(min_length=self.least, max_length=self.most, pattern=pattern)]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str):
            raise ValidationError("Not text.")
        text = unicodedata.normalize("NFC", value)
        if "\0" in text:
            raise ValidationError("May hold neither NUL nor half a character.")
        if not self.least <= len(text) <= self.most:
            raise ValidationError(f"Must be {self.least} to {self.most} characters long.")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValidationError(self._complaint())
        if not self.holds(text):
            raise ValidationError(self._complaint())
        return text

    def holds(self, text: str) -> bool:
        """What a pattern cannot say about the text."""
        del text
        return True

    def _complaint(self) -> str:
        return f"Does not match {self.pattern}."


class Id(Text):
    """A UUID in canonical lower-case text."""

    def __init__(self, **more: Any) -> None:
        super().__init__(36, 36, ID_PATTERN, **more)

    def _complaint(self) -> str:
        return "Not a UUID in canonical lower-case text."


class Day(Text):
    """A calendar day of the user's own, `YYYY-MM-DD`, from 1900 to 2199."""

    def __init__(self, **more: Any) -> None:
        super().__init__(10, 10, DAY_PATTERN, **more)

    def _complaint(self) -> str:
        return "Not a day as YYYY-MM-DD from 1900 to 2199."

    def holds(self, text: str) -> bool:
        """Whether the day is in the calendar."""
        return is_real(text)


class TimeOfDay(Text):
    """A time of day, `HH:MM`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(5, 5, TIME_PATTERN, **more)

    def _complaint(self) -> str:
        return "Not a time of day as HH:MM."


class Timestamp(Text):
    """A moment in RFC 3339 with its offset."""

    def __init__(self, **more: Any) -> None:
        super().__init__(35, 20, TIMESTAMP_PATTERN, **more)

    def _complaint(self) -> str:
        return "Not a moment as 2026-11-23T02:11:45Z, with its offset."

    def holds(self, text: str) -> bool:
        """Whether the day is in the calendar."""
        return is_real(text)


class TimeZone(Text):
    """An IANA time zone, `Asia/Taipei`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(64, 1, **more)

    def _complaint(self) -> str:
        return "Not an IANA time zone."

    def holds(self, text: str) -> bool:
        """Whether the zone is in the time zone database."""
        return text in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_real(text: str) -> bool:
    """Whether a day or moment that looks right is in the calendar."""
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


class Number(fields.Field[float]):
    """A finite number from `least` to `most`, a multiple of `step` if that is given."""

    def __init__(self, least: float, most: float, step: float | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most, self.step = least, most, step

    def fast_type(self) -> Any:
        """The msgspec type."""
        return Annotated[float, Meta(ge=self.least, le=self.most, multiple_of=self.step)]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        number = float(value)
        if not self.least <= number <= self.most:
            raise ValidationError(f"Must be from {self.least:g} to {self.most:g}.")
        if self.step and not (number / self.step).is_integer():
            raise ValidationError(f"Must be a multiple of {self.step:g}.")
        return number


class Integer(fields.Field[int]):
    """A whole number from `least` to `most`, written as one (`5`, not `5.0`)."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most

    def fast_type(self) -> Any:
        """The msgspec type."""
        return Annotated[int, Meta(ge=self.least, le=self.most)]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a whole number.")
        if not self.least <= value <= self.most:
            raise ValidationError(f"Must be from {self.least} to {self.most}.")
        return value


class Flag(fields.Field[bool]):
    """True or false, not something like it."""

    def fast_type(self) -> Any:
        """The msgspec type."""
        return bool

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Neither true nor false.")
        return value


class Choice(fields.Field[str]):
    """One of a few words."""

    def __init__(self, *words: str, **more: Any) -> None:
        super().__init__(**more)
        self.words = words

    def fast_type(self) -> Any:
        """The msgspec type."""
        return Literal[self.words]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValidationError(f"Must be one of {', '.join(self.words)}.")
        return value
