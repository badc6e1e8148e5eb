"""Totals of stored workouts: number of sets, volume and duration."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from schema.ids import UserId
from sync_server.lookups.queries import read_equipment
from sync_server.rest.resource import ListedRecord
from sync_server.store.postgres import Connection
from sync_server.sync.engine.records import StoredRecord
from sync_server.workouts.queries import read_sets, read_sets_of
from sync_server.workouts.repeats import read_repeats
from sync_server.workouts.workout import in_order, totals, unweighted_exercises, workout


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
    exercises = unweighted_exercises(fields, (it for _, it in done))
    equipment = await read_equipment(connection, user_id, exercises)
    own = {session.id: (fields, [it for _, it in done])}
    repeats = await read_repeats(connection, user_id, own)
    return workout(fields, done, equipment) | repeats.get(session.id, {})


async def listed_totals(
    connection: Connection, user_id: UserId, page: Sequence[ListedRecord]
) -> list[Mapping[str, object]]:
    """`{"totals": …}` of each session of a page of the list, and whether it counts."""
    sets_by_session = await read_sets_of(connection, user_id, [it.id for it in page])
    sessions = [(orjson.loads(it.data), sets_by_session.get(it.id, [])) for it in page]
    exercises: set[str] = set()
    for session, sets in sessions:
        exercises |= unweighted_exercises(session, sets)
    equipment = await read_equipment(connection, user_id, exercises)
    own = dict(zip((it.id for it in page), sessions, strict=True))
    repeats = await read_repeats(connection, user_id, own)
    return [
        {"totals": totals(session, sets, equipment)} | repeats.get(it.id, {})
        for it, (session, sets) in zip(page, sessions, strict=True)
    ]
