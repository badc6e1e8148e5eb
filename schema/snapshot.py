"""Snapshots in patches: copied fields follow their source and their amount."""

from collections.abc import Mapping
from typing import TypeGuard

from schema.collection import Collection, Snapshot
from schema.ids import Json

Members = Mapping[str, Json]


def retained_members(collection: Collection, named: Members, stored: Members) -> Members:
    """Stored members of a group as a patch keeps them, apart from those that it names.

    With another source the old one's copy is dropped. With another amount the scaled fields
    are in proportion to it, to six decimals, and within their limits.
    """
    snapshot = collection.snapshot
    if snapshot is None or not named.keys() & {snapshot.source, snapshot.amount}:
        return stored
    source = named.get(snapshot.source, stored.get(snapshot.source))
    if source is not None and source != stored.get(snapshot.source):
        return {name: value for name, value in stored.items() if name not in snapshot.copied}
    before, after = stored.get(snapshot.amount), named.get(snapshot.amount)
    if before == after or not _is_number(before) or not _is_number(after):
        return stored
    if not before:
        # In proportion to nothing: the source's present values count instead.
        lost = snapshot.scaled if source is not None else ()
        return {name: value for name, value in stored.items() if name not in lost}
    return {**stored, **_scaled(collection, snapshot, stored, after / before)}


def _scaled(
    collection: Collection, snapshot: Snapshot, stored: Members, factor: float
) -> dict[str, Json]:
    scaled: dict[str, Json] = {}
    for name in snapshot.scaled:
        value, schema = stored.get(name), dict(collection.fields[name].json_schema)
        if isinstance(value, dict):
            scaled[name] = _scaled_object(value, schema, factor)
        elif _is_number(value):
            scaled[name] = _scaled_number(value, schema, factor)
    return scaled


def _scaled_object(value: Members, schema: Members, factor: float) -> dict[str, Json]:
    limits = schema["properties"]
    return {
        name: _scaled_number(number, limits[name], factor)
        for name, number in value.items()
        if isinstance(limits, dict) and name in limits and _is_number(number)
    }


def _scaled_number(number: float, schema: Json, factor: float) -> float:
    limit = schema["maximum"] if isinstance(schema, dict) else None
    rounded = round(number * factor, 6)
    return min(rounded, float(limit)) if _is_number(limit) else rounded


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
