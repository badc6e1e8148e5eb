"""Changes and records for the suite, derived from the declarations of `schema`."""

import itertools
import uuid
from typing import Any

from schema import COLLECTIONS
from schema.examples import put_example

from .http_client import now_us

START_US = now_us() - 3_600_000_000
DATE = "2026-11-23"
ROOT = uuid.uuid5(uuid.NAMESPACE_DNS, "trackforge.com")
_ticks = itertools.count(1)

MINIMAL: dict[str, dict[str, Any]] = {
    name: put_example(collection) for name, collection in COLLECTIONS.items()
} | {"foods": {"name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59, "fat_g": 7}}
"""Valid records of every collection, derived from its declaration; foods have a name to read."""

OWN_ID = sorted(
    name for name, collection in COLLECTIONS.items() if collection.key_parts(MINIMAL[name]) is None
)
"""Collections whose records of `MINIMAL` are stored under the id that was sent."""


def at(offset: int) -> int:
    """A clock `offset` microseconds after a moment an hour ago."""
    return START_US + offset


def tick() -> int:
    """A clock greater than every one before."""
    return at(1_000_000_000 + next(_ticks))


def new_id() -> str:
    return str(uuid.uuid4())


def id_of(clock: int) -> str:
    """A new UUID of version 7 that was made at the moment of a clock, as a device makes them."""
    milliseconds = f"{max(clock, 0) // 1000:012x}"[-12:]
    random = uuid.uuid4().hex
    return str(uuid.UUID(f"{milliseconds}7{random[13:16]}{random[16:]}"))


def put(
    collection: str,
    data: dict[str, Any] | None = None,
    id: str | None = None,
    clock: int | None = None,
    **guards: object,
) -> dict[str, Any]:
    """A `put`; without data the smallest record of the collection."""
    clock = tick() if clock is None else clock
    return {
        "collection": collection,
        "id": id or (id_of(clock) if type(clock) is int else new_id()),
        "op": "put",
        "clock": clock,
        "data": MINIMAL[collection] if data is None else data,
    } | guards


def patch(
    collection: str, id: str, data: dict[str, Any], clock: int | None = None, **guards: object
) -> dict[str, Any]:
    return put(collection, data, id, clock, **guards) | {"op": "patch"}


def delete(collection: str, id: str, clock: int | None = None, **guards: object) -> dict[str, Any]:
    change = put(collection, {}, id, clock, **guards) | {"op": "delete"}
    del change["data"]
    return change


def food(**fields: object) -> dict[str, Any]:
    """The data of a food."""
    return MINIMAL["foods"] | fields


def derived_id(collection: str, *parts: str) -> str:
    """The id of a record that is identified by what it is about; the first part is the user's."""
    return str(uuid.uuid5(uuid.uuid5(ROOT, collection), "\n".join(parts)))
