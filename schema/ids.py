"""Ids: of users, of records, and those derived from natural keys."""

import re
import uuid
from collections.abc import Iterable
from functools import cache
from typing import NewType, TypeGuard

UserId = NewType("UserId", str)
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

UUID_PATTERN = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_matches_uuid = re.compile(UUID_PATTERN).fullmatch

ROOT_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "trackforge.com")


def is_uuid(value: object) -> TypeGuard[str]:
    """True if the value is a UUID in canonical lower-case text."""
    return isinstance(value, str) and _matches_uuid(value) is not None


@cache
def collection_namespace(name: str) -> uuid.UUID:
    """Namespace of derived ids: of a collection, or of a catalogue as `catalogue.foods`."""
    return uuid.uuid5(ROOT_NAMESPACE, name)


def derived_id(collection: str, user_id: str, parts: Iterable[str]) -> str:
    """Id of the record with a natural key `parts`: equal on all devices of the user."""
    return str(uuid.uuid5(collection_namespace(collection), "\n".join([user_id, *parts])))


def catalogue_id(kind: str, source: str, source_id: str) -> str:
    """Permanent id of a built-in entry; `kind` is `foods` or `exercises`."""
    return str(uuid.uuid5(collection_namespace(f"catalogue.{kind}"), f"{source}:{source_id}"))


def new_id(now_us: int, random_bits: int) -> str:
    """UUIDv7 (RFC 9562) of a time in microseconds since the Unix epoch, and 62 random bits."""
    milliseconds, microseconds = divmod(now_us, 1000)
    # The fraction of the millisecond fills rand_a, as RFC 9562 (6.2, method 3) allows.
    high_bits = milliseconds << 80 | 0x7 << 76 | (microseconds * 4096 // 1000) << 64
    return str(uuid.UUID(int=high_bits | 0b10 << 62 | random_bits))
