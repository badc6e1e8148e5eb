"""The contract shared by server, migrations and clients: what can be synced, and its shape.

A collection is declared once, in one of the modules named for its domain; everything else about it
is derived.
"""

from collections.abc import Mapping

from schema.collection import Collection, declared
from schema.nutrition import DietPlan, Food, FoodLog, Meal, MealItem
from schema.profile import Profile
from schema.progress import BodyMetrics
from schema.workouts import Exercise, Program, WorkoutSession, WorkoutSet

SCHEMA_VERSION = 1
OLDEST_SCHEMA_VERSION = 1

COLLECTIONS: Mapping[str, Collection] = {
    collection.name: collection
    for collection in map(
        declared,
        (
            Profile,
            Food,
            DietPlan,
            Meal,
            MealItem,
            FoodLog,
            Exercise,
            Program,
            WorkoutSession,
            WorkoutSet,
            BodyMetrics,
        ),
    )
}
