"""FIT messages that every file of a workout has: its id, the names of exercises; pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fit_tool import FitFileBuilder
from fit_tool.message import Message
from fit_tool.profile.messages.exercise_title_message import ExerciseTitleMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.profile_type import FileType, Manufacturer

from sync_server.exports.fit_exercises import FitExercise, fit_exercises
from sync_server.exports.workout_tables import WorkoutFormat, WorkoutLog

MAX_REPS, MAX_WEIGHT_KG, MAX_SECONDS = 65_534, 4095.0, 4_294_967.0
MAX_NAME_BYTES = 200
FIT_EPOCH_S = 631_065_600
"""1989-12-31, when FIT's clock begins; it ends in 2126."""

LAST_S = FIT_EPOCH_S + 4_294_967_294

Fields = Mapping[str, Any]


def fit_file(messages: Sequence[Message]) -> bytes:
    """A file of messages, with their definitions and checksums."""
    builder = FitFileBuilder()
    builder.add_all(list(messages))
    built: bytes = builder.build().to_bytes()
    return built


def file_id(type: FileType, created: datetime.datetime) -> Message:
    """First message of a file."""
    message = FileIdMessage(local_id=0)
    message.type = type
    message.manufacturer = Manufacturer.DEVELOPMENT.value
    message.product, message.serial_number = 0, 1
    message.time_created = milliseconds(created)
    return message


def titles(exercises: Mapping[str, FitExercise]) -> Iterator[Message]:
    """Names of the exercises, as the user writes them."""
    for index, (name, numbers) in enumerate(exercises.items()):
        title = ExerciseTitleMessage(local_id=1)
        title.message_index = index
        title.exercise_category, title.exercise_name = numbers
        title.workout_step_name = short_name(name)
        yield title


def exercises_of(log: WorkoutLog, format: WorkoutFormat) -> dict[str, FitExercise]:
    """Numbers of a workout's exercises by their names, in the order of its sets."""
    return fit_exercises(list(dict.fromkeys(format.exercise(fields) for fields in log.sets)))


def start_of(log: WorkoutLog, format: WorkoutFormat) -> datetime.datetime:
    """Start with its offset; noon on the user's clock for a session without a time."""
    text = log.session.get("started_at")
    if text:
        return datetime.datetime.fromisoformat(text)
    return format.start(log.session).replace(tzinfo=format.zone)


def load_kg(fields: Fields, highest: float) -> float:
    """Weight of a set; 0 for none and for assistance."""
    return min(max(fields.get("weight_kg") or 0.0, 0.0), highest)


def milliseconds(moment: datetime.datetime) -> int:
    """Moment as the library takes it, within FIT's clock."""
    return min(max(round(moment.timestamp()), FIT_EPOCH_S), LAST_S) * 1000


def short_name(name: str) -> str:
    """Name within FIT's length of a text, in whole characters."""
    return name.replace("\0", "").encode()[:MAX_NAME_BYTES].decode(errors="ignore")
