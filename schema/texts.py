"""Field types that are text: free text, ids, days, times and time zones."""

import datetime
import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Any, ClassVar

from marshmallow import ValidationError
from msgspec import Meta

from schema.fields import Check, Kind
from schema.ids import UUID_PATTERN, Json, is_uuid

DAY_PATTERN = "(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
TIME_PATTERN = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
# PostgreSQL has no offset of 16 hours or more; real ones end at 14.
OFFSET_PATTERN = "[+-](?:0[0-9]|1[0-5]):[0-5][0-9]"
TIMESTAMP_PATTERN = (
    f"{DAY_PATTERN}T{TIME_PATTERN}:[0-5][0-9](?:[.][0-9]{{1,6}})?(?:Z|{OFFSET_PATTERN})"
)
_matches_day = re.compile(DAY_PATTERN).fullmatch
_matches_time = re.compile(TIME_PATTERN).fullmatch
_matches_timestamp = re.compile(TIMESTAMP_PATTERN).fullmatch


class Text(Kind[str]):
    """Text in NFC, without NUL, of `min_length` to `max_length` characters."""

    format_schema: ClassVar[dict[str, Json]] = {}
    format_error = ""

    def __init__(self, max_length: int, min_length: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.max_length, self.min_length = max_length, min_length

    def struct_type(self) -> Any:
        """Str of the same length."""
        return Annotated[str, Meta(min_length=self.min_length, max_length=self.max_length)]

    def json_schema(self) -> dict[str, Json]:
        """String with its lengths in characters (Unicode code points), and its format."""
        lengths = {"minLength": self.min_length, "maxLength": self.max_length}
        return {"type": "string", **lengths, **self.format_schema}

    def normalize(self, value: Any) -> str:
        """Text in NFC."""
        if not isinstance(value, str):
            raise ValidationError("Not text.")
        text = unicodedata.normalize("NFC", value)
        if "\0" in text:
            raise ValidationError("May not contain the character NUL.")
        check = self.struct_check()
        if not self.min_length <= len(text) <= self.max_length:
            length_error = f"Must be {self.min_length:,} to {self.max_length:,} characters long."
            raise ValidationError(self.format_error if check else length_error)
        if check is not None and not check(text):
            raise ValidationError(self.format_error)
        return text


class Id(Text):
    """UUID in canonical lower-case text."""

    format_schema: ClassVar[dict[str, Json]] = {"format": "uuid", "pattern": f"^{UUID_PATTERN}$"}
    format_error = "Not a UUID in canonical lower-case text."

    def __init__(self, **options: Any) -> None:
        super().__init__(36, 36, **options)

    def struct_check(self) -> Check:
        """Check of the format."""
        return _is_cached_uuid


class Day(Text):
    """Day of the user's calendar, `YYYY-MM-DD`, from 1900 to 2199."""

    format_schema: ClassVar[dict[str, Json]] = {"format": "date", "pattern": f"^{DAY_PATTERN}$"}
    format_error = "Not a day of the calendar as YYYY-MM-DD, from 1900 to 2199."

    def __init__(self, **options: Any) -> None:
        super().__init__(10, 10, **options)

    def struct_check(self) -> Check:
        """Check of the format and of the calendar."""
        return is_day


class TimeOfDay(Text):
    """Time of day, `HH:MM`."""

    format_schema: ClassVar[dict[str, Json]] = {"pattern": f"^{TIME_PATTERN}$"}
    format_error = "Not a time of day as HH:MM."

    def __init__(self, **options: Any) -> None:
        super().__init__(5, 5, **options)

    def struct_check(self) -> Check:
        """Check of the format."""
        return is_time


class Timestamp(Text):
    """Timestamp in RFC 3339 with its offset."""

    format_schema: ClassVar[dict[str, Json]] = {
        "format": "date-time",
        "pattern": f"^{TIMESTAMP_PATTERN}$",
    }
    format_error = "Not a moment with its offset, as 2026-11-23T02:11:45Z, from 1900 to 2199."

    def __init__(self, **options: Any) -> None:
        super().__init__(32, 20, **options)

    def struct_check(self) -> Check:
        """Check of the format and of the calendar."""
        return is_timestamp


class TimeZone(Text):
    """IANA time zone, `Asia/Taipei`."""

    format_error = "Not an IANA time zone, as Asia/Taipei."

    def __init__(self, **options: Any) -> None:
        super().__init__(64, 1, **options)

    def struct_check(self) -> Check:
        """Check against the time zone database."""
        return is_time_zone


@lru_cache(maxsize=16_384)  # the same few sessions, exercises and foods, again and again
def _is_cached_uuid(text: str) -> bool:
    """True if the text is a canonical UUID; cached, for the fast path."""
    return is_uuid(text)


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """True if the text is `YYYY-MM-DD` and in the calendar."""
    if not _matches_day(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """True if the text is `HH:MM`."""
    return _matches_time(text) is not None


def is_timestamp(text: str) -> bool:
    """True if the text is a timestamp with its offset, on a day of the calendar."""
    return _matches_timestamp(text) is not None and is_day(text[:10])


def is_time_zone(text: str) -> bool:
    """True if the time zone database (package `tzdata`) has the zone."""
    return text in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
