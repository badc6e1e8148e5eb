"""Workouts and programs. Masses in kilograms, lengths in metres, durations in seconds."""

from marshmallow import Schema

from schema.collection import Record
from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Map, Object
from schema.texts import Day, Id, Text, Timestamp

NAME, NOTES, SOURCE = 500, 10_000, 200
MAX_POSITION = 1_000_000
WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")


class Exercise(Record):
    """Exercise of the user."""

    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    category = Choice(
        "strength", "cardio", "stretching", "plyometrics", "other",
        metadata={"description": "Category"},
    )  # fmt: skip
    primary_muscles = Items(
        Text(100, 1), 50, metadata={"description": "Muscles that it trains first"}
    )
    secondary_muscles = Items(Text(100, 1), 50, metadata={"description": "Muscles that assist"})
    equipment = Text(200, metadata={"description": "Equipment; `body only` for none"})
    unilateral = Flag(metadata={"description": "True if one side works at a time"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "exercises"


class Progression(Schema):
    """Rule by which an exercise gets heavier from session to session."""

    kind = Choice(
        "linear", "double", "percentage", required=True,
        metadata={"description": "Increase after each success, after reaching `reps_max`, or by"
                  " the estimated maximum"},
    )  # fmt: skip
    start_kg = Number(
        -1000, 10_000, metadata={"description": "First weight; of a percentage the first maximum"}
    )
    increment_kg = Number(
        0, 100, metadata={"description": "Greatest increase from one session to the next; 2.5"}
    )
    step_kg = Number(
        0.01, 100, metadata={"description": "Weights are multiples of it; 2.5, or the increment"}
    )
    percents = Items(
        Number(1, 150), 52, 1,
        metadata={"description": "Percent of the maximum, a session each, then again; 75"},
    )  # fmt: skip
    deload_after = Integer(
        1, 20, metadata={"description": "Failed sessions in a row before a deload; absent: none"}
    )
    deload_pct = Number(1, 90, metadata={"description": "Percent that a deload takes off; 10"})


class ProgramExercise(Schema):
    """Exercise as a program prescribes it."""

    exercise_id = Id(
        required=True,
        metadata={"description": "Id of the user's own exercise or of a built-in one"},
    )
    sets = Integer(0, 1000, metadata={"description": "Number of sets"})
    reps_min = Integer(0, 100_000, metadata={"description": "Fewest repetitions"})
    reps_max = Integer(0, 100_000, metadata={"description": "Most repetitions"})
    rest_s = Number(0, 86_400, metadata={"description": "Rest between sets, in seconds"})
    rpe = Number(1, 10, 0.5, metadata={"description": "Rate of perceived exertion"})
    superset = Integer(0, 1000, metadata={"description": "Sets with equal numbers form a superset"})
    progression = Object(Progression, metadata={"description": "Rule for the next weights"})
    notes = Text(NOTES, metadata={"description": "Free text"})


class ProgramDay(Schema):
    """Workout of a program."""

    name = Text(NAME, 1, required=True, metadata={"description": "Name that `split` refers to"})
    exercises = Items(
        Object(ProgramExercise), 200, metadata={"description": "In the order of execution"}
    )


class Program(Record):
    """Training program: its workouts, and their weekdays."""

    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    active = Flag(metadata={"description": "True for a program in use"})
    split = Map(WEEKDAYS, Text(NAME, 1), metadata={"description": "ISO weekday to workout name"})
    days = Items(Object(ProgramDay), 100, metadata={"description": "Exercises of each workout"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "programs"


class WorkoutSession(Record):
    """Workout session."""

    date = Day(required=True, metadata={"description": "Day in the user's calendar"})
    name = Text(NAME, 1, required=True, metadata={"description": "Name"})
    program_id = Id(metadata={"description": "Id of the program"})
    started_at = Timestamp(metadata={"description": "Start time"})
    ended_at = Timestamp(metadata={"description": "End time"})
    bodyweight_kg = Number(1, 1000, metadata={"description": "Body weight on that day"})
    rating = Integer(1, 5, metadata={"description": "Rating of the workout"})
    source = Text(
        SOURCE, 1, metadata={"description": "Name of the recorder; absent: entered by hand here"}
    )
    recorded_by = Choice(
        "hand", "app", "watch", "phone", metadata={"description": "Kind of the recorder"}
    )
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "workout_sessions"
        day = "date"
        parent = "program_id"
        groups = (("started_at", "ended_at"),)


class WorkoutSet(Record):
    """Set of an exercise. Its day is the day of its session."""

    session_id = Id(required=True, metadata={"description": "Id of the session"})
    exercise_id = Id(
        required=True,
        metadata={"description": "Id of the user's own exercise or of a built-in one"},
    )
    exercise_name = Text(
        NAME, metadata={"description": "Name of the exercise at the time of the set"}
    )
    position = Integer(
        0, MAX_POSITION, required=True, metadata={"description": "Position within the workout"}
    )
    superset = Integer(
        0, 1_000_000, metadata={"description": "Sets with equal numbers form a superset"}
    )
    kind = Choice(
        "normal", "warmup", "drop", "failure",
        metadata={"description": "Kind of set", "default": "normal"},
    )  # fmt: skip
    reps = Integer(0, 100_000, metadata={"description": "Repetitions"})
    weight_kg = Number(-1000, 10_000, metadata={"description": "Load; negative is assistance"})
    duration_s = Number(0, 604_800, metadata={"description": "Duration in seconds"})
    distance_m = Number(0, 10_000_000, metadata={"description": "Distance in metres"})
    rpe = Number(1, 10, 0.5, metadata={"description": "Rate of perceived exertion"})
    rir = Number(0, 10, metadata={"description": "Repetitions in reserve"})
    rest_s = Number(0, 86_400, metadata={"description": "Rest before the set, in seconds"})
    completed_at = Timestamp(metadata={"description": "Time of completion"})
    notes = Text(NOTES, metadata={"description": "Free text"})

    class Meta:
        collection = "workout_sets"
        parent = "session_id"
        parent_day = "workout_sessions"
        groups = (
            ("exercise_id", "exercise_name"),
            ("kind", "reps", "weight_kg", "duration_s", "distance_m"),
        )
