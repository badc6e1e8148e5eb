"""Personal records: the best sets of each exercise, at their first occurrence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal

from sync_server.formulas.strength import Formula as Formula
from sync_server.formulas.strength import one_rep_maximum as one_rep_maximum
from sync_server.formulas.training import BODYWEIGHT, UNKNOWN, Exercise, set_volume_kg
from sync_server.progress.periods import Window
from sync_server.progress.workouts import Set, Workout

RecordKind = Literal["heaviest", "one_rep_max", "most_reps", "longest", "farthest"]
KINDS: tuple[RecordKind, ...] = ("heaviest", "one_rep_max", "most_reps", "longest", "farthest")
RECORD_SETS = frozenset({"normal", "failure"})
_in_order = attrgetter("position")


@dataclass(frozen=True, slots=True)
class Best:
    """Best set or session volume so far, with its rank for comparison."""

    rank: tuple[float, float]
    workout: Workout
    done: Set | None = None


@dataclass(slots=True)
class Bests:
    """Best results of one exercise.

    Equipment is looked up at the end, for all exercises at once: until then there is a best session
    volume with and one without the body weight.
    """

    name: str | None = None
    sets: dict[RecordKind, Best] = field(default_factory=dict)
    volume: Best | None = None
    volume_with_body: Best | None = None


def add_records(bests: dict[str, Bests], workouts: Iterable[Workout], formula: Formula) -> None:
    """Update the records with later workouts, in order of their days; ties keep the earlier."""
    for workout in workouts:
        body_kg = workout.details.bodyweight_kg
        volumes: dict[str, tuple[float, float]] = {}
        for done in sorted(workout.sets, key=_in_order):
            best = bests.get(done.exercise_id)
            if best is None:
                best = bests[done.exercise_id] = Bests()
            best.name = done.exercise_name or best.name
            if done.kind in RECORD_SETS:
                _add_set(best, workout, done, formula)
            volume, with_body = volumes.get(done.exercise_id, (0.0, 0.0))
            volumes[done.exercise_id] = (
                volume + set_volume_kg(done.kind, done.reps, done.weight_kg, None),
                with_body + set_volume_kg(done.kind, done.reps, done.weight_kg, body_kg),
            )
        for exercise_id, (volume, with_body) in volumes.items():
            best = bests[exercise_id]
            best.volume = _better(best.volume, volume, workout)
            best.volume_with_body = _better(best.volume_with_body, with_body, workout)


def _add_set(best: Bests, workout: Workout, done: Set, formula: Formula) -> None:
    weight, reps = done.weight_kg or 0.0, done.reps
    ranks: dict[RecordKind, tuple[float, float]] = {}
    if weight > 0 and reps != 0:
        ranks["heaviest"] = weight, reps or 0
    if estimate := one_rep_maximum(weight, reps, formula):
        ranks["one_rep_max"] = estimate, weight
    if reps:
        ranks["most_reps"] = reps, weight
    if done.duration_s:
        ranks["longest"] = done.duration_s, weight
    if done.distance_m:
        ranks["farthest"] = done.distance_m, weight
    for kind, rank in ranks.items():
        known = best.sets.get(kind)
        if known is None or rank > known.rank:
            best.sets[kind] = Best(rank, workout, done)


def _better(known: Best | None, volume: float, workout: Workout) -> Best | None:
    if volume <= 0 or (known is not None and volume <= known.rank[0]):
        return known
    return Best((volume, 0.0), workout)


def personal_records(
    window: Window,
    bests: Mapping[str, Bests],
    exercises: Mapping[str, Exercise],
    formula: Formula,
) -> dict[str, object]:
    """Response of `/progress/records`: exercises with a record, by name."""
    records = [
        (
            exercises.get(id, UNKNOWN).name or best.name,
            id,
            _to_json(best, exercises.get(id, UNKNOWN)),
        )
        for id, best in bests.items()
    ]
    return window.to_json() | {
        "formula": formula,
        "exercises": [
            {"exercise_id": id, "name": name} | records
            for name, id, records in sorted(records, key=lambda it: (it[0] or "", it[1]))
            if any(records.values())
        ],
    }


def _to_json(best: Bests, exercise: Exercise) -> dict[str, object]:
    only_body = exercise.equipment == BODYWEIGHT
    records: dict[str, object] = {kind: _set_to_json(kind, best.sets.get(kind)) for kind in KINDS}
    volume = best.volume_with_body if only_body else best.volume
    records["session_volume"] = volume and {
        "date": volume.workout.day.isoformat(),
        "session_id": volume.workout.id,
        "volume_kg": round(volume.rank[0], 2),
    }
    return records


def _set_to_json(kind: RecordKind, best: Best | None) -> dict[str, object] | None:
    if best is None or best.done is None:
        return None
    records: dict[str, object] = {
        "date": best.workout.day.isoformat(),
        "session_id": best.workout.id,
        "weight_kg": best.done.weight_kg,
        "reps": best.done.reps,
        "duration_s": best.done.duration_s,
        "distance_m": best.done.distance_m,
    }
    return (
        records | {"one_rep_max_kg": round(best.rank[0], 2)} if kind == "one_rep_max" else records
    )
