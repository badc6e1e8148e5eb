"""Totals of stored workouts: number of sets, volume and duration."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from schema.ids import UserId
from sync_server.lookups.queries import read_equipment
from sync_server.rest.resource import ListedRecord
from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import StoredRecord
from sync_server.workouts.queries import read_sets, read_sets_of
from sync_server.workouts.uncounted_sessions import read_uncounted
from sync_server.workouts.workout import in_order, totals, unweighted_exercises, workout

Workout = tuple[dict[str, Any], list[dict[str, Any]]]
"""Session with its sets, as they are stored."""


async def sets_of(
    connection: Reads, user_id: UserId, session: StoredRecord
) -> Mapping[str, object]:
    """Sets of a session, and their totals."""
    sets = await read_sets(connection, user_id, session.id)
    return await totals_of(connection, user_id, session, sets)


async def totals_of(
    connection: Reads, user_id: UserId, session: StoredRecord, sets: Iterable[StoredRecord]
) -> Mapping[str, object]:
    """The given sets of a session in order, and their totals."""
    fields: dict[str, Any] = orjson.loads(session.data)
    done = in_order(sets)
    exercises = unweighted_exercises(fields, (it for _, it in done))
    equipment = await read_equipment(connection, user_id, exercises)
    own = {session.id: (fields, [it for _, it in done])}
    uncounted = await read_uncounted(connection, user_id, own)
    return workout(fields, done, equipment) | uncounted.get(session.id, {})


async def listed_totals(
    connection: Reads, user_id: UserId, page: Sequence[ListedRecord]
) -> list[Mapping[str, object]]:
    """`{"totals": …}` of each session of a page of the list, and whether it counts."""
    sets_by_session = await read_sets_of(connection, user_id, [it.id for it in page])
    sessions = [(orjson.loads(it.data), sets_by_session.get(it.id, [])) for it in page]
    # Hundreds of workouts take longer than other requests may wait for the event loop.
    exercises = await asyncio.to_thread(_exercises, sessions)
    equipment = await read_equipment(connection, user_id, exercises)
    own = dict(zip((it.id for it in page), sessions, strict=True))
    uncounted = await read_uncounted(connection, user_id, own)
    counted = await asyncio.to_thread(_totals, sessions, equipment)
    return [
        {"totals": of_session} | uncounted.get(it.id, {})
        for it, of_session in zip(page, counted, strict=True)
    ]


def _exercises(sessions: Iterable[Workout]) -> set[str]:
    found: set[str] = set()
    for session, sets in sessions:
        found |= unweighted_exercises(session, sets)
    return found


def _totals(
    sessions: Iterable[Workout], equipment: Mapping[str, str | None]
) -> list[dict[str, object]]:
    return [totals(session, sets, equipment) for session, sets in sessions]
