"""Aliases: the apps' names of catalogue exercises with other words.

Names that leave the grip or the machine open, such as `lat pulldown`, are no aliases: they
become own exercises of the user.
"""

_NAMES = {
    "Ab Crunch Machine": "crunch (machine)",
    "Ab Roller": "ab wheel, ab wheel rollout",
    "Barbell Bench Press - Medium Grip": "bench press, flat bench press",
    "Barbell Curl": "bicep curl (barbell), biceps curl (barbell)",
    "Barbell Deadlift": "deadlift, conventional deadlift",
    "Barbell Squat": "squat, back squat, barbell back squat, back squat (barbell)",
    "Bent Over Barbell Row": "barbell row",
    "Bent Over Two-Dumbbell Row": "bent over row (dumbbell)",
    "Bicycling": "cycling",
    "Bicycling, Stationary": "cycling (indoor), stationary bike",
    "Bodyweight Squat": "air squat",
    "Butterfly": "pec deck, butterfly (pec deck), chest fly (machine), seated machine fly",
    "Calf Press On The Leg Press Machine": "calf press on leg press, calf press (machine)",
    "Dips - Triceps Version": "parallel bar triceps dip",
    "Dumbbell Bicep Curl": "dumbbell curl",
    "Dumbbell Flyes": "chest fly (dumbbell)",
    "EZ-Bar Curl": "bicep curl (ez bar), ez bar biceps curl",
    "Elliptical Trainer": "elliptical machine",
    "Hyperextensions (Back Extensions)": "back extension",
    "Incline Dumbbell Curl": "seated incline curl (dumbbell), seated incline dumbbell curl",
    "Incline Dumbbell Flyes": "incline chest fly (dumbbell)",
    "Incline Dumbbell Press": "incline bench press (dumbbell), incline dumbbell bench press",
    "Machine Bench Press": "chest press (machine)",
    "Machine Shoulder (Military) Press": "shoulder press (machine)",
    "One-Arm Dumbbell Row": "bent over one arm row (dumbbell)",
    "Reverse Machine Flyes": "rear delt machine fly, rear delt reverse fly (machine)",
    "Rope Jumping": "jump rope, skipping rope",
    "Rowing, Stationary": "rowing (machine), rowing machine",
    "Seated Barbell Military Press": "seated overhead press (barbell)",
    "Seated Dumbbell Press": "seated overhead press (dumbbell), seated shoulder press (dumbbell)",
    "Seated Side Lateral Raise": "seated dumbbell lateral raise, seated lateral raise (dumbbell)",
    "Side Bridge": "side plank",
    "Side Lateral Raise": (
        "lateral raise (dumbbell), lateral dumbbell raise, dumbbell lateral raise"
    ),
    "Smith Machine Decline Press": "decline bench press (smith machine)",
    "Smith Machine Overhead Shoulder Press": (
        "overhead press (smith machine), smith machine overhead press"
    ),
    "Standing Barbell Calf Raise": "barbell calf raise, calf raise (barbell)",
    "Standing Biceps Cable Curl": "bicep curl (cable)",
    "Standing Dumbbell Press": "overhead press (dumbbell), standing shoulder press (dumbbell)",
    "Standing Dumbbell Upright Row": "upright row (dumbbell)",
    "Standing Military Press": (
        "overhead press, overhead press (barbell), military press, standing barbell shoulder press"
        ", strict military press (barbell), standing military press (barbell)"
    ),
    "Straight-Arm Pulldown": "straight arm lat pulldown (cable)",
    "Thigh Abductor": "hip abductor (machine), hip abduction (machine)",
    "Thigh Adductor": "hip adductor (machine), hip adduction (machine)",
    "Triceps Pushdown": "triceps pushdown (cable - straight bar)",
    "Triceps Pushdown - Rope Attachment": "rope push down, triceps rope pushdown",
    "Underhand Cable Pulldowns": (
        "lat pulldown - underhand (cable), reverse grip lat pulldown (cable)"
    ),
}
ALIASES = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split(", ")}
"""The catalogue's name by an app's, in lower case."""
