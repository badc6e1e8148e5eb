"""Records of the demo account: a diet plan, meals, workouts and body metrics of six weeks."""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

from schema.ids import catalogue_id, derived_id
from sync_server.catalogue.load import rows

WEEKS = 6
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "seed.trackforge.com")

Change = dict[str, Any]

# Meal of the plan -> (USDA number, grams) of each food in it.
MEALS = {
    "Breakfast": (("08120", 80), ("01077", 250), ("09040", 120)),
    "Lunch": (("05064", 180), ("20045", 250), ("11091", 150), ("04053", 10)),
    "Snack": (("01256", 200), ("12061", 30)),
    "Dinner": (("15237", 180), ("11507", 300), ("11091", 150), ("04053", 10)),
}
SLOTS = {"Breakfast": "breakfast", "Lunch": "lunch", "Snack": "snack", "Dinner": "dinner"}
# Workout -> (exercise of the built-in catalogue, kilograms in the first week, added each week).
WORKOUTS = {
    "Push": (
        ("Barbell_Bench_Press_-_Medium_Grip", 70.0, 1.25),
        ("Standing_Military_Press", 40.0, 1.0),
        ("Dips_-_Chest_Version", None, 0.0),
    ),
    "Pull": (
        ("Bent_Over_Barbell_Row", 60.0, 1.25),
        ("Pullups", None, 0.0),
        ("Barbell_Curl", 27.5, 0.5),
    ),
    "Legs": (("Barbell_Full_Squat", 90.0, 2.5), ("Romanian_Deadlift", 80.0, 2.5)),
}
SPLIT = {"1": "Push", "3": "Pull", "5": "Legs"}
REPS = (8, 8, 7)


def named(name: str) -> str:
    """Fixed id of a record of the demo account."""
    return str(uuid.uuid5(NAMESPACE, name))


def put(collection: str, about: str, /, **data: Any) -> Change:
    """Put without its clock."""
    return {"collection": collection, "id": named(about), "op": "put", "data": data}


def foods() -> dict[str, Change]:
    """The built-in foods by their USDA number."""
    return {row["source_id"]: row for row in rows("foods")}


def exercises() -> dict[str, str]:
    """The names of the built-in exercises by their source id."""
    return {row["source_id"]: row["name"] for row in rows("exercises")}


def changes_of(user_id: str, today: datetime.date) -> Iterator[Change]:
    """Changes of the user in the six weeks up to today, without their clocks."""
    yield put(
        "profile",
        "profile",
        weight_unit="kg",
        height_cm=178,
        time_zone="Europe/Berlin",
        week_start=1,
        display_name="Demo",
        energy_unit="kcal",
    )
    yield from _plans()
    known_foods, known_exercises = foods(), exercises()
    first = today - datetime.timedelta(days=7 * WEEKS - 1)
    for offset in range(7 * WEEKS):
        date = first + datetime.timedelta(days=offset)
        yield from _eaten(user_id, date, offset, known_foods)
        yield from _trained(date, offset // 7, known_exercises)
        weight = round(82.4 - 0.04 * offset + 0.3 * ((offset * 7) % 5 - 2) / 2, 1)
        yield put(
            "body_metrics",
            f"metrics {date}",
            date=str(date),
            weight_kg=weight,
            steps=6000 + (offset * 977) % 7000,
            sleep_s=25_200 + (offset * 613) % 5400,
        )


def _plans() -> Iterator[Change]:
    yield put(
        "diet_plans",
        "plan",
        name="Lean bulk",
        days_of_week=[1, 2, 3, 4, 5, 6, 7],
        target_energy_kcal=2300,
        target_protein_g=150,
    )
    for place, (meal, items) in enumerate(MEALS.items()):
        yield put("meals", meal, plan_id=named("plan"), name=meal, position=place)
        for position, (number, grams) in enumerate(items):
            yield put(
                "meal_items",
                f"{meal} {number}",
                meal_id=named(meal),
                grams=grams,
                food_id=catalogue_id("foods", "usda-sr28", number),
                position=position,
            )
    days = [
        {
            "name": name,
            "exercises": [
                {"exercise_id": _exercise(id), "sets": len(REPS), "reps_min": 6, "reps_max": 8}
                for id, _, _ in exercises
            ],
        }
        for name, exercises in WORKOUTS.items()
    ]
    yield put("programs", "program", name="Three days", active=True, split=SPLIT, days=days)


def _exercise(source_id: str) -> str:
    return catalogue_id("exercises", "free-exercise-db", source_id)


def _eaten(
    user_id: str, date: datetime.date, offset: int, foods_by_number: dict[str, Change]
) -> Iterator[Change]:
    for place, (meal, items) in enumerate(MEALS.items()):
        for position, (number, planned_grams) in enumerate(items):
            if (offset + place + position) % 9 == 0:
                continue  # a diary has gaps
            grams = round(planned_grams * (0.9 + 0.05 * ((offset * 3 + position) % 5)))
            food = foods_by_number[number]
            snapshot = {
                name: round(food[name] * grams / 100, 2)
                for name in ("energy_kcal", "protein_g", "carbs_g", "fat_g")
                if food[name] is not None
            }
            food_id = catalogue_id("foods", "usda-sr28", number)
            change = put(
                "food_logs",
                "",
                date=str(date),
                food_id=food_id,
                grams=grams,
                name=food["name"],
                slot=SLOTS[meal],
                meal_id=named(meal),
                planned=True,
                **snapshot,
            )
            yield change | {
                "id": derived_id("food_logs", user_id, (str(date), named(meal), food_id))
            }


def _trained(date: datetime.date, week: int, names: dict[str, str]) -> Iterator[Change]:
    workout = SPLIT.get(str(date.isoweekday()))
    if workout is None:
        return
    session = f"session {date}"
    yield put(
        "workout_sessions",
        session,
        date=str(date),
        name=workout,
        program_id=named("program"),
        started_at=f"{date}T17:30:00Z",
        ended_at=f"{date}T18:32:00Z",
        bodyweight_kg=81.5,
        rating=4,
    )
    position = 0
    for source_id, kilograms, step in WORKOUTS[workout]:
        for number, reps in enumerate(REPS):
            weight = {} if kilograms is None else {"weight_kg": kilograms + step * week}
            yield put(
                "workout_sets",
                f"{session} {source_id} {number}",
                session_id=named(session),
                exercise_id=_exercise(source_id),
                exercise_name=names[source_id],
                position=position,
                reps=reps,
                rpe=7.5 + 0.5 * number,
                rest_s=150,
                **weight,
            )
            position += 1
