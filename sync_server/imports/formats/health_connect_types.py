"""Numbers of Health Connect's database: kinds of exercise, stages of sleep, kinds of devices."""

# android.health.connect.datatypes.ExerciseSessionType, from 0 on.
EXERCISES = (
    "Workout", "Badminton", "Baseball", "Basketball", "Biking", "Indoor Cycling", "Boot Camp",
    "Boxing", "Calisthenics", "Cricket", "Dancing", "Exercise Class", "Fencing",
    "American Football", "Australian Football", "Frisbee", "Golf", "Guided Breathing",
    "Gymnastics", "Handball", "HIIT", "Hiking", "Ice Hockey", "Ice Skating", "Martial Arts",
    "Paddling", "Paragliding", "Pilates", "Racquetball", "Rock Climbing", "Roller Hockey",
    "Rowing", "Rugby", "Running", "Treadmill Running", "Sailing", "Scuba Diving", "Skating",
    "Skiing", "Snowboarding", "Snowshoeing", "Soccer", "Softball", "Squash", "Stair Climbing",
    "Strength Training", "Stretching", "Surfing", "Open Water Swimming", "Pool Swim",
    "Table Tennis", "Tennis", "Volleyball", "Walking", "Water Polo", "Weightlifting",
    "Wheelchair", "Yoga", "Workout", "Stair Climbing Machine", "Elliptical", "Rowing Machine",
)  # fmt: skip

ASLEEP = (2, 4, 5, 6)
"""Stages of sleep: sleeping, light, deep, REM; the others are awake, out of bed and unknown."""

WATCHES = (1, 4, 6, 7)
"""Kinds of devices that are worn: watch, ring, fitness band, chest strap."""

MANUAL_ENTRY = 3
"""Recording method of what a person entered in an app."""


def exercise_name(number: object) -> str:
    """Name of a kind of exercise; of an unknown number *Workout*."""
    known = isinstance(number, int) and 0 <= number < len(EXERCISES)
    return EXERCISES[number] if known and isinstance(number, int) else EXERCISES[0]
