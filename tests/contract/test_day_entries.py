"""Entries of a day's diet: what a screen needs to label, change and delete them, by meal."""

import datetime
from typing import Any

from .http_client import User
from .records import DATE, delete, food, new_id, put

WEEKDAY = datetime.date.fromisoformat(DATE).isoweekday()
VALUES = {"energy_kcal": 200, "protein_g": 20, "carbs_g": 10, "fat_g": 5}


def _diet(user: User) -> dict[str, Any]:
    diet: dict[str, Any] = user.get(f"/days/{DATE}/diet").ok()
    return diet


def _meal(plan: dict[str, Any], name: str, position: int) -> dict[str, Any]:
    return put("meals", {"plan_id": plan["id"], "name": name, "position": position})


def _item(meal: dict[str, Any], food_id: str, position: int) -> dict[str, Any]:
    data = {"meal_id": meal["id"], "food_id": food_id, "grams": 50, "position": position}
    return put("meal_items", data)


def test_entries_have_their_ids_names_and_meals(user: User) -> None:
    oats = put("foods", food(name="Oats", **VALUES))
    plan = put("diet_plans", {"name": "Lean", "days_of_week": [WEEKDAY]})
    lunch, breakfast = _meal(plan, "Lunch", 2), _meal(plan, "Breakfast", 1)
    items = [_item(lunch, oats["id"], 1), _item(breakfast, new_id(), 2),
             _item(lunch, oats["id"], 0), _item(breakfast, oats["id"], 1)]  # fmt: skip
    user.applied(oats, plan, lunch, breakfast, *items)
    diet = _diet(user)
    planned = diet["entries"]["planned"]
    assert [entry["id"] for entry in planned] == [
        it["id"] for it in (items[3], items[1], items[2], items[0])
    ]
    names = [(it["meal_name"], it["food_name"], it["slot"]) for it in planned]
    assert names == [
        ("Breakfast", "Oats", None), ("Breakfast", None, None),
        ("Lunch", "Oats", None), ("Lunch", "Oats", None),
    ]  # fmt: skip
    assert [it["meal_id"] for it in planned] == [breakfast["id"]] * 2 + [lunch["id"]] * 2
    assert planned[0]["energy_kcal"] == 100
    # Each can be changed and deleted by its id.
    user.request("DELETE", f"/meal-items/{planned[0]['id']}").ok(204)
    assert len(_diet(user)["entries"]["planned"]) == 3


def test_logs_are_grouped_by_meal_and_then_by_slot(user: User) -> None:
    plan = put("diet_plans", {"name": "Lean", "days_of_week": [WEEKDAY]})
    lunch = _meal(plan, "Lunch", 1)
    oats = put("foods", food(name="Oats", **VALUES))
    eaten = {"date": DATE, "food_id": oats["id"], "grams": 100}
    logs = [
        put("food_logs", eaten | {"slot": "dinner"}),
        put("food_logs", eaten | {"meal_id": lunch["id"]}),
        put("food_logs", {"date": DATE, "name": "Pizza", "energy_kcal": 800}),
        put("food_logs", eaten | {"slot": "breakfast", "name": "Porridge"}),
        put("food_logs", eaten | {"meal_id": lunch["id"], "slot": "lunch", "planned": True}),
        put("food_logs", eaten | {"slot": "dinner"}),
    ]
    results = user.applied(plan, lunch, oats, *logs)["results"][3:]
    ids = [result.get("canonical_id", result["id"]) for result in results]
    user.applied(delete("meals", lunch["id"]))
    diet = _diet(user)
    shown = diet["entries"]["logs"]
    assert [entry["id"] for entry in shown] == [ids[place] for place in (1, 4, 3, 0, 5, 2)]
    assert [entry["meal_name"] for entry in shown] == ["Lunch"] * 2 + [None] * 4
    assert [entry["slot"] for entry in shown] == [
        None, "lunch", "breakfast", "dinner", "dinner", None
    ]  # fmt: skip
    assert [entry["food_name"] for entry in shown] == [
        "Oats", "Oats", "Porridge", "Oats", "Oats", "Pizza"
    ]  # fmt: skip
    assert all(
        entry.keys() >= {"id", "meal_id", "meal_name", "food_name", "slot"} for entry in shown
    )
    assert [(it["meal_id"], it["meal_name"], it["slot"]) for it in diet["meals"]] == [
        (lunch["id"], "Lunch", None), (None, None, "breakfast"), (None, None, "dinner"),
        (None, None, None),
    ]  # fmt: skip
    assert [it["actual"]["energy_kcal"] for it in diet["meals"]] == [400, 200, 400, 800]
    assert sum(it["actual"]["energy_kcal"] for it in diet["meals"]) == diet["actual"]["energy_kcal"]


def test_a_meal_has_the_sums_of_what_was_planned_and_eaten(user: User) -> None:
    oats = put("foods", food(name="Oats", **VALUES))
    plan = put("diet_plans", {"name": "Lean", "days_of_week": [WEEKDAY]})
    lunch = _meal(plan, "Lunch", 1)
    log = {"date": DATE, "food_id": oats["id"], "grams": 25, "meal_id": lunch["id"]}
    user.applied(oats, plan, lunch, _item(lunch, oats["id"], 1), put("food_logs", log))
    diet = _diet(user)
    [meal] = diet["meals"]
    assert meal["planned"] == diet["planned"]
    assert meal["actual"] == diet["actual"]
    assert meal["actual"]["protein_g"] == 5


def test_an_empty_day_has_no_entries(user: User) -> None:
    diet = _diet(user)
    assert diet["entries"] == {"planned": [], "logs": []}
    assert diet["meals"] == []
