"""Identities: users, and the ids that are derived from what a record is about."""

import uuid
from collections.abc import Iterable
from functools import cache
from typing import NewType

UserId = NewType("UserId", str)
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ROOT_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "trackforge.com")


@cache
def collection_namespace(name: str) -> uuid.UUID:
    """The namespace of a collection's derived ids, and of `catalogue.foods` and its like."""
    return uuid.uuid5(ROOT_NAMESPACE, name)


def derived_id(collection: str, user_id: str, parts: Iterable[str]) -> str:
    """The id of the one record that is about `parts`: all devices of the user derive the same."""
    return str(uuid.uuid5(collection_namespace(collection), "\n".join([user_id, *parts])))


def catalogue_id(kind: str, source: str, source_id: str) -> str:
    """The id of a built-in `foods` or `exercises` entry, the same for ever."""
    return str(uuid.uuid5(collection_namespace(f"catalogue.{kind}"), f"{source}:{source_id}"))


def new_id(now_us: int, chance: int) -> str:
    """A UUIDv7 (RFC 9562) of a moment in microseconds since the Unix epoch and 62 random bits."""
    milliseconds, rest = divmod(now_us, 1000)
    # The fraction of the millisecond fills rand_a, as RFC 9562 (6.2, method 3) allows.
    head = milliseconds << 80 | 0x7 << 76 | (rest * 4096 // 1000) << 64
    return str(uuid.UUID(int=head | 0b10 << 62 | chance))
