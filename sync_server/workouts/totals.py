"""Totals of stored workouts: sessions with their sets, volume and duration."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from schema.ids import UserId
from sync_server.lookups.queries import read_equipment
from sync_server.store.postgres import Connection
from sync_server.sync.engine.records import StoredRecord
from sync_server.workouts.queries import read_sets
from sync_server.workouts.workout import in_order, workout


async def sets_of(
    connection: Connection, user_id: UserId, session: StoredRecord
) -> Mapping[str, object]:
    """Sets of a session, and their totals."""
    sets = await read_sets(connection, user_id, session.id)
    return await totals_of(connection, user_id, session, sets)


async def totals_of(
    connection: Connection, user_id: UserId, session: StoredRecord, sets: Iterable[StoredRecord]
) -> Mapping[str, object]:
    """The given sets of a session in order, and their totals."""
    fields: dict[str, Any] = orjson.loads(session.data)
    done = in_order(sets)
    ids = {it["exercise_id"] for _, it in done if it.get("weight_kg") is None}
    weighed = bool(fields.get("bodyweight_kg"))
    equipment = await read_equipment(connection, user_id, ids if weighed else ())
    return workout(fields, done, equipment)
