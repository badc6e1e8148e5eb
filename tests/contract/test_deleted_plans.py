"""A deleted diet plan ends on the day before: earlier days keep their planned values."""

import datetime
from typing import Any

import pytest

from .http_client import User, now_us
from .records import delete, food, new_id, patch, put

VALUES = {"energy_kcal": 200, "protein_g": 20, "carbs_g": 10, "fat_g": 5}
NOTHING = dict.fromkeys(VALUES, 0)


def _day(days: int) -> str:
    """Calendar day in UTC, some days from today."""
    today = datetime.datetime.now(datetime.UTC).date()
    return (today + datetime.timedelta(days=days)).isoformat()


def _noon(days: int) -> int:
    """Clock of noon in UTC, some days from today."""
    noon = datetime.datetime.fromisoformat(f"{_day(days)}T12:00:00+00:00")
    return round(noon.timestamp()) * 1_000_000


def _plan(user: User, clock: int | None = None) -> dict[str, dict[str, Any]]:
    """A plan for every day, with one item of a meal; made ten days ago unless a clock is given."""
    clock = clock or _noon(-10)
    oats = put("foods", food(**VALUES), clock=clock)
    plan = put("diet_plans", {"name": "Lean", "days_of_week": [1, 2, 3, 4, 5, 6, 7]}, clock=clock)
    meal = put("meals", {"plan_id": plan["id"], "name": "Lunch", "position": 1}, clock=clock)
    data = {"meal_id": meal["id"], "food_id": oats["id"], "grams": 100, "position": 1}
    item = put("meal_items", data, clock=clock)
    user.applied(oats, plan, meal, item)
    return {"plan": plan, "meal": meal, "item": item}


def _planned(user: User, *days: int) -> list[dict[str, Any]]:
    """Planned nutrients of days, counted from today, after a comparison of all responses."""
    planned = []
    for day in map(_day, days):
        view = user.get(f"/days/{day}").ok()
        diet = user.get(f"/days/{day}/diet").ok()
        assert view["diet"] == {name: diet[name] for name in view["diet"]}
        assert user.pull(day_views=f"{day}..{day}")["day_views"] == [view]
        assert bool(diet["entries"]["planned"]) == (diet["planned"] != NOTHING)
        planned.append(diet["planned"])
    return planned


@pytest.mark.parametrize("way", ["rest", "push"])
def test_days_before_the_deletion_keep_their_planned_values(user: User, way: str) -> None:
    records = _plan(user)
    log = {"date": _day(-3), "name": "Lunch", **VALUES}
    user.request("POST", "/food-logs", log).ok(201)
    where = f"/diet-plans/{records['plan']['id']}"
    if way == "rest":
        user.request("DELETE", where).ok(204)
    else:
        user.applied(delete("diet_plans", records["plan"]["id"], now_us()))
    assert _planned(user, -30, -3, -1) == [VALUES] * 3
    assert _planned(user, 0, 1) == [NOTHING] * 2
    assert user.get(f"/days/{_day(-3)}").ok()["diet"]["adherence"] == 100
    assert user.get(f"/days/{_day(0)}").ok()["diet"]["adherence"] is None
    window = {"from": _day(-3), "to": _day(0)}
    progress = user.get("/progress/diet-adherence", **window).ok()
    assert (progress["adherence"], progress["planned"]) == (100, VALUES)
    assert user.get(where).status == 404
    assert user.get("/diet-plans").ok()["items"] == []


def test_meals_of_a_deleted_plan_are_not_listed(user: User) -> None:
    records, other = _plan(user), _plan(user)
    user.request("DELETE", f"/diet-plans/{records['plan']['id']}").ok(204)
    for name in ("meal", "item"):
        path = f"/{name}s" if name == "meal" else "/meal-items"
        assert [it["id"] for it in user.get(path).ok()["items"]] == [other[name]["id"]]
    assert user.get("/meals", plan_id=records["plan"]["id"]).ok()["items"] == []
    assert user.get("/meal-items", meal_id=records["meal"]["id"]).ok()["items"] == []
    user.request("DELETE", f"/meals/{other['meal']['id']}").ok(204)
    assert user.get("/meal-items").ok()["items"] == []


def test_a_plan_that_is_written_again_counts_again(user: User) -> None:
    records = _plan(user)
    user.request("DELETE", f"/diet-plans/{records['plan']['id']}").ok(204)
    user.request("PATCH", f"/diet-plans/{records['plan']['id']}", {"notes": "again"}).ok()
    assert _planned(user, -1, 0, 1) == [VALUES] * 3
    assert len(user.get("/meals").ok()["items"]) == 1


@pytest.mark.parametrize("order", ["children first", "plan first"])
def test_meals_and_items_that_are_deleted_with_their_plan_count_before(
    user: User, order: str
) -> None:
    records = _plan(user)
    names = ["item", "meal", "plan"] if order == "children first" else ["plan", "meal", "item"]
    deletes = [
        delete(records[name]["collection"], records[name]["id"], _noon(-1) + place)
        for place, name in enumerate(names)
    ]
    user.applied(*deletes)
    assert _planned(user, -3, -2, -1, 0) == [VALUES] * 2 + [NOTHING] * 2


def test_an_item_that_was_deleted_earlier_does_not_count(user: User) -> None:
    records = _plan(user)
    user.applied(delete("meal_items", records["item"]["id"], _noon(-4)))
    user.applied(delete("diet_plans", records["plan"]["id"], _noon(-2)))
    assert _planned(user, -6, -5, -3) == [NOTHING] * 3


def test_a_deletion_counts_from_the_day_on_which_it_was_made(user: User) -> None:
    records = _plan(user)
    user.applied(delete("diet_plans", records["plan"]["id"], _noon(-3)))
    assert _planned(user, -5, -4, -3, 0) == [VALUES] * 2 + [NOTHING] * 2


@pytest.mark.parametrize(
    ("zone", "first_without"), [("Pacific/Kiritimati", -2), ("Asia/Taipei", -3), (None, -3)]
)
def test_the_day_is_that_of_the_users_time_zone(
    user: User, zone: str | None, first_without: int
) -> None:
    records = _plan(user)
    if zone:
        user.request("PATCH", "/users/me", {"time_zone": zone}).ok()
    user.applied(delete("diet_plans", records["plan"]["id"], _noon(-3)))
    assert _planned(user, first_without - 1, first_without) == [VALUES, NOTHING]


def test_a_plan_that_had_ended_before_does_not_come_back(user: User) -> None:
    records = _plan(user)
    days = [1, 2, 3, 4, 5, 6, 7]
    ended = {"days_of_week": days, "starts_on": _day(-8), "ends_on": _day(-5)}
    user.applied(patch("diet_plans", records["plan"]["id"], ended, _noon(-4)))
    user.applied(delete("diet_plans", records["plan"]["id"], _noon(-1)))
    assert _planned(user, -9, -8, -5, -4) == [NOTHING, VALUES, VALUES, NOTHING]


def test_an_inactive_plan_counts_on_no_day_after_its_deletion(user: User) -> None:
    records = _plan(user)
    user.applied(patch("diet_plans", records["plan"]["id"], {"active": False}, _noon(-2)))
    user.applied(delete("diet_plans", records["plan"]["id"], _noon(-1)))
    assert _planned(user, -5, -2, 0) == [NOTHING] * 3


def test_the_deletion_of_an_unknown_plan_plans_nothing(user: User) -> None:
    user.applied(delete("diet_plans", new_id(), now_us()))
    assert _planned(user, -1, 0) == [NOTHING] * 2
