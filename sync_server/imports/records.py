"""What a file says as records, each under an id that follows from what it says.

Ids are derived from the user, the format and the place of the thing in the log: a workout's from
when it began and its name; a set's from its workout, its exercise, how the file numbers it and the
how-manieth it is of those numbered alike. So every import of the same log, a longer export of it
included, means the same records; a record that is there is found, not made again.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import orjson

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.ids import Json, UserId, derived_id
from schema.validate import Invalid, whole, whole_text
from sync_server.imports.exercise_matching.words import same_name, words
from sync_server.imports.parsed_file import Head, Log, LoggedSet, Trouble, Workout

Data = dict[str, Json]
MUSCLES = {
    "chest": "chest", "shoulders": "shoulders", "triceps": "triceps", "biceps": "biceps",
    "abs": "abdominals",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Importer:
    """Whose log it is and how it is taken: `zone` is where its times were, if it does not say."""

    user_id: UserId
    format: str
    zone: datetime.tzinfo
    record_max_bytes: int


@dataclass(frozen=True, slots=True)
class Made:
    """A record that a line means; `data` is what is stored of it, in canonical form."""

    collection: str
    id: str
    date: datetime.date
    data: Data
    line: int


def device_of(user_id: UserId) -> str:
    """The device under whose name all imports of a user write."""
    return derived_id("devices", user_id, ["import"])


def exercise_id(user_id: UserId, name: str) -> str:
    """The id of the exercise that imports make of a name that means none."""
    return derived_id("exercises", user_id, ["import", same_name(name)])


def workout_records(
    log: Log, importer: Importer, exercises: Mapping[str, str]
) -> Iterator[Made | Trouble]:
    """The workouts that have a set that can be stored; `exercises` gives ids by name."""
    for workout in log.workouts:
        head = workout.head
        session_id = derived_id(
            "workout_sessions", importer.user_id, ["import", importer.format, *head.key]
        )
        first = workout.sets[0].line
        session = _checked(
            importer, "workout_sessions", session_id, head.date, _session(head, importer), first
        )
        if isinstance(session, Trouble):
            yield from (Trouble(one.line, session.reason) for one in workout.sets)
            continue
        sets = list(_sets(workout, session_id, importer, exercises))
        if any(isinstance(one, Made) for one in sets):
            yield session
        yield from sets


def own_exercises(
    log: Log, importer: Importer, names: Mapping[str, str], used: set[str]
) -> Iterator[Made | Trouble]:
    """Exercises for the names that mean none (id to name), if a set that is stored is of them."""
    of: dict[str, list[tuple[datetime.date, LoggedSet]]] = {}
    for workout in log.workouts:
        for one in workout.sets:
            made_id = exercise_id(importer.user_id, one.exercise)
            if made_id in names and made_id in used:
                of.setdefault(made_id, []).append((workout.head.date, one))
    for made_id, done in of.items():
        sets = [one for _, one in done]
        data = _exercise(names[made_id], sets)
        day = min(date for date, _ in done)
        yield _checked(importer, "exercises", made_id, day, data, sets[0].line)


def body_records(log: Log, importer: Importer) -> Iterator[Made | Trouble]:
    """The figures of the body, one record a day under its natural id."""
    days: dict[datetime.date, dict[str, Json]] = {}
    lines: dict[datetime.date, int] = {}
    for measure in log.measures:
        figure: Data = {"date": measure.date.isoformat(), measure.field: measure.value}
        checked = _checked(importer, "body_metrics", "", measure.date, figure, measure.line)
        if isinstance(checked, Trouble):
            yield checked
            continue
        days.setdefault(measure.date, {}).update(checked.data)
        lines.setdefault(measure.date, measure.line)
    for date, data in days.items():
        own_id = derived_id("body_metrics", importer.user_id, [date.isoformat()])
        yield Made("body_metrics", own_id, date, data, lines[date])


def _session(head: Head, importer: Importer) -> Data:
    data: Data = {"date": head.date.isoformat(), "name": head.name or head.label}
    data["notes"] = head.notes or None
    data["started_at"] = _wire(head.started_at, importer.zone)
    data["ended_at"] = _wire(head.ended_at, importer.zone)
    return data


def _sets(
    workout: Workout, session_id: str, importer: Importer, exercises: Mapping[str, str]
) -> Iterator[Made | Trouble]:
    seen: Counter[tuple[str, str]] = Counter()
    for position, one in enumerate(workout.sets, 1):
        place = same_name(one.exercise), one.order
        seen[place] += 1
        parts = ["import", session_id, *place, str(seen[place])]
        data: Data = {
            "session_id": session_id,
            "exercise_id": exercises[one.exercise],
            "exercise_name": one.exercise,
            "position": position,
            "superset": one.superset,
            "kind": one.kind,
            "reps": one.reps,
            "weight_kg": one.weight_kg,
            "duration_s": one.duration_s,
            "distance_m": one.distance_m,
            "rpe": one.rpe,
            "rest_s": one.rest_s,
            "notes": one.notes or None,
        }
        set_id = derived_id("workout_sets", importer.user_id, parts)
        yield _checked(importer, "workout_sets", set_id, workout.head.date, data, one.line)


def _exercise(name: str, sets: list[LoggedSet]) -> Data:
    data: Data = {"name": name}
    if any(one.reps for one in sets):
        data["category"] = "strength"
    elif any(one.distance_m for one in sets):
        data["category"] = "cardio"
    data["equipment"] = words(name).equipment or None
    muscle = MUSCLES.get(sets[0].category.casefold())
    data["primary_muscles"] = [muscle] if muscle else None
    return data


def _wire(moment: datetime.datetime | None, zone: datetime.tzinfo) -> str | None:
    if moment is None:
        return None
    placed = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    offset = placed.utcoffset() or datetime.timedelta()
    if offset.total_seconds() % 60:  # A zone's local mean time, before there were zones.
        placed = placed.astimezone(datetime.UTC)
    return placed.isoformat().replace("+00:00", "Z")


def _checked(
    importer: Importer, collection: str, id: str, date: datetime.date, data: Data, line: int
) -> Made | Trouble:
    raw = msgspec.json.encode({name: value for name, value in data.items() if value is not None})
    if len(raw) > importer.record_max_bytes:
        return Trouble(line, f"Longer than the {importer.record_max_bytes} bytes of a record.")
    declared = COLLECTIONS[collection]
    fast = whole_text(declared, raw)
    if fast is not None:
        return Made(collection, id, date, orjson.loads(fast.text), line)
    try:
        return Made(collection, id, date, whole(declared, raw, SCHEMA_VERSION), line)
    except Invalid as error:
        return Trouble(line, _reason(error))


def _reason(error: Invalid) -> str:
    """What is wrong with a record, field by field, as a sentence."""
    said = (
        f"{field}: {' '.join(map(str, words_)) if isinstance(words_, list) else words_}"
        for field, words_ in (error.errors or {"record": error.detail}).items()
    )
    return " ".join(said)
