"""What was lifted, and for how long: pure, from sessions, their sets and the exercises' kinds."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
"""A record's fields; what is unknown is absent or None."""

BODYWEIGHT = "body only"


@dataclass(frozen=True, slots=True)
class Session:
    """A live workout session and its live sets."""

    data: Data
    sets: Sequence[Data]


@dataclass(frozen=True, slots=True)
class Exercise:
    """What is known of an exercise, the user's own or a built-in one."""

    name: str | None = None
    primary_muscles: Sequence[str] = ()
    equipment: str | None = None


UNKNOWN = Exercise()


def volume_kg(session: Session, equipment: Mapping[str, str | None]) -> float:
    """Σ reps × weight over the sets that are not warm-ups."""
    body_kg = session.data.get("bodyweight_kg")
    volume = 0.0
    for done in session.sets:
        only_body = equipment.get(done["exercise_id"]) == BODYWEIGHT
        volume += set_volume_kg(
            done.get("kind"),
            done.get("reps"),
            done.get("weight_kg"),
            body_kg if only_body else None,
        )
    return volume


def set_volume_kg(
    kind: str | None, reps: int | None, weight_kg: float | None, body_kg: float | None
) -> float:
    """Reps × weight of one set, 0 of a warm-up.

    `body_kg` is the lifter's weight when the exercise needs the body only, else None: a set without
    a weight counts that. Assistance (a weight below zero) counts nothing.
    """
    if kind == "warmup" or not reps:
        return 0.0
    weight = body_kg if weight_kg is None else weight_kg
    return reps * weight if weight and weight > 0 else 0.0


def duration_s(started_at: str | None, ended_at: str | None) -> float | None:
    """Seconds from start to end, None without both or when they are the wrong way round."""
    if not started_at or not ended_at:
        return None
    started = datetime.datetime.fromisoformat(started_at)
    ended = datetime.datetime.fromisoformat(ended_at)
    return (ended - started).total_seconds() if ended >= started else None
