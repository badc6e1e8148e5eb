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


def put(
    collection: str,
    data: dict[str, Any] | None = None,
    id: str | None = None,
    clock: int | None = None,
    **guards: object,
) -> dict[str, Any]:
    """A `put`; without data the smallest record of the collection."""
    return {
        "collection": collection,
        "id": id or new_id(),
        "op": "put",
        "clock": tick() if clock is None else clock,
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
