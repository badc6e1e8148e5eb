"""Workouts for progress, decoded to the fields that are needed."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import msgspec

from sync_server.formulas.recording import Recording
from sync_server.formulas.recordings import recording
from sync_server.formulas.same_workouts import same_workouts
from sync_server.formulas.training import Exercise


class Set(msgspec.Struct, frozen=True, gc=False):
    """Fields of a live set; decoding only these takes half the time."""

    exercise_id: str
    exercise_name: str | None = None
    position: int = 0
    kind: str = "normal"
    reps: int | None = None
    weight_kg: float | None = None
    duration_s: float | None = None
    distance_m: float | None = None


class Details(msgspec.Struct, frozen=True, gc=False):
    """Fields of a session."""

    started_at: str | None = None
    ended_at: str | None = None
    bodyweight_kg: float | None = None
    name: str = ""
    source: str | None = None
    recorded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Workout:
    """Live session with its live sets."""

    id: str
    day: datetime.date
    details: Details
    sets: Sequence[Set] = ()


def without_repeats(workouts: Sequence[Workout], priority: Sequence[str]) -> list[Workout]:
    """Workouts of whole days, each once: of those that several sources recorded the best."""
    counted: list[Workout] = []
    for _, group in groupby(workouts, key=attrgetter("day")):
        of_day = list(group)
        if len(of_day) > 1 and any(one.details.source for one in of_day):
            found = same_workouts(map(_recording, of_day), priority)
            of_day = [one for one in of_day if one.id not in found]
        counted += of_day
    return counted


def _recording(workout: Workout) -> Recording:
    sets = [msgspec.structs.asdict(done) for done in workout.sets]
    return recording(workout.id, msgspec.structs.asdict(workout.details), sets)


decode_details = msgspec.json.Decoder(Details).decode
decode_sets = msgspec.json.Decoder(list[Set]).decode


def names_of(
    workouts: Iterable[Workout], exercises: Mapping[str, Exercise]
) -> dict[str, str | None]:
    """Names of the exercises: current ones, else those of their last sets."""
    names: dict[str, str | None] = {}
    for workout in workouts:
        for done in workout.sets:
            if done.exercise_name or done.exercise_id not in names:
                names[done.exercise_id] = done.exercise_name
    known = {id: exercises[id].name for id in names if id in exercises}
    return names | {id: name for id, name in known.items() if name}
