"""Day views: the same object wherever it appears, with figures that the contract defines."""

import datetime
from typing import Any

import pytest

from .http_client import User
from .records import DATE, delete, food, new_id, patch, put

MACROS = {"energy_kcal", "protein_g", "carbs_g", "fat_g"}
WEEKDAY = datetime.date.fromisoformat(DATE).isoweekday()


def _day(user: User, date: str = DATE) -> dict[str, Any]:
    """The day, after checking that every way to ask for it says the same."""
    view: dict[str, Any] = user.get(f"/days/{date}").ok()
    assert view["date"] == date
    assert {"diet", "training", "metrics"} <= view.keys()
    assert {"planned", "actual", "adherence", "logs"} <= view["diet"].keys()
    assert view["diet"]["actual"].keys() >= MACROS
    assert {"sessions", "sets", "volume_kg", "duration_s"} <= view["training"].keys()
    assert user.pull(day_views=f"{date}..{date}")["day_views"] == [view]
    listed = user.get("/days", **{"from": date, "to": date}).ok()
    assert (listed if isinstance(listed, list) else listed["days"]) == [view]
    diet = user.get(f"/days/{date}/diet").ok()
    assert {name: diet[name] for name in view["diet"]} == view["diet"]
    return view


def _eat(user: User, grams: float, **fields: object) -> dict[str, Any]:
    """Log some grams of a food that has 200 kcal and 20, 10 and 5 g of macros per 100 g."""
    eaten = food(energy_kcal=200, protein_g=20, carbs_g=10, fat_g=5)
    ate = put("foods", eaten)
    log = put("food_logs", {"date": DATE, "food_id": ate["id"], "grams": grams} | fields)
    user.applied(ate, log)
    return log


def _plan(user: User, grams: float, **fields: object) -> dict[str, dict[str, Any]]:
    """A plan for the day with one meal of the same food."""
    eaten = put("foods", food(energy_kcal=200, protein_g=20, carbs_g=10, fat_g=5))
    plan = put("diet_plans", {"name": "Lean", "days_of_week": [WEEKDAY]} | fields)
    meal = put("meals", {"plan_id": plan["id"], "name": "Lunch", "position": 1})
    item = put(
        "meal_items",
        {"meal_id": meal["id"], "food_id": eaten["id"], "grams": grams, "position": 1},
    )
    user.applied(item, meal, plan, eaten)
    return {"plan": plan, "meal": meal, "item": item, "food": eaten}


def _train(user: User, *sets: dict[str, object], **fields: object) -> dict[str, Any]:
    """A session with sets of one exercise."""
    session = put("workout_sessions", {"date": DATE, "name": "Push day"} | fields)
    shared = {"session_id": session["id"], "exercise_id": new_id()}
    records = [
        put("workout_sets", shared | {"position": place} | data)
        for place, data in enumerate(sets, 1)
    ]
    user.applied(session, *records)
    return session


def test_a_day_of_nothing(user: User) -> None:
    view = _day(user)
    assert view["diet"]["adherence"] is None
    assert view["diet"]["logs"] == 0
    assert (view["training"]["sessions"], view["training"]["sets"]) == (0, 0)
    assert view["training"]["volume_kg"] == 0


def test_actual_is_the_sum_of_the_days_logs(user: User) -> None:
    _eat(user, 150)
    _eat(user, 50)
    _eat(user, 1000, date="2026-11-22")
    diet = _day(user)["diet"]
    actual = {name: diet["actual"][name] for name in MACROS}
    assert actual == {"energy_kcal": 400, "protein_g": 40, "carbs_g": 20, "fat_g": 10}
    assert diet["logs"] == 2


def test_a_food_is_counted_by_its_present_values_unless_the_log_has_its_own(user: User) -> None:
    snapshot = {"name": "Oats", "energy_kcal": 90, "protein_g": 9, "carbs_g": 8, "fat_g": 7}
    log = _eat(user, 100, **snapshot)
    assert _day(user)["diet"]["actual"]["energy_kcal"] == 90
    bare = dict.fromkeys(("name", *MACROS))
    user.applied(patch("food_logs", log["id"], bare))
    assert _day(user)["diet"]["actual"]["energy_kcal"] == 200


def test_a_deleted_log_does_not_count(user: User) -> None:
    log = _eat(user, 100)
    user.applied(delete("food_logs", log["id"]))
    assert _day(user)["diet"]["logs"] == 0


def test_planned_is_the_sum_of_the_items_of_the_days_plans(user: User) -> None:
    _plan(user, 100)
    _plan(user, 150)
    planned = _day(user)["diet"]["planned"]
    assert {name: planned[name] for name in MACROS} == {
        "energy_kcal": 500,
        "protein_g": 50,
        "carbs_g": 25,
        "fat_g": 12.5,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"active": False},
        {"days_of_week": [WEEKDAY % 7 + 1]},
        {"starts_on": "2026-11-24"},
        {"ends_on": "2026-11-22"},
    ],
)
def test_a_plan_that_is_not_for_the_day_does_not_count(
    user: User, fields: dict[str, object]
) -> None:
    _plan(user, 100, **fields)
    assert _day(user)["diet"]["adherence"] is None


def test_a_plan_counts_on_its_first_and_last_day(user: User) -> None:
    _plan(user, 100, starts_on=DATE, ends_on=DATE)
    assert _day(user)["diet"]["planned"]["protein_g"] == 20


def test_a_deleted_meal_hides_its_items(user: User) -> None:
    records = _plan(user, 100)
    user.applied(delete("meals", records["meal"]["id"]))
    assert _day(user)["diet"]["adherence"] is None


def test_a_plans_targets_count_where_it_sets_them(user: User) -> None:
    _plan(user, 100, target_energy_kcal=2200, target_protein_g=160)
    planned = _day(user)["diet"]["planned"]
    assert (planned["energy_kcal"], planned["protein_g"]) == (2200, 160)


@pytest.mark.parametrize(
    ("planned", "eaten", "adherence"),
    [(250, 200, 80.0), (200, 200, 100.0), (200, 250, 75.0), (300, 100, 33.3), (100, 500, 0.0)],
)
def test_adherence_is_one_minus_the_mean_relative_error_of_the_macros(
    user: User, planned: float, eaten: float, adherence: float
) -> None:
    _plan(user, planned)
    _eat(user, eaten)
    assert _day(user)["diet"]["adherence"] == adherence


def test_nothing_eaten_of_a_plan_is_an_adherence_of_nought(user: User) -> None:
    _plan(user, 100)
    assert _day(user)["diet"]["adherence"] == 0


def test_volume_leaves_out_warm_ups(user: User) -> None:
    _train(
        user,
        {"kind": "warmup", "reps": 10, "weight_kg": 20},
        {"reps": 5, "weight_kg": 100},
        {"kind": "drop", "reps": 8, "weight_kg": 50},
        {"kind": "failure", "reps": 1, "weight_kg": 102.5},
        {"reps": 10},
        {"duration_s": 60},
    )
    training = _day(user)["training"]
    assert training["sessions"] == 1
    assert training["volume_kg"] == 1002.5


def test_duration_counts_only_sessions_that_have_both_ends(user: User) -> None:
    _train(user, started_at="2026-11-23T17:00:00Z", ended_at="2026-11-23T19:02:00+01:00")
    _train(user, started_at="2026-11-23T20:00:00Z")
    training = _day(user)["training"]
    assert (training["sessions"], training["duration_s"]) == (2, 3720)


def test_a_deleted_session_hides_its_sets(user: User) -> None:
    session = _train(user, {"reps": 5, "weight_kg": 100})
    user.applied(delete("workout_sessions", session["id"]))
    training = _day(user)["training"]
    assert (training["sessions"], training["sets"], training["volume_kg"]) == (0, 0, 0)


def test_sets_that_came_before_their_session_count_once_it_is_there(user: User) -> None:
    session = put("workout_sessions")
    data = {"session_id": session["id"], "exercise_id": new_id(), "position": 1}
    user.applied(put("workout_sets", data | {"reps": 5, "weight_kg": 100}))
    assert _day(user)["training"]["sets"] == 0
    user.applied(session)
    assert _day(user)["training"]["sets"] == 1


def test_values_are_rounded_once_at_the_end(user: User) -> None:
    eaten = put("foods", food(energy_kcal=33.33, protein_g=3.333, carbs_g=1.115, fat_g=0.004))
    log = {"food_id": eaten["id"], "date": DATE, "grams": 100}
    user.applied(eaten, *(put("food_logs", log) for _ in range(3)))
    actual = _day(user)["diet"]["actual"]
    assert actual["energy_kcal"] == 100.0
    assert actual["protein_g"] == 10.0
    assert actual["fat_g"] == 0.01


def test_metrics_are_those_of_the_day(user: User) -> None:
    user.applied(
        put("body_metrics", {"date": DATE, "weight_kg": 81.4, "waist_cm": 82}),
        put("body_metrics", {"date": "2026-11-22", "weight_kg": 90}),
    )
    assert _day(user)["metrics"]["weight_kg"] == 81.4


@pytest.mark.parametrize("date", ["2026-02-30", "2026-1-1", "today", "20261123", "0000-00-00"])
def test_a_day_that_is_no_day_is_refused(anyone: User, date: str) -> None:
    assert anyone.get(f"/days/{date}").status in (400, 404, 422)
    assert anyone.get(f"/days/{date}/diet").status in (400, 404, 422)
    assert anyone.get("/days", **{"from": date, "to": DATE}).status in (400, 422)


def test_a_list_of_days_that_ends_before_it_begins_is_refused(anyone: User) -> None:
    answer = anyone.get("/days", **{"from": DATE, "to": "2026-11-22"})
    assert answer.status in (400, 422)


def test_a_list_of_days_is_in_their_order(user: User) -> None:
    for day in ("2026-11-21", "2026-11-19", "2026-11-20"):
        user.applied(put("workout_sessions", {"date": day, "name": "A"}))
    listed = user.get("/days", **{"from": "2026-11-19", "to": "2026-11-21"}).ok()
    days = listed if isinstance(listed, list) else listed["days"]
    assert [view["date"] for view in days] == ["2026-11-19", "2026-11-20", "2026-11-21"]


@pytest.mark.parametrize("path", ["/days", f"/days/{DATE}", f"/days/{DATE}/diet"])
def test_days_need_a_token(anyone: User, path: str) -> None:
    assert anyone.server.request("GET", path).status == 401
