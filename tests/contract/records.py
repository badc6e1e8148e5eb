"""Changes and records for the suite: the smallest valid one of each collection."""

import itertools
import uuid
from typing import Any

from .wire import now_us

START_US = now_us() - 3_600_000_000
DATE = "2026-11-23"
ROOT = uuid.uuid5(uuid.NAMESPACE_DNS, "trackforge.com")
_ticks = itertools.count(1)
_A = "0192f0c4-6f0e-7c4e-9a53-00000000000a"

MINIMAL: dict[str, dict[str, Any]] = {
    "profile": {"weight_unit": "kg"},
    "foods": {"name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59, "fat_g": 7},
    "diet_plans": {"name": "Lean", "days_of_week": [1, 2, 3]},
    "meals": {"plan_id": _A, "name": "Lunch", "position": 1},
    "meal_items": {"meal_id": _A, "food_id": _A, "grams": 80, "position": 1},
    "food_logs": {"date": DATE, "food_id": _A, "grams": 80},
    "exercises": {"name": "Bench press"},
    "programs": {"name": "Push pull legs"},
    "workout_sessions": {"date": DATE, "name": "Push day"},
    "workout_sets": {"session_id": _A, "exercise_id": _A, "position": 1},
    "body_metrics": {"date": DATE, "weight_kg": 81.4},
}
"""Whole records; those of `profile` and `body_metrics` have a natural key."""

OWN_ID = sorted(set(MINIMAL) - {"profile", "body_metrics"})
"""The collections whose smallest record keeps the id that it was sent under."""


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
