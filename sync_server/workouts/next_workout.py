"""Next workout of a program, pure: exercises with weights that follow from what was done."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync_server.formulas.progression import next_state, rule_of, weight_of

Fields = Mapping[str, Any]
MAX_SETS = 100


def day_of(program: Fields, date: datetime.date | None, last_name: str | None) -> Fields | None:
    """Workout of a date by the program's weekdays; without a date or weekdays the following one.

    None on a day of rest. The following one comes after the workout with `last_name`, or is the
    first.
    """
    days: Sequence[Fields] = program.get("days") or ()
    split: Mapping[str, str] = program.get("split") or {}
    names = [day["name"] for day in days]
    if date is not None and split:
        name = split.get(str(date.isoweekday()))
        return days[names.index(name)] if name in names else None
    if not days:
        return None
    after = names.index(last_name) + 1 if last_name in names else 0
    return days[after % len(days)]


def next_exercise(exercise: Fields, history: Iterable[Sequence[Fields]]) -> dict[str, object]:
    """Prescription of an exercise: its sets with weights, and the reason for the weight.

    `history` has the sets of each session with the exercise, the oldest first.
    """
    rule = rule_of(exercise)
    state = next_state(rule, history)
    weight = weight_of(rule, state)
    return {
        "exercise_id": exercise["exercise_id"],
        "sets": [{"reps": state.reps, "weight_kg": weight}] * min(rule.sets, MAX_SETS),
        "reps_max": rule.reps_max,
        "reason": state.reason,
        "failures": state.failures,
    } | {name: exercise.get(name) for name in ("rest_s", "rpe", "superset", "notes")}


def histories(
    sessions: Iterable[str], sets: Mapping[str, Sequence[Fields]]
) -> dict[str, list[list[Fields]]]:
    """Sets of each session by exercise, in the order of the sessions."""
    found: dict[str, list[list[Fields]]] = {}
    for session_id in sessions:
        by_exercise: dict[str, list[Fields]] = {}
        for done in sets.get(session_id, ()):
            by_exercise.setdefault(done["exercise_id"], []).append(done)
        for exercise_id, done_sets in by_exercise.items():
            found.setdefault(exercise_id, []).append(done_sets)
    return found
