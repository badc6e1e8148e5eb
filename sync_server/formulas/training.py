"""Training volume and duration, pure, from sessions, their sets and equipment.

Volume is volume load, repetitions × load (Haff and Triplett, Essentials of Strength Training and
Conditioning, 4th edition, chapter 17).
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
"""Fields of a record; unknown ones are absent or None."""

BODYWEIGHT = "body only"


@dataclass(frozen=True, slots=True)
class Session:
    """Live workout session with its live sets."""

    data: Data
    sets: Sequence[Data]


@dataclass(frozen=True, slots=True)
class Exercise:
    """Exercise of the user or of the catalogue, as far as known."""

    name: str | None = None
    primary_muscles: Sequence[str] = ()
    equipment: str | None = None


UNKNOWN = Exercise()


def volume_kg(session: Session, equipment: Mapping[str, str | None]) -> float:
    """Volume in kilograms: Σ reps × weight over all sets but warm-ups."""
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
    """Volume of one set: reps × weight; 0 for a warm-up.

    `body_kg` is the lifter's weight for an exercise without equipment, else None: a set without a
    weight uses it. Assistance (a negative weight) counts as zero.
    """
    if kind == "warmup" or not reps:
        return 0.0
    weight = body_kg if weight_kg is None else weight_kg
    return reps * weight if weight and weight > 0 else 0.0


def duration_s(started_at: str | None, ended_at: str | None) -> float | None:
    """Seconds from start to end; None without both, or if the end is before the start."""
    if not started_at or not ended_at:
        return None
    started = datetime.datetime.fromisoformat(started_at)
    ended = datetime.datetime.fromisoformat(ended_at)
    return (ended - started).total_seconds() if ended >= started else None
