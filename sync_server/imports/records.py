"""Records derived from a parsed file, under deterministic ids.

An id is derived from the user, the format and the position in the log: a workout's from its start
and name; a set's from its workout, its exercise, its number in the file and its ordinal among sets
of equal number. So every import of one log, and of a longer export of it, derives the same ids,
and a stored record is not created again.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.ids import Json, UserId, derived_id
from schema.validate import Invalid, validate_put, validate_put_fast
from sync_server.imports.exercise_matching.words import name_words, normalize_name
from sync_server.imports.parsed_file import (
    LineError,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    WorkoutHeader,
)
from sync_server.imports.recorders import recorder_of_format

Data = dict[str, Json]
MUSCLES = {
    "chest": "chest", "shoulders": "shoulders", "triceps": "triceps", "biceps": "biceps",
    "abs": "abdominals",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportContext:
    """User, format and limits of an import; `zone` applies to times without an offset.

    `body_priority` names sources of body values and kinds of recorders, the best first.
    """

    user_id: UserId
    format: str
    zone: datetime.tzinfo
    record_max_bytes: int
    body_priority: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DerivedRecord:
    """Record derived from a line; `data` is in the canonical, stored form.

    `clock` is that of an exported record; others are as old as their day.
    """

    collection: str
    id: str
    date: datetime.date
    data: Data
    line: int
    clock: int | None = None


def import_device_id(user_id: UserId) -> str:
    """Device id of all imports of a user."""
    return derived_id("devices", user_id, ["import"])


def exercise_id(user_id: UserId, name: str) -> str:
    """Id of the exercise created for an unmatched name."""
    return derived_id("exercises", user_id, ["import", normalize_name(name)])


def workout_id(header: WorkoutHeader, context: ImportContext) -> str:
    """Id of the session of a workout."""
    return derived_id("workout_sessions", context.user_id, ["import", context.format, *header.key])


def workout_records(
    parsed: ParsedFile, context: ImportContext, exercises: Mapping[str, str]
) -> Iterator[DerivedRecord | LineError]:
    """Sessions and sets of the workouts with a valid set; `exercises` maps names to ids."""
    for workout in parsed.workouts:
        header = workout.header
        session_id = workout_id(header, context)
        first = workout.sets[0].line
        session = derive_record(
            context, "workout_sessions", session_id, header.date, _session(header, context), first
        )
        if isinstance(session, LineError):
            yield from (LineError(logged_set.line, session.reason) for logged_set in workout.sets)
            continue
        sets = list(_sets(workout, session_id, context, exercises))
        if any(isinstance(logged_set, DerivedRecord) for logged_set in sets):
            yield session
        yield from sets


def new_exercise_records(
    parsed: ParsedFile, context: ImportContext, names: Mapping[str, str], used_ids: set[str]
) -> Iterator[DerivedRecord | LineError]:
    """Exercises created for unmatched names (`names`: id to name) that valid sets use."""
    by_id: dict[str, list[tuple[datetime.date, LoggedSet]]] = {}
    for workout in parsed.workouts:
        for logged_set in workout.sets:
            own_id = exercise_id(context.user_id, logged_set.exercise)
            if own_id in names and own_id in used_ids:
                by_id.setdefault(own_id, []).append((workout.header.date, logged_set))
    for own_id, logged in by_id.items():
        sets = [logged_set for _, logged_set in logged]
        data = _exercise(names[own_id], sets)
        day = min(date for date, _ in logged)
        yield derive_record(context, "exercises", own_id, day, data, sets[0].line)


def _session(header: WorkoutHeader, context: ImportContext) -> Data:
    data: Data = {"date": header.date.isoformat(), "name": header.name or header.label}
    data["notes"] = header.notes or None
    data["bodyweight_kg"] = header.bodyweight_kg
    data["started_at"] = timestamp_text(header.started_at, context.zone)
    data["ended_at"] = timestamp_text(header.ended_at, context.zone)
    data["source"] = header.source or context.format
    data["recorded_by"] = header.recorded_by or recorder_of_format(context.format)
    return data


def _sets(
    workout: LoggedWorkout, session_id: str, context: ImportContext, exercises: Mapping[str, str]
) -> Iterator[DerivedRecord | LineError]:
    ordinals: Counter[tuple[str, str]] = Counter()
    for position, logged_set in enumerate(workout.sets, 1):
        numbering = normalize_name(logged_set.exercise), logged_set.order
        ordinals[numbering] += 1
        parts = ["import", session_id, *numbering, str(ordinals[numbering])]
        data: Data = {
            "session_id": session_id,
            "exercise_id": exercises[logged_set.exercise],
            "exercise_name": logged_set.exercise,
            "position": position,
            "superset": logged_set.superset,
            "kind": logged_set.kind,
            "reps": logged_set.reps,
            "weight_kg": logged_set.weight_kg,
            "duration_s": logged_set.duration_s,
            "distance_m": logged_set.distance_m,
            "rpe": logged_set.rpe,
            "rest_s": logged_set.rest_s,
            "notes": logged_set.notes or None,
        }
        set_id = derived_id("workout_sets", context.user_id, parts)
        yield derive_record(
            context, "workout_sets", set_id, workout.header.date, data, logged_set.line
        )


def _exercise(name: str, sets: list[LoggedSet]) -> Data:
    data: Data = {"name": name}
    if any(logged_set.reps for logged_set in sets):
        data["category"] = "strength"
    elif any(logged_set.distance_m for logged_set in sets):
        data["category"] = "cardio"
    data["equipment"] = name_words(name).equipment or None
    muscle = MUSCLES.get(sets[0].category.casefold())
    data["primary_muscles"] = [muscle] if muscle else None
    return data


def timestamp_text(moment: datetime.datetime | None, zone: datetime.tzinfo) -> str | None:
    """RFC 3339 text of a moment; one without an offset is in `zone`."""
    if moment is None:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    offset = zoned.utcoffset() or datetime.timedelta()
    if offset.total_seconds() % 60:  # Local mean time, before standard zones.
        zoned = zoned.astimezone(datetime.UTC)
    return zoned.isoformat().replace("+00:00", "Z")


def derive_record(
    context: ImportContext, collection: str, id: str, date: datetime.date, data: Data, line: int
) -> DerivedRecord | LineError:
    """The record in its stored form, or why it is invalid."""
    raw = msgspec.json.encode({name: value for name, value in data.items() if value is not None})
    if len(raw) > context.record_max_bytes:
        return LineError(line, f"Longer than the {context.record_max_bytes} bytes of a record.")
    declared = COLLECTIONS[collection]
    fast = validate_put_fast(declared, raw)
    if fast is not None:
        return DerivedRecord(collection, id, date, orjson.loads(fast.text), line)
    try:
        return DerivedRecord(
            collection, id, date, validate_put(declared, raw, SCHEMA_VERSION), line
        )
    except Invalid as error:
        return LineError(line, _reason(error))


def _reason(error: Invalid) -> str:
    """Validation errors of a record, field by field, as one sentence."""
    messages = (
        f"{field}: {' '.join(map(str, texts)) if isinstance(texts, list) else texts}"
        for field, texts in (error.errors or {"record": error.detail}).items()
    )
    return " ".join(messages)
