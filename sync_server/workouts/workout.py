"""Workouts: a session with its sets and their totals; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from sync_server.formulas.training import (
    BODYWEIGHT,
    Session,
    duration_s,
    volume_kg,
)
from sync_server.rest.resource import serialize
from sync_server.sync.engine.records import StoredRecord

Fields = Mapping[str, Any]


def in_order(sets: Iterable[StoredRecord]) -> list[tuple[StoredRecord, Fields]]:
    """Sets with their fields, by position."""
    read: list[tuple[StoredRecord, Fields]] = [(it, orjson.loads(it.data)) for it in sets]
    return sorted(read, key=lambda it: (it[1]["position"], it[0].id))


def workout(
    session: Fields,
    sets: Iterable[tuple[StoredRecord, Fields]],
    equipment: Mapping[str, str | None],
) -> dict[str, object]:
    """`sets`, `volume_kg` to 0.01, `duration_s` (null without both ends), `bodyweight_sets`.

    `equipment` is by exercise id. `bodyweight_sets` counts the working sets without a weight, whose
    volume uses the session's `bodyweight_kg`.
    """
    sets = list(sets)
    done = [fields for _, fields in sets]
    seconds = duration_s(session.get("started_at"), session.get("ended_at"))
    return {
        "sets": [orjson.Fragment(serialize(record)) for record, _ in sets],
        "volume_kg": round(volume_kg(Session(session, done), equipment), 2),
        "duration_s": None if seconds is None else round(seconds),
        "bodyweight_sets": sum(_by_bodyweight(session, it, equipment) for it in done),
    }


def _by_bodyweight(session: Fields, done: Fields, equipment: Mapping[str, str | None]) -> bool:
    return bool(
        session.get("bodyweight_kg")
        and done.get("reps")
        and done.get("weight_kg") is None
        and done.get("kind") != "warmup"
        and equipment.get(done["exercise_id"]) == BODYWEIGHT
    )
