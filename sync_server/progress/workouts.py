"""Workouts as progress looks at them: of a stored record only the fields that figures need."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from sync_server.formulas.training import Exercise


class Set(msgspec.Struct, frozen=True, gc=False):
    """A live set. Decoding only these fields takes half the time of decoding them all."""

    exercise_id: str
    exercise_name: str | None = None
    position: int = 0
    kind: str = "normal"
    reps: int | None = None
    weight_kg: float | None = None
    duration_s: float | None = None
    distance_m: float | None = None


class Details(msgspec.Struct, frozen=True, gc=False):
    """What a session says of itself."""

    started_at: str | None = None
    ended_at: str | None = None
    bodyweight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Workout:
    """A live session and its live sets."""

    id: str
    day: datetime.date
    details: Details
    sets: Sequence[Set] = ()


decode_details = msgspec.json.Decoder(Details).decode
decode_sets = msgspec.json.Decoder(list[Set]).decode


def names_of(
    workouts: Iterable[Workout], exercises: Mapping[str, Exercise]
) -> dict[str, str | None]:
    """The name of each exercise that was done: as it is known, else as its last set calls it."""
    names: dict[str, str | None] = {}
    for workout in workouts:
        for done in workout.sets:
            if done.exercise_name or done.exercise_id not in names:
                names[done.exercise_id] = done.exercise_name
    known = {id: exercises[id].name for id in names if id in exercises}
    return names | {id: name for id, name in known.items() if name}
