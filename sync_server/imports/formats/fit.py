"""FIT files of watches and bike computers: a workout per session, with the sets of strength.

Times are in UTC; the offset of the user's clock is in the message `activity`, mostly.
"""

import datetime
import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sync_server.imports.formats.fit_sets import Fields, number_of, sets_of, words
from sync_server.imports.parsed_file import (
    BodyMeasurement,
    LineError,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    WorkoutHeader,
)
from sync_server.imports.recorders import recorder_of, short_source

MAGIC, MAGIC_AT = b".FIT", 8
CLOCK_STEP_S = 900
"""Step of offsets from UTC: the clocks of the two stamps may differ by seconds."""

MAX_OFFSET_S = 14 * 3600
OWN_EXPORT = "development"
"""Maker of files that have none, such as our exports."""

SKIPPED_SPORTS = ("transition",)
READ_MESSAGES = (
    "file_id", "session", "activity", "sport", "set", "exercise_title", "weight_scale"
)  # fmt: skip
_BROKEN = (
    struct.error, ValueError, KeyError, IndexError, TypeError, OverflowError, AttributeError,
    AssertionError,
)  # fmt: skip


class NotFit(Exception):
    """The file has nothing that can be read; the text is the reason."""


@dataclass(slots=True)
class _Messages:
    """Fields of the messages of each kind, and the error that ended them."""

    by_kind: dict[str, list[Fields]] = field(
        default_factory=lambda: {kind: [] for kind in READ_MESSAGES}
    )
    error: str = ""


def recognizes(content: bytes) -> bool:
    """True if the file begins as FIT does."""
    return content[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC


def parse(content: bytes) -> ParsedFile:
    """Workouts and weights of the file; raises NotFit."""
    messages = _read(content)
    found = messages.by_kind
    offset = _offset(found["activity"])
    workouts = [
        _workout(session, messages, offset)
        for session in found["session"]
        if isinstance(session.get("start_time"), datetime.datetime)
        and session.get("sport") not in SKIPPED_SPORTS
    ]
    weights = list(_weights(found["weight_scale"], offset))
    if not workouts and not weights:
        raise NotFit(messages.error or "The file has no workout and no weight.")
    errors = (LineError(1, messages.error),) if messages.error else ()
    return ParsedFile(tuple(workouts), measurements=tuple(weights), errors=errors)


def _read(content: bytes) -> _Messages:
    # Its profile of all devices is large, and servers start without an import.
    import fitdecode

    messages = _Messages()
    try:
        with fitdecode.FitReader(
            io.BytesIO(content),
            check_crc=fitdecode.CrcCheck.DISABLED,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        ) as reader:
            for frame in reader:
                if isinstance(frame, fitdecode.FitDataMessage) and frame.name in messages.by_kind:
                    fields = {one.name: one.value for one in frame.fields}
                    messages.by_kind[frame.name].append(fields)
    except (fitdecode.FitError, *_BROKEN) as error:
        messages.error = f"The file breaks off: {error}"[:200]
    return messages


def _offset(activities: Sequence[Fields]) -> datetime.timezone | None:
    """Offset of the user's clock; None if the file does not have it."""
    for activity in activities:
        local, utc = activity.get("local_timestamp"), activity.get("timestamp")
        if isinstance(local, datetime.datetime) and isinstance(utc, datetime.datetime):
            steps = round((local - utc).total_seconds() / CLOCK_STEP_S)
            if abs(steps * CLOCK_STEP_S) <= MAX_OFFSET_S:
                return datetime.timezone(datetime.timedelta(seconds=steps * CLOCK_STEP_S))
    return None


def _workout(
    session: Fields, messages: _Messages, offset: datetime.timezone | None
) -> LoggedWorkout:
    start: datetime.datetime = session["start_time"]
    elapsed = number_of(session.get("total_elapsed_time"))
    end = start + datetime.timedelta(seconds=elapsed) if elapsed else None
    kind = _kind(session)
    sports = messages.by_kind["sport"]
    own_name = sports[0].get("name") if len(sports) == 1 else None
    local = start.astimezone(offset) if offset else start
    header = WorkoutHeader(
        local.date(),
        str(own_name) if isinstance(own_name, str) and own_name.strip() else kind,
        local,
        end.astimezone(local.tzinfo) if end else None,
        _notes(session),
        utc=offset is None,
        source=(source := _source(messages.by_kind["file_id"])),
        recorded_by=recorder_of(source, "fit"),
    )
    sets = sets_of(messages.by_kind["set"], messages.by_kind["exercise_title"], start, end)
    return LoggedWorkout(header, tuple(sets) or (_activity(session, kind),))


def _activity(session: Fields, kind: str) -> LoggedSet:
    """A session without sets, as one."""
    return LoggedSet(
        1,
        kind,
        duration_s=number_of(session.get("total_timer_time") or session.get("total_elapsed_time")),
        distance_m=number_of(session.get("total_distance")),
    )


def _source(files: Sequence[Fields]) -> str:
    """Maker and model of the device, as far as the file names them."""
    for file in files:
        makers = (file.get(name) for name in ("manufacturer", "product_name", "garmin_product"))
        names = [it.replace("_", " ") for it in makers if isinstance(it, str) and it.strip()]
        if names and names[0] != OWN_EXPORT:
            return short_source(" ".join(names))
    return ""


def _kind(session: Fields) -> str:
    """Sport of a session, with its variant: `Running (Treadmill)`."""
    sport, variant = session.get("sport"), session.get("sub_sport")
    if sport in (None, "training", "generic", "fitness_equipment") and variant not in (
        None,
        "generic",
    ):
        return words(variant)
    name = words(sport) if sport not in (None, "generic") else "Workout"
    return name if variant in (None, "generic", sport) else f"{name} ({words(variant)})"


def _notes(session: Fields) -> str:
    figures = (
        ("{:g} kcal", "total_calories"),
        ("average heart rate {:g}", "avg_heart_rate"),
        ("maximum heart rate {:g}", "max_heart_rate"),
    )
    found = ((text, number_of(session.get(name))) for text, name in figures)
    return ", ".join(text.format(value) for text, value in found if value)


def _weights(
    messages: Sequence[Fields], offset: datetime.timezone | None
) -> Iterator[BodyMeasurement]:
    """Weights of a scale's file, the latest of each day."""
    latest: dict[datetime.date, BodyMeasurement] = {}
    for one in messages:
        at, weight = one.get("timestamp"), number_of(one.get("weight"))
        if isinstance(at, datetime.datetime) and weight:
            local = at.astimezone(offset) if offset else at
            found = BodyMeasurement(
                1, local.date(), local, "weight_kg", round(weight, 2), utc=offset is None
            )
            latest[found.date] = found
    yield from latest.values()
