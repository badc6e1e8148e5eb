"""Day views, computed from the records of a user."""

import datetime
import random
from typing import Any

from sync_server.days.day import DayContext, DayRecord, Lookups
from sync_server.days.parts import empty_day, whole_day_view
from sync_server.formulas.nutrition import Plan
from tools.vectors.values import Case, file_text

ABOUT = (
    "The view of `date`, with `nutrients`, from live records by collection (each with its id, in "
    "the order of their versions), the profile's `priority` of the sources of workouts, the foods "
    "and the equipment of exercises by id, own and built-in ones together."
)
DATE = datetime.date(2026, 11, 23)
_TIMES = ("2026-11-23T07:00:00Z", "2026-11-23T08:02:03.5Z", "2026-11-23T23:30:00-05:00")
_NUTRIENTS = ("energy_kcal", "protein_g", "carbs_g", "fat_g")
_MORE = ("iron_mg", "vitamin_c_mg")
_IDS = [f"0192f0c4-6f0e-7c4e-9a53-00000000000{digit}" for digit in "1234"]


def text() -> str:
    """Text of day_views.json."""
    chance = random.Random(6)
    cases = [_case(chance, number) for number in range(60)]
    return file_text(ABOUT, {"cases": cases})


def view_of(case: Case) -> dict[str, object]:
    """Day view of a case, computed by the server."""
    records, date = case["records"], datetime.date.fromisoformat(case["date"])
    day = empty_day()
    day["food_logs"] = [DayRecord(log) for log in records["food_logs"]]
    day["body_metrics"] = [DayRecord(data) for data in records["body_metrics"]]
    day["workout_sessions"] = [
        DayRecord(
            data,
            [it for it in records["workout_sets"] if it["session_id"] == data["id"]],
            data["id"],
        )
        for data in records["workout_sessions"]
    ]
    day["water_logs"] = [DayRecord(data) for data in records["water_logs"]]
    for name, found in day.items():
        day[name] = [DayRecord(_without_id(it.data), it.children, it.id) for it in found]
    plans = [Plan(plan, _items(records, plan["id"])) for plan in records["diet_plans"]]
    lookups = Lookups(case["foods"], case["equipment"])
    targets, priority = records["nutrient_targets"], case["priority"]
    context = DayContext(date, plans, lookups, targets=targets, priority=priority)
    return whole_day_view(day, context)


def _items(records: Case, plan_id: str) -> list[Any]:
    meals = {meal["id"] for meal in records["meals"] if meal["plan_id"] == plan_id}
    return [item for item in records["meal_items"] if item["meal_id"] in meals]


def _without_id(data: Any) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "id"}


def _case(chance: random.Random, number: int) -> Case:
    amounts = {name: _food(chance) for name in _IDS}
    case: Case = {
        "date": DATE.isoformat(),
        "records": {
            "food_logs": _many(chance, lambda: _log(chance)),
            "body_metrics": [{"id": _IDS[0], "date": DATE.isoformat(), "notes": "x",
                              **_some(chance, ("weight_kg", "waist_cm", "sleep_s"))}][: number % 2],
            "workout_sessions": _many(chance, lambda: _session(chance))[:2],
            "workout_sets": _many(chance, lambda: _set(chance)),
            "diet_plans": _many(chance, lambda: _plan(chance))[:2],
            "meals": [{"id": id, "plan_id": _IDS[index % 2], "name": "M", "position": index}
                      for index, id in enumerate(_IDS[:3])],
            "water_logs": _many(chance, lambda: {"date": DATE.isoformat(),
                                                 "ml": chance.randrange(500)})[:2],
            "nutrient_targets": _many(chance, lambda: _target(chance)),
            "meal_items": _many(chance, lambda: _portion(chance)
                                | {"meal_id": chance.choice(_IDS), "position": 0}),
        },
        "foods": {id: amounts[id] for id in _IDS[: chance.randrange(5)]},
        "equipment": {id: chance.choice(["body only", "barbell"]) for id in _IDS[:3]},
        "priority": [],
    }  # fmt: skip
    if number % 3 == 0:
        _add_sources(chance, case)
    return case | {"view": view_of(case)}


def _add_sources(chance: random.Random, case: Case) -> None:
    """Make a watch the source of some sessions, the best one in some cases."""
    sessions = case["records"]["workout_sessions"]
    for session in chance.sample(sessions, min(len(sessions), 1)):
        session |= {"source": "watch", "recorded_by": "watch"}
    case["priority"] = chance.choice([[], ["watch"]])


def _many(chance: random.Random, make: Any) -> list[Any]:
    return [{"id": _IDS[index], **make()} for index in range(chance.randrange(5))]


def _some(chance: random.Random, names: tuple[str, ...]) -> dict[str, float]:
    return {name: round(chance.uniform(0, 500), 2) for name in names if chance.random() < 0.8}


def _portion(chance: random.Random) -> Case:
    return {"food_id": chance.choice(_IDS), "grams": chance.choice([0, 80, 33.3, 150])}


def _food(chance: random.Random) -> Case:
    food: Case = dict(_some(chance, (*_NUTRIENTS, "fiber_g")))
    return food | ({"nutrients": _some(chance, _MORE)} if chance.random() < 0.7 else {})


def _target(chance: random.Random) -> Case:
    starts_on = chance.choice(["2026-11-01", "2026-11-20", "2026-11-24"])
    nutrient = chance.choice(["fiber_g", "iron_mg", "water_ml", "energy_kcal", "zinc_mg"])
    limits: Case = {}
    if chance.random() < 0.7:
        limits["min"] = chance.randrange(600)
    if chance.random() < 0.4:
        limits["max"] = chance.randrange(900)
    return {"nutrient": nutrient, "starts_on": starts_on} | limits


def _log(chance: random.Random) -> Case:
    own: Case = dict(_some(chance, _NUTRIENTS)) if chance.random() < 0.5 else {}
    if own and chance.random() < 0.5:
        own["nutrients"] = _some(chance, ("fiber_g", "iron_mg"))
    if chance.random() < 0.2:
        eaten: Case = {"name": "Pizza", "energy_kcal": 800.5}
    else:
        eaten = _portion(chance)
    return {"date": DATE.isoformat(), "planned": False} | own | eaten


def _session(chance: random.Random) -> Case:
    times = {"started_at": chance.choice(_TIMES), "ended_at": chance.choice(_TIMES)}
    weight = {"bodyweight_kg": 81.5} if chance.random() < 0.6 else {}
    return {"date": DATE.isoformat(), "name": "A"} | times | weight


def _set(chance: random.Random) -> Case:
    weight = {"weight_kg": chance.randrange(-160, 800) / 4} if chance.random() < 0.6 else {}
    reps = {"reps": chance.randrange(20)} if chance.random() < 0.8 else {}
    kind = chance.choice(["normal", "warmup", "drop"])
    own = {"session_id": chance.choice(_IDS), "exercise_id": chance.choice(_IDS), "position": 1}
    return own | {"kind": kind} | weight | reps


def _plan(chance: random.Random) -> Case:
    days = chance.sample(range(1, 8), chance.randrange(1, 8))
    bounds = {"starts_on": chance.choice(["2026-11-01", "2026-11-24"])}
    targets = _some(chance, tuple(f"target_{name}" for name in _NUTRIENTS))
    return {"name": "P", "active": chance.random() < 0.8, "days_of_week": days} | (
        bounds if chance.random() < 0.3 else {}
    ) | (targets if chance.random() < 0.4 else {})  # fmt: skip
