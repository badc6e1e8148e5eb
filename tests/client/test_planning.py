"""Planning through the reference client: workouts, plans, copies, nutrients."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.server import Server
from trackforge_client import Device, RequestRejected

SQUAT = str(uuid.uuid4())
LINEAR = {"kind": "linear", "start_kg": 60.0}


@pytest.fixture
async def phone(server: Server, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "phone.db", server.base_url, name="phone") as device:
        await device.register(f"{uuid.uuid4()}@example.com", "correct horse battery staple")
        yield device


async def test_plans_change_from_a_day_on_and_weeks_are_copied(phone: Device) -> None:
    days: Any = {"days_of_week": [1, 2, 3, 4, 5, 6, 7]}
    plan = phone.put("diet_plans", {"name": "Cut", "target_protein_g": 150, **days})
    meal = phone.put("meals", {"plan_id": plan, "name": "Lunch", "position": 1})
    item: Any = {"meal_id": meal, "food_id": SQUAT, "grams": 80, "position": 1}
    phone.put("meal_items", item)
    log: Any = {"date": "2026-11-24", "name": "Tea", "energy_kcal": 2}
    phone.put("food_logs", log | {"nutrients": {"caffeine_mg": 40.0}})
    await phone.sync()
    copy = await phone.revise_plan(plan, "2026-12-01")
    ended, begun = phone.get("diet_plans", plan), phone.get("diet_plans", copy)
    assert ended is not None
    assert begun is not None
    assert (ended["ends_on"], begun["starts_on"]) == ("2026-11-30", "2026-12-01")
    listed: Any = await phone.shopping_list(copy, "2026-12-07", "2026-12-13")
    assert [(it["food_id"], it["grams"]) for it in listed["items"]] == [(SQUAT, 560)]
    assert await phone.copy_days("2026-11-23", "2026-12-07", days=7) == 1
    assert await phone.copy_days("2026-11-23", "2026-12-07", days=7, slots=["lunch"]) == 0
    assert {it["date"] for it in phone.all("food_logs")} == {"2026-11-24", "2026-12-08"}
    [view] = await phone.fetch_day_views("2026-12-08", "2026-12-08", nutrients=True)
    nutrients: Any = view["nutrients"]
    assert nutrients["caffeine_mg"]["actual"] == 40
    with pytest.raises(RequestRejected) as caught:
        await phone.revise_plan(copy, "2026-12-01")
    assert caught.value.code == "invalid_record"


async def test_the_next_workout_has_weights(phone: Device) -> None:
    exercise = {"exercise_id": SQUAT, "sets": 1, "reps_min": 5, "progression": LINEAR}
    days: Any = [{"name": "A", "exercises": [exercise]}]
    program = phone.put("programs", {"name": "Strength", "days": days, "split": {"1": "A"}})
    done: Any = {"date": "2026-11-23", "name": "A", "program_id": program}
    session = phone.put("workout_sessions", done)
    squat: Any = {"exercise_id": SQUAT, "position": 1, "reps": 5, "weight_kg": 60}
    phone.put("workout_sets", {"session_id": session, **squat})
    await phone.sync()
    shown: Any = await phone.next_workout(program)
    assert shown["exercises"][0]["sets"] == [{"reps": 5, "weight_kg": 62.5}]
    rest = await phone.next_workout(program, "2026-12-01")
    assert (rest["name"], rest["exercises"]) == (None, [])
