"""How much was trained: sessions, sets and volume, as a whole, by exercise or by muscle."""

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
    """What is counted of sets.

    A working set is one that is no warm-up; a bodyweight set is a working set whose volume was
    reckoned with the session's `bodyweight_kg`.
    """

    sessions: int = 0
    sets: int = 0
    working_sets: int = 0
    bodyweight_sets: int = 0
    volume_kg: float = 0.0

    def add(self, other: "Tally") -> None:
        """Count the other's sets, too; sessions are counted by whoever knows which are new."""
        self.sets += other.sets
        self.working_sets += other.working_sets
        self.bodyweight_sets += other.bodyweight_sets
        self.volume_kg += other.volume_kg

    def told(self) -> dict[str, object]:
        """What an answer says of it."""
        return {
            "sessions": self.sessions,
            "sets": self.sets,
            "working_sets": self.working_sets,
            "bodyweight_sets": self.bodyweight_sets,
            "volume_kg": round(self.volume_kg, 2),
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """A workout: the tally of each exercise, and how long it took, where it says so."""

    by_exercise: Mapping[str, Tally] = field(default_factory=dict)
    duration_s: float = 0.0


def only(workouts: Iterable[Workout], exercise_id: str) -> list[Workout]:
    """The workouts that had an exercise, with nothing but its sets."""
    parts = (
        replace(workout, sets=[done for done in workout.sets if done.exercise_id == exercise_id])
        for workout in workouts
    )
    return [workout for workout in parts if workout.sets]


def exercises_to_know(workouts: Iterable[Workout], by: Grouping) -> set[str]:
    """The exercises whose names, muscles or equipment the figures depend on."""
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
    """The answer of `/progress/training-volume`; `workouts` are in the order of their days.

    Not `timed` when the workouts are no longer whole: how long a part took is not known.
    """
    dated = [(workout.day, count(workout, exercises)) for workout in workouts]
    answer = window.told() | {
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


def count(workout: Workout, exercises: Exercises) -> Counted:
    """The tallies of a workout."""
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
    return Counted(by_exercise, duration_s(details.started_at, details.ended_at) or 0.0)


def _body_kg(details: Details, exercise: Exercise) -> float | None:
    return details.bodyweight_kg if exercise.equipment == BODYWEIGHT else None


def _whole(workouts: Sequence[Counted], timed: bool) -> dict[str, object]:
    whole = Tally(len(workouts))
    for counted in workouts:
        for tally in counted.by_exercise.values():
            whole.add(tally)
    duration = round(sum(counted.duration_s for counted in workouts)) if timed else None
    return whole.told() | {"duration_s": duration}


def _muscles(exercise: Exercise) -> Sequence[str]:
    """The primary muscles, each once; the empty name when none is known."""
    return tuple(dict.fromkeys(exercise.primary_muscles)) or ("",)


def _groups(
    window: Window,
    dated: Iterable[tuple[datetime.date, Counted]],
    keys_of: Callable[[str], Iterable[str]],
    names: Mapping[str, str | None],
) -> list[tuple[str, dict[str, object]]]:
    """Points and total of each key, the greatest volume first; a set counts for all its keys."""
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
                    {"date": start.isoformat()} | point.told()
                    for start, point in groups[key].items()
                ],
                "total": totals[key].told(),
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
