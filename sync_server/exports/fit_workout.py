"""FIT workout: the steps of a workout, for a watch to follow; pure."""

from collections.abc import Iterator

from fit_tool.profile.messages.workout_message import WorkoutMessage
from fit_tool.profile.messages.workout_step_message import WorkoutStepMessage
from fit_tool.profile.profile_type import (
    FileType,
    Intensity,
    Sport,
    SubSport,
    WorkoutStepDuration,
    WorkoutStepTarget,
)

from sync_server.exports.fit_messages import (
    MAX_REPS,
    MAX_SECONDS,
    Fields,
    exercises_of,
    file_id,
    fit_file,
    load_kg,
    short_name,
    start_of,
    titles,
)
from sync_server.exports.workout_tables import WorkoutFormat, WorkoutLog

MAX_STEP_KG, MAX_STEP_M = 655.0, 42_949_672.0


def workout_file(log: WorkoutLog, format: WorkoutFormat) -> bytes:
    """The workout as steps: sets by repetitions, time or distance, and the rests between them."""
    exercises = exercises_of(log, format)
    steps = list(_steps(log, format))
    for number, step in enumerate(steps):
        step.message_index = number
    head = WorkoutMessage(local_id=2)
    head.sport, head.sub_sport = Sport.TRAINING, SubSport.STRENGTH_TRAINING
    head.workout_name = short_name(log.session["name"])
    head.num_valid_steps = len(steps)
    created = start_of(log, format)
    return fit_file([file_id(FileType.WORKOUT, created), head, *steps, *titles(exercises)])


def _steps(log: WorkoutLog, format: WorkoutFormat) -> Iterator[WorkoutStepMessage]:
    exercises = exercises_of(log, format)
    for place, fields in enumerate(log.sets):
        name = format.exercise(fields)
        step = _step(3, Intensity.WARMUP if fields.get("kind") == "warmup" else Intensity.ACTIVE)
        step.workout_step_name = short_name(name)
        _set_goal(step, fields)
        step.exercise_category, step.exercise_name = exercises[name]
        step.exercise_weight = load_kg(fields, MAX_STEP_KG)
        yield step
        if fields.get("rest_s") and place + 1 < len(log.sets):
            rest = _step(4, Intensity.REST)
            rest.duration_type = WorkoutStepDuration.TIME
            rest.duration_time = min(fields["rest_s"], MAX_SECONDS)
            yield rest


def _step(local_id: int, intensity: Intensity) -> WorkoutStepMessage:
    step = WorkoutStepMessage(local_id=local_id)
    step.intensity = intensity
    step.target_type, step.target_value = WorkoutStepTarget.OPEN, 0
    return step


def _set_goal(step: WorkoutStepMessage, fields: Fields) -> None:
    """Set the end of a step: repetitions, seconds or metres; else the lap button."""
    if fields.get("reps"):
        step.duration_type = WorkoutStepDuration.REPS
        step.duration_reps = min(fields["reps"], MAX_REPS)
    elif fields.get("duration_s"):
        step.duration_type = WorkoutStepDuration.TIME
        step.duration_time = min(fields["duration_s"], MAX_SECONDS)
    elif fields.get("distance_m"):
        step.duration_type = WorkoutStepDuration.DISTANCE
        step.duration_distance = min(fields["distance_m"], MAX_STEP_M)
    else:
        step.duration_type, step.duration_value = WorkoutStepDuration.OPEN, 0
