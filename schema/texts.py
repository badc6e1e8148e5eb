"""The kinds of field that are text: plain, ids, days, times and time zones."""

import datetime
import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Any, ClassVar

from marshmallow import ValidationError
from msgspec import Meta

from schema.fields import Check, Kind
from schema.ids import Json

ID_PATTERN = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
DAY_PATTERN = "(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
TIME_PATTERN = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
# PostgreSQL knows no offset of 16 hours or more; people know none beyond 14.
OFFSET_PATTERN = "[+-](?:0[0-9]|1[0-5]):[0-5][0-9]"
TIMESTAMP_PATTERN = (
    f"{DAY_PATTERN}T{TIME_PATTERN}:[0-5][0-9](?:[.][0-9]{{1,6}})?(?:Z|{OFFSET_PATTERN})"
)
_id_matches = re.compile(ID_PATTERN).fullmatch
_day_matches = re.compile(DAY_PATTERN).fullmatch
_time_matches = re.compile(TIME_PATTERN).fullmatch
_timestamp_matches = re.compile(TIMESTAMP_PATTERN).fullmatch


class Text(Kind[str]):
    """Text in NFC, without NUL, of `least` to `most` characters."""

    form: ClassVar[dict[str, Json]] = {}
    complaint = ""

    def __init__(self, most: int, least: int = 0, **more: Any) -> None:
        super().__init__(**more)
        self.most, self.least = most, least

    def fast_type(self) -> Any:
        """A str of the same length."""
        return Annotated[str, Meta(min_length=self.least, max_length=self.most)]

    def limits(self) -> dict[str, Json]:
        """Lengths in characters (Unicode code points), and the form."""
        return {"type": "string", "minLength": self.least, "maxLength": self.most, **self.form}

    def take(self, value: Any) -> str:
        """The text in NFC."""
        if not isinstance(value, str):
            raise ValidationError("Not text.")
        text = unicodedata.normalize("NFC", value)
        if "\0" in text:
            raise ValidationError("May not contain the character NUL.")
        check = self.fast_check()
        if not self.least <= len(text) <= self.most:
            words = f"Must be {self.least:,} to {self.most:,} characters long."
            raise ValidationError(self.complaint if check else words)
        if check is not None and not check(text):
            raise ValidationError(self.complaint)
        return text


class Id(Text):
    """A UUID in canonical lower-case text."""

    form: ClassVar[dict[str, Json]] = {"format": "uuid", "pattern": f"^{ID_PATTERN}$"}
    complaint = "Not a UUID in canonical lower-case text."

    def __init__(self, **more: Any) -> None:
        super().__init__(36, 36, **more)

    def fast_check(self) -> Check:
        """The whole form."""
        return is_id


class Day(Text):
    """A calendar day of the user's own, `YYYY-MM-DD`, from 1900 to 2199."""

    form: ClassVar[dict[str, Json]] = {"format": "date", "pattern": f"^{DAY_PATTERN}$"}
    complaint = "Not a day of the calendar as YYYY-MM-DD, from 1900 to 2199."

    def __init__(self, **more: Any) -> None:
        super().__init__(10, 10, **more)

    def fast_check(self) -> Check:
        """The form, and that the calendar has the day."""
        return is_day


class TimeOfDay(Text):
    """A time of day, `HH:MM`."""

    form: ClassVar[dict[str, Json]] = {"pattern": f"^{TIME_PATTERN}$"}
    complaint = "Not a time of day as HH:MM."

    def __init__(self, **more: Any) -> None:
        super().__init__(5, 5, **more)

    def fast_check(self) -> Check:
        """The form."""
        return is_time


class Timestamp(Text):
    """A moment in RFC 3339 with its offset."""

    form: ClassVar[dict[str, Json]] = {
        "format": "date-time",
        "pattern": f"^{TIMESTAMP_PATTERN}$",
    }
    complaint = "Not a moment with its offset, as 2026-11-23T02:11:45Z, from 1900 to 2199."

    def __init__(self, **more: Any) -> None:
        super().__init__(32, 20, **more)

    def fast_check(self) -> Check:
        """The form, and that the calendar has the day."""
        return is_timestamp


class TimeZone(Text):
    """An IANA time zone, `Asia/Taipei`."""

    complaint = "Not an IANA time zone, as Asia/Taipei."

    def __init__(self, **more: Any) -> None:
        super().__init__(64, 1, **more)

    def fast_check(self) -> Check:
        """That the time zone database has it."""
        return is_time_zone


@lru_cache(maxsize=16_384)  # the same few sessions, exercises and foods, again and again
def is_id(text: str) -> bool:
    """Whether it is a UUID in canonical lower-case text."""
    return _id_matches(text) is not None


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """Whether it is `YYYY-MM-DD` and in the calendar."""
    if not _day_matches(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Whether it is `HH:MM`."""
    return _time_matches(text) is not None


def is_timestamp(text: str) -> bool:
    """Whether it is a moment with its offset, on a day of the calendar."""
    return _timestamp_matches(text) is not None and is_day(text[:10])


def is_time_zone(text: str) -> bool:
    """Whether the time zone database, as of the package `tzdata`, has it."""
    return text in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
