"""What the user lifts and runs: masses in kilograms, lengths in metres, times in seconds."""

from marshmallow import Schema

from schema.collection import Record
from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Object, Table
from schema.texts import Day, Id, Text, Timestamp

NAME, NOTES = 500, 10_000
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")


class Exercise(Record):
    """An exercise of the user's own."""

    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    category = Choice(
        "strength", "cardio", "stretching", "plyometrics", "other",
        metadata={"description": "What kind it is"},
    )  # fmt: skip
    primary_muscles = Items(
        Text(100, 1), 50, metadata={"description": "The muscles it is done for"}
    )
    secondary_muscles = Items(Text(100, 1), 50, metadata={"description": "Those that help"})
    equipment = Text(200, metadata={"description": "What it needs; `body only` for none"})
    unilateral = Flag(metadata={"description": "Whether one side works at a time"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "exercises"


class ProgramExercise(Schema):
    """An exercise as a program prescribes it."""

    exercise_id = Id(required=True, metadata={"description": "The user's own or a built-in one"})
    sets = Integer(0, 1000, metadata={"description": "How many sets"})
    reps_min = Integer(0, 100_000, metadata={"description": "Fewest repetitions"})
    reps_max = Integer(0, 100_000, metadata={"description": "Most repetitions"})
    rest_s = Number(0, 86_400, metadata={"description": "Rest between sets"})
    rpe = Number(1, 10, 0.5, metadata={"description": "Rate of perceived exertion"})
    superset = Integer(0, 1000, metadata={"description": "Equal numbers go together"})
    notes = Text(NOTES, metadata={"description": "Anything"})


class ProgramDay(Schema):
    """A workout of a program."""

    name = Text(NAME, 1, required=True, metadata={"description": "The name the split uses"})
    exercises = Items(
        Object(ProgramExercise), 200, metadata={"description": "In the order they are done"}
    )


class Program(Record):
    """A training program: which workout on which weekday, and what each holds."""

    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    active = Flag(metadata={"description": "Whether it is followed"})
    split = Table(WEEKDAYS, Text(NAME, 1), metadata={"description": "ISO weekday to workout name"})
    days = Items(Object(ProgramDay), 100, metadata={"description": "What the workouts hold"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "programs"


class WorkoutSession(Record):
    """One workout."""

    date = Day(required=True, metadata={"description": "The user's own calendar day"})
    name = Text(NAME, 1, required=True, metadata={"description": "What it is called"})
    program_id = Id(metadata={"description": "The program it follows"})
    started_at = Timestamp(metadata={"description": "When it began"})
    ended_at = Timestamp(metadata={"description": "When it ended"})
    bodyweight_kg = Number(1, 1000, metadata={"description": "The lifter's weight that day"})
    rating = Integer(1, 5, metadata={"description": "How it went"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "workout_sessions"
        day = "date"
        parent = "program_id"
        groups = (("started_at", "ended_at"),)


class WorkoutSet(Record):
    """One set of an exercise. Its day is its session's."""

    session_id = Id(required=True, metadata={"description": "The workout"})
    exercise_id = Id(required=True, metadata={"description": "The user's own or a built-in one"})
    exercise_name = Text(NAME, metadata={"description": "Its name when the set was done"})
    position = Integer(
        0, 1_000_000, required=True, metadata={"description": "Its place in the workout"}
    )
    superset = Integer(0, 1_000_000, metadata={"description": "Equal numbers go together"})
    kind = Choice(
        "normal", "warmup", "drop", "failure",
        metadata={"description": "What kind of set", "default": "normal"},
    )  # fmt: skip
    reps = Integer(0, 100_000, metadata={"description": "Repetitions"})
    weight_kg = Number(-1000, 10_000, metadata={"description": "Load; below zero is assistance"})
    duration_s = Number(0, 604_800, metadata={"description": "How long it took"})
    distance_m = Number(0, 10_000_000, metadata={"description": "How far it went"})
    rpe = Number(1, 10, 0.5, metadata={"description": "Rate of perceived exertion"})
    rir = Number(0, 10, metadata={"description": "Repetitions in reserve"})
    rest_s = Number(0, 86_400, metadata={"description": "Rest before it"})
    completed_at = Timestamp(metadata={"description": "When it was done"})
    notes = Text(NOTES, metadata={"description": "Anything"})

    class Meta:
        collection = "workout_sets"
        parent = "session_id"
        parent_day = "workout_sessions"
        groups = (
            ("exercise_id", "exercise_name"),
            ("kind", "reps", "weight_kg", "duration_s", "distance_m"),
        )
