"""Typed SQL views, for analysts: one per collection, a column per field, live records only."""

from typing import Any

from schema import COLLECTIONS
from schema.collection import Collection
from schema.fields import Flag, Integer, Number
from schema.nested import Items, Map, Object
from schema.texts import Day, Id, Timestamp

_TYPES: tuple[tuple[type[Any], str], ...] = (
    (Id, "uuid"),
    (Day, "date"),
    (Timestamp, "timestamptz"),
    (Number, "double precision"),
    (Integer, "bigint"),
    (Flag, "boolean"),
)


def view_name(collection: Collection) -> str:
    """View of a collection: `v_workout_sets` for `workout_sets`."""
    return f"v_{collection.name}"


def create_views() -> dict[str, str]:
    """CREATE VIEW statements by view name."""
    return {view_name(collection): _create(collection) for collection in COLLECTIONS.values()}


def _create(collection: Collection) -> str:
    columns = ",\n  ".join(
        f"{_expression(name, field)} AS {name}" for name, field in collection.schema.fields.items()
    )
    return (
        f"CREATE VIEW {view_name(collection)} WITH (security_invoker = true) AS\n"
        f"SELECT user_id, id, version, clock, device_id, changed_at,\n  {columns}\n"
        f"FROM records WHERE collection = '{collection.name}' AND NOT deleted"
    )


def _expression(name: str, field: object) -> str:
    if isinstance(field, Items | Map | Object):
        return f"data->'{name}'"
    sql_type = next((sql for python, sql in _TYPES if isinstance(field, python)), None)
    return f"(data->>'{name}')::{sql_type}" if sql_type else f"data->>'{name}'"
