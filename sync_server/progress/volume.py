"""Training volume: sessions, sets and volume, in total, by exercise or by muscle."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sync_server.formulas.training import (
    BODYWEIGHT,
    UNKNOWN,
    Exercise,
    duration_s,
    set_volume_kg,
)
from sync_server.progress.periods import Window
from sync_server.progress.workouts import Details, Workout, names_of

Grouping = Literal["total", "exercise", "muscle"]
Exercises = Mapping[str, Exercise]


@dataclass(slots=True)
class Tally:
    """Totals of sets.

    A working set is not a warm-up; the volume of a bodyweight set uses the session's
    `bodyweight_kg`.
    """

    sessions: int = 0
    sets: int = 0
    working_sets: int = 0
    bodyweight_sets: int = 0
    volume_kg: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add the totals of the other's sets; the caller counts sessions."""
        self.sets += other.sets
        self.working_sets += other.working_sets
        self.bodyweight_sets += other.bodyweight_sets
        self.volume_kg += other.volume_kg

    def to_json(self) -> dict[str, object]:
        """JSON members of the totals, the volume to 0.01 kg."""
        return {
            "sessions": self.sessions,
            "sets": self.sets,
            "working_sets": self.working_sets,
            "bodyweight_sets": self.bodyweight_sets,
            "volume_kg": round(self.volume_kg, 2),
        }


@dataclass(frozen=True, slots=True)
class WorkoutTally:
    """Totals of a workout by exercise, and its duration (0 if unknown)."""

    by_exercise: Mapping[str, Tally] = field(default_factory=dict)
    duration_s: float = 0.0


def sets_of_exercise(workouts: Iterable[Workout], exercise_id: str) -> list[Workout]:
    """Workouts with an exercise, reduced to its sets."""
    parts = (
        replace(workout, sets=[done for done in workout.sets if done.exercise_id == exercise_id])
        for workout in workouts
    )
    return [workout for workout in parts if workout.sets]


def referenced_exercises(workouts: Iterable[Workout], by: Grouping) -> set[str]:
    """Ids of the exercises whose names, muscles or equipment are needed."""
    return {
        done.exercise_id
        for workout in workouts
        for done in workout.sets
        if by != "total" or (done.weight_kg is None and workout.details.bodyweight_kg)
    }


def training_volume(
    window: Window,
    workouts: Sequence[Workout],
    exercises: Exercises,
    by: Grouping = "total",
    *,
    timed: bool = True,
) -> dict[str, object]:
    """Response of `/progress/training-volume`; `workouts` are in order of their days.

    `timed` is False for workouts reduced to one exercise: its duration is unknown.
    """
    dated = [(workout.day, count(workout, exercises)) for workout in workouts]
    answer = window.to_json() | {
        "by": by,
        "points": [
            {"date": start.isoformat()} | _whole(found, timed)
            for start, found in window.buckets(dated)
        ],
        "total": _whole([counted for _, counted in dated], timed),
    }
    match by:
        case "total":
            return answer
        case "exercise":
            names = names_of(workouts, exercises)
            groups = _groups(window, dated, lambda it: (it,), names)
            return answer | {
                "exercises": [{"exercise_id": id, "name": names.get(id)} | it for id, it in groups]
            }
        case "muscle":
            groups = _groups(window, dated, lambda it: _muscles(exercises.get(it, UNKNOWN)), {})
            return answer | {"muscles": [{"muscle": name or None} | it for name, it in groups]}


def count(workout: Workout, exercises: Exercises) -> WorkoutTally:
    """Totals of a workout."""
    details = workout.details
    by_exercise: dict[str, Tally] = {}
    for done in workout.sets:
        tally = by_exercise.get(done.exercise_id)
        if tally is None:
            tally = by_exercise[done.exercise_id] = Tally()
        tally.sets += 1
        if done.kind == "warmup":
            continue
        tally.working_sets += 1
        body_kg = None
        if done.weight_kg is None and done.reps and details.bodyweight_kg:
            body_kg = _body_kg(details, exercises.get(done.exercise_id, UNKNOWN))
            tally.bodyweight_sets += body_kg is not None
        tally.volume_kg += set_volume_kg(done.kind, done.reps, done.weight_kg, body_kg)
    return WorkoutTally(by_exercise, duration_s(details.started_at, details.ended_at) or 0.0)


def _body_kg(details: Details, exercise: Exercise) -> float | None:
    return details.bodyweight_kg if exercise.equipment == BODYWEIGHT else None


def _whole(workouts: Sequence[WorkoutTally], timed: bool) -> dict[str, object]:
    whole = Tally(len(workouts))
    for counted in workouts:
        for tally in counted.by_exercise.values():
            whole.add(tally)
    duration = round(sum(counted.duration_s for counted in workouts)) if timed else None
    return whole.to_json() | {"duration_s": duration}


def _muscles(exercise: Exercise) -> Sequence[str]:
    """Primary muscles without repeats; the empty name if none is known."""
    return tuple(dict.fromkeys(exercise.primary_muscles)) or ("",)


def _groups(
    window: Window,
    dated: Iterable[tuple[datetime.date, WorkoutTally]],
    keys_of: Callable[[str], Iterable[str]],
    names: Mapping[str, str | None],
) -> list[tuple[str, dict[str, object]]]:
    """Points and total of each key, by descending volume; a set counts for all its keys."""
    groups: dict[str, dict[datetime.date, Tally]] = {}
    for day, counted in dated:
        start = window.start_of(day)
        met: set[str] = set()
        for exercise_id, tally in counted.by_exercise.items():
            for key in keys_of(exercise_id):
                points = groups.setdefault(key, {})
                point = points.get(start)
                if point is None:
                    point = points[start] = Tally()
                point.add(tally)
                point.sessions += key not in met
                met.add(key)
    totals = {key: _sum(points.values()) for key, points in groups.items()}
    return [
        (
            key,
            {
                "points": [
                    {"date": start.isoformat()} | point.to_json()
                    for start, point in groups[key].items()
                ],
                "total": totals[key].to_json(),
            },
        )
        for key in sorted(groups, key=lambda it: (-totals[it].volume_kg, names.get(it) or it, it))
    ]


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
        whole.sessions += tally.sessions
    return whole
