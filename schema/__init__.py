"""Schema of all synced data, shared by server, migrations and clients.

A collection is declared once, in the module of its domain; everything else is derived.
"""

from collections.abc import Mapping

from schema.collection import Collection, compile_declaration
from schema.nutrition import (
    DietPlan,
    Food,
    FoodLog,
    Meal,
    MealItem,
    NutrientTarget,
    WaterLog,
)
from schema.profile import Profile
from schema.progress import BodyMetrics
from schema.workouts import Exercise, Program, WorkoutSession, WorkoutSet

SCHEMA_VERSION = 1
OLDEST_SCHEMA_VERSION = 1

COLLECTIONS: Mapping[str, Collection] = {
    collection.name: collection
    for collection in map(
        compile_declaration,
        (
            Profile,
            Food,
            DietPlan,
            Meal,
            MealItem,
            FoodLog,
            WaterLog,
            NutrientTarget,
            Exercise,
            Program,
            WorkoutSession,
            WorkoutSet,
            BodyMetrics,
        ),
    )
}
