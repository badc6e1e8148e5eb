"""Workouts: a session with its sets and their totals; pure."""

from collections.abc import Iterable, Mapping, Sequence
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
    """Sets of a session, its totals (also as `totals`, as lists have them), `bodyweight_sets`.

    `equipment` is by exercise id. `bodyweight_sets` counts the working sets without a weight, whose
    volume uses the session's `bodyweight_kg`.
    """
    sets = list(sets)
    done = [fields for _, fields in sets]
    sums = totals(session, done, equipment)
    return sums | {
        "sets": [orjson.Fragment(serialize(record)) for record, _ in sets],
        "bodyweight_sets": sum(_by_bodyweight(session, it, equipment) for it in done),
        "totals": sums,
    }


def totals(
    session: Fields, sets: Sequence[Fields], equipment: Mapping[str, str | None]
) -> dict[str, object]:
    """Number of `sets`, `volume_kg` to 0.01, `duration_s` (null without both ends)."""
    seconds = duration_s(session.get("started_at"), session.get("ended_at"))
    return {
        "sets": len(sets),
        "volume_kg": round(volume_kg(Session(session, sets), equipment), 2),
        "duration_s": None if seconds is None else round(seconds),
    }


def unweighted_exercises(session: Fields, sets: Iterable[Fields]) -> set[str]:
    """Exercises of sets without a weight, if those may count the session's `bodyweight_kg`."""
    if not session.get("bodyweight_kg"):
        return set()
    return {it["exercise_id"] for it in sets if it.get("weight_kg") is None}


def _by_bodyweight(session: Fields, done: Fields, equipment: Mapping[str, str | None]) -> bool:
    return bool(
        session.get("bodyweight_kg")
        and done.get("reps")
        and done.get("weight_kg") is None
        and done.get("kind") != "warmup"
        and equipment.get(done["exercise_id"]) == BODYWEIGHT
    )
