"""Progressions of a program's exercise, computed from its rule and from what was done."""

import random

from sync_server.workouts.next_workout import next_exercise
from tools.vectors.values import Case, file_text

ABOUT = (
    "`cases`: a program's `exercise` with its `progression`, the sets of each session with it in "
    "`history`, the oldest first, and the `next` sets with the reason for their weight."
)
EXERCISE_ID = "0192f0c4-6f0e-7c4e-9a53-000000000001"


def text() -> str:
    """Text of progressions.json."""
    chance = random.Random(18)
    return file_text(ABOUT, {"cases": [_case(chance) for _ in range(150)]})


def _case(chance: random.Random) -> Case:
    exercise, weight = _exercise(chance), chance.choice([None, -20.0, 20.41, 60.0, 82.5])
    history = [_session(chance, exercise, weight) for _ in range(chance.randrange(7))]
    shown = next_exercise(exercise, history)
    names = ("sets", "reps_max", "reason", "failures")
    return {
        "exercise": exercise,
        "history": history,
        "next": {name: shown[name] for name in names},
    }


def _exercise(chance: random.Random) -> Case:
    exercise: Case = {"exercise_id": EXERCISE_ID, "sets": chance.randrange(1, 5)}
    exercise |= chance.choice([{}, {"reps_min": 5}, {"reps_min": 5, "reps_max": 8}])
    kind = chance.choice([None, "linear", "double", "percentage"])
    options: Case = {
        "start_kg": chance.choice([61.0, 100.0, -11.0]),
        "increment_kg": chance.choice([0.0, 1.0, 2.5, 5.0]),
        "step_kg": chance.choice([0.5, 1.1339809, 2.5]),
        "percents": chance.choice([[70.0, 80.0, 90.0], [72.5]]),
        "deload_after": chance.randrange(1, 4),
        "deload_pct": chance.choice([5.0, 12.5]),
    }
    chosen = {name: value for name, value in options.items() if chance.random() < 0.6}
    return exercise | ({"progression": {"kind": kind} | chosen} if kind else {})


def _session(chance: random.Random, exercise: Case, weight: float | None) -> list[Case]:
    # Most sessions are done as prescribed, so that weights rise; `weight` wanders.
    target = exercise.get("reps_max") or 5
    count = exercise["sets"] if chance.random() < 0.8 else chance.randrange(6)
    return [
        {"kind": chance.choice(["normal"] * 6 + ["warmup", "failure", "drop"])}
        | (
            {"reps": max(target - chance.choice([0, 0, 0, 1, 4]), 0)}
            if chance.random() < 0.97
            else {}
        )
        | ({} if weight is None else {"weight_kg": weight + chance.choice([0, 0, 0, 2.5])})
        for _ in range(count)
    ]
