"""FIT activity of a workout, as a watch would have recorded it; pure.

Weights have steps of 1/16 kg there. What FIT has no field for is left out: the effort, ratings,
supersets and notes.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from fit_tool.message import Message
from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.lap_message import LapMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.set_message import SetMessage
from fit_tool.profile.messages.sport_message import SportMessage
from fit_tool.profile.profile_type import (
    Activity,
    Event,
    EventType,
    FileType,
    SetType,
    Sport,
    SubSport,
)

from sync_server.exports.fit_exercises import FitExercise
from sync_server.exports.fit_messages import (
    FIT_EPOCH_S,
    MAX_REPS,
    MAX_SECONDS,
    MAX_WEIGHT_KG,
    Fields,
    exercises_of,
    file_id,
    fit_file,
    load_kg,
    milliseconds,
    short_name,
    start_of,
    titles,
)
from sync_server.exports.workout_tables import WorkoutFormat, WorkoutLog

GUESSED_SET_S = 40.0
"""Length of a set that was not timed: the watch's log needs one."""

MAX_DISTANCE_M = 42_949_672.0
TimedSet = tuple[datetime.datetime, Fields]


def activity_file(log: WorkoutLog, format: WorkoutFormat) -> bytes:
    """The workout as a watch would have recorded it: its sets, or its distance without lifts."""
    start = start_of(log, format)
    covered = any(fields.get("distance_m") for fields in log.sets)
    lifted = any(fields.get("reps") for fields in log.sets) or (bool(log.sets) and not covered)
    sets = list(_timed_sets(log, start))
    end = _end(log, sets, start)
    exercises = exercises_of(log, format) if lifted else {}
    return fit_file(
        [
            file_id(FileType.ACTIVITY, start),
            *titles(exercises),
            *(_set_messages(sets, exercises, format) if lifted else ()),
            _lap(start, end),
            _sport(log, lifted),
            _session(log, lifted, start, end),
            _activity(start, end, format),
        ]
    )


def _end(log: WorkoutLog, sets: Sequence[TimedSet], start: datetime.datetime) -> datetime.datetime:
    """End of the session, which no set outlasts."""
    last = max((at + _length(fields) for at, fields in sets), default=start)
    ended_at = log.session.get("ended_at")
    return max(last, datetime.datetime.fromisoformat(ended_at)) if ended_at else last


def _timed_sets(log: WorkoutLog, start: datetime.datetime) -> Iterator[TimedSet]:
    """Sets with their starts: the logged times, else one after the other."""
    at = start
    for fields in log.sets:
        done = fields.get("completed_at")
        if done:
            at = max(at, datetime.datetime.fromisoformat(done) - _length(fields))
        yield at, fields
        at += _length(fields) + datetime.timedelta(seconds=fields.get("rest_s") or 0)


def _length(fields: Fields) -> datetime.timedelta:
    return datetime.timedelta(seconds=fields.get("duration_s") or GUESSED_SET_S)


def _set_messages(
    sets: Sequence[TimedSet], exercises: Mapping[str, FitExercise], format: WorkoutFormat
) -> Iterator[Message]:
    """A message for each set, and one for the rest after it."""
    index = 0
    for at, fields in sets:
        exercise = exercises[format.exercise(fields)]
        done = SetMessage(local_id=2)
        done.repetitions = min(fields.get("reps") or 0, MAX_REPS)
        done.weight = load_kg(fields, MAX_WEIGHT_KG)
        done.category, done.category_subtype = [exercise.category], [exercise.name]
        yield _placed(done, SetType.ACTIVE, at, _length(fields), index)
        index += 1
        if fields.get("rest_s"):
            length = datetime.timedelta(seconds=fields["rest_s"])
            rest = SetMessage(local_id=3)
            yield _placed(rest, SetType.REST, at + _length(fields), length, index)
            index += 1


def _placed(
    message: SetMessage,
    type: SetType,
    start: datetime.datetime,
    length: datetime.timedelta,
    index: int,
) -> SetMessage:
    message.set_type, message.message_index = type.value, index
    message.start_time, message.timestamp = milliseconds(start), milliseconds(start + length)
    message.duration = min(length.total_seconds(), MAX_SECONDS)
    return message


def _lap(start: datetime.datetime, end: datetime.datetime) -> Message:
    lap = LapMessage(local_id=4)
    lap.message_index = 0
    lap.start_time, lap.timestamp = milliseconds(start), milliseconds(end)
    lap.event, lap.event_type = Event.LAP, EventType.STOP
    lap.total_elapsed_time = lap.total_timer_time = _seconds_between(start, end)
    return lap


def _sport(log: WorkoutLog, lifted: bool) -> Message:
    """Sport with the name of the workout."""
    sport = SportMessage(local_id=5)
    sport.sport, sport.sub_sport = _sports(lifted)
    sport.sport_name = short_name(log.session["name"])
    return sport


def _session(
    log: WorkoutLog, lifted: bool, start: datetime.datetime, end: datetime.datetime
) -> Message:
    session = SessionMessage(local_id=6)
    session.message_index, session.first_lap_index, session.num_laps = 0, 0, 1
    session.start_time, session.timestamp = milliseconds(start), milliseconds(end)
    session.event, session.event_type = Event.LAP, EventType.STOP
    session.sport, session.sub_sport = _sports(lifted)
    session.total_elapsed_time = session.total_timer_time = _seconds_between(start, end)
    distance = sum(fields.get("distance_m") or 0.0 for fields in log.sets)
    if distance:
        session.total_distance = min(distance, MAX_DISTANCE_M)
    return session


def _activity(start: datetime.datetime, end: datetime.datetime, format: WorkoutFormat) -> Message:
    """Last message, with the time on the user's clock."""
    activity = ActivityMessage(local_id=7)
    activity.timestamp = milliseconds(end)
    zoned = start if start.utcoffset() else start.astimezone(format.zone)
    offset = zoned.utcoffset() or datetime.timedelta()
    # The time on the clock, in seconds as if it were UTC.
    activity.local_timestamp = milliseconds(end + offset) // 1000 - FIT_EPOCH_S
    activity.total_timer_time = _seconds_between(start, end)
    activity.num_sessions, activity.type = 1, Activity.MANUAL
    activity.event, activity.event_type = Event.ACTIVITY, EventType.STOP
    return activity


def _sports(lifted: bool) -> tuple[Sport, SubSport]:
    if lifted:
        return Sport.TRAINING, SubSport.STRENGTH_TRAINING
    return Sport.GENERIC, SubSport.GENERIC


def _seconds_between(start: datetime.datetime, end: datetime.datetime) -> float:
    return min((end - start).total_seconds(), MAX_SECONDS)
