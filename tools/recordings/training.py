"""Workouts from a log as records: exercises, sessions and sets."""

from collections.abc import Iterable, Iterator, Mapping

from schema.ids import catalogue_id
from tools.recordings.sources import LoggedSet, Workout, plain
from trackforge_client.device.json_types import Json

SOURCE = "free-exercise-db"


def exercise_names(workouts: Iterable[Workout]) -> list[str]:
    """Every exercise, in the order of its first set."""
    return list(dict.fromkeys(one.exercise for workout in workouts for one in workout.sets))


def built_in(names: Iterable[str], own_ids: Mapping[str, str]) -> dict[str, str]:
    """The catalogue's id of each exercise that it has under the same name."""
    return {
        name: catalogue_id("exercises", SOURCE, own_ids[plain(name)])
        for name in names
        if plain(name) in own_ids
    }


def exercise(name: str) -> dict[str, Json]:
    """An exercise of the user's own; the equipment is what the log has in parentheses."""
    record: dict[str, Json] = {"name": name, "category": "strength"}
    if name.endswith(")"):
        record["equipment"] = name[name.index("(") + 1 : -1].lower()
    return record


def session(workout: Workout) -> dict[str, Json]:
    """A workout without its sets."""
    record: dict[str, Json] = {"date": workout.date.isoformat(), "name": workout.name}
    if workout.started_at is not None and workout.ended_at is not None:
        record["started_at"] = _wire(workout.started_at.isoformat())
        record["ended_at"] = _wire(workout.ended_at.isoformat())
    return record


def set_record(
    logged: LoggedSet, session_id: str, exercise_id: str, position: int
) -> dict[str, Json]:
    """A set of a session."""
    record: dict[str, Json] = {
        "session_id": session_id,
        "exercise_id": exercise_id,
        "exercise_name": logged.exercise,
        "position": position,
        "reps": logged.reps,
    }
    if logged.weight_kg is not None:
        record["weight_kg"] = logged.weight_kg
    return record


def set_records(
    workout: Workout, session_id: str, exercise_ids: Mapping[str, str]
) -> Iterator[dict[str, Json]]:
    """The sets of a workout in their order, from 1."""
    for position, logged in enumerate(workout.sets, 1):
        yield set_record(logged, session_id, exercise_ids[logged.exercise], position)


def _wire(moment: str) -> str:
    return moment.replace("+00:00", "Z")
