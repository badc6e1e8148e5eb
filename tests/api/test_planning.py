"""Revisions of diet plans, shopping lists, copies of a week."""

import datetime

import pytest

from tests.support.client import Client, Json
from tests.support.sample_records import new_id

MONDAY = datetime.date(2026, 11, 23)
START = "2026-11-27"  # the Friday of that week


async def planned(user: Client) -> list[float]:
    """Planned energy of each day of the week."""
    last = MONDAY + datetime.timedelta(days=6)
    days = (await user.send("GET", f"/days?from={MONDAY}&to={last}")).json["days"]
    return [day["diet"]["planned"]["energy_kcal"] for day in days]


async def plan_with_meal(user: Client, **fields: object) -> tuple[Json, Json, str]:
    """A plan for every day with 100 g of a food of 400 kcal: plan, item, id of the food."""
    nutrients = {"energy_kcal": 400, "protein_g": 10, "carbs_g": 10, "fat_g": 10}
    food = await user.create("foods", **({"name": "Oats", "brand": None} | nutrients))
    days = {"days_of_week": [1, 2, 3, 4, 5, 6, 7], "active": True}
    plan = await user.create("diet_plans", name="Plan", **(days | fields))
    meal = await user.create("meals", plan_id=plan["id"], name="Lunch", position=1)
    item = await user.create(
        "meal_items", meal_id=meal["id"], food_id=food["id"], grams=100, position=1
    )
    return plan, item, food["id"]


async def revise(user: Client, plan_id: str, start: str = START, key: str = "") -> Json:
    """Response of a revision."""
    place = f"/diet-plans/{plan_id}/revise"
    answer = await user.send("POST", place, {"starts_on": start}, Idempotency_Key=key or new_id())
    assert answer.status == 200, answer
    revised: Json = answer.json
    return revised


async def test_a_revised_plan_leaves_its_past_days_as_they_were(ann: Client) -> None:
    plan, item, _ = await plan_with_meal(ann, starts_on="2026-11-02", ends_on="2026-11-28")
    assert await planned(ann) == [400] * 6 + [0]
    revised = await revise(ann, plan["id"])
    old, new = revised["diet_plans"]
    assert (old["id"], old["starts_on"], old["ends_on"]) == (plan["id"], "2026-11-02", "2026-11-26")
    assert (new["starts_on"], new["ends_on"]) == (START, "2026-11-28")
    assert await planned(ann) == [400] * 6 + [0]
    [copied] = revised["meal_items"]
    assert copied["id"] != item["id"]
    await ann.send(
        "PATCH", f"/meal-items/{copied['id']}", {"food_id": item["food_id"], "grams": 50}
    )
    assert await planned(ann) == [400] * 4 + [200] * 2 + [0]
    await ann.send("PATCH", f"/diet-plans/{new['id']}", {"target_energy_kcal": 1800})
    assert await planned(ann) == [400] * 4 + [1800] * 2 + [0]


async def test_a_repeated_revision_changes_nothing(ann: Client) -> None:
    plan, _, _ = await plan_with_meal(ann)
    first = await revise(ann, plan["id"])
    new = first["diet_plans"][1]
    await ann.send("PATCH", f"/diet-plans/{new['id']}", {"name": "Changed"})
    again = await revise(ann, plan["id"])
    assert (first["created"], again["created"]) == (3, 0)
    assert again["diet_plans"][1]["name"] == "Changed"
    assert await planned(ann) == [400] * 7


@pytest.mark.parametrize(
    ("fields", "start"),
    [({"starts_on": START}, START), ({"ends_on": "2026-11-20"}, START), ({}, "2026-02-30")],
)
async def test_a_revision_begins_within_the_plan(ann: Client, fields: Json, start: str) -> None:
    plan, _, _ = await plan_with_meal(ann, **fields)
    place = f"/diet-plans/{plan['id']}/revise"
    answer = await ann.send("POST", place, {"starts_on": start}, Idempotency_Key=new_id())
    assert answer.status == 422
    assert list(answer.json["errors"]) == ["starts_on"]
    assert (await ann.send("GET", f"/diet-plans/{plan['id']}")).json == plan


async def test_a_shopping_list_has_the_foods_of_the_plans_days(ann: Client) -> None:
    plan, item, food_id = await plan_with_meal(ann, days_of_week=[1, 3], active=False)
    milk = await ann.create("foods", name="Almond milk", brand="Mill")
    for food, grams in ((milk["id"], 33.3), (milk["id"], 10), (new_id(), 5)):
        where = {"meal_id": item["meal_id"], "position": 2}
        await ann.create("meal_items", **where, food_id=food, grams=grams)
    place = f"/diet-plans/{plan['id']}/shopping-list"
    listed = (await ann.send("GET", f"{place}?from=2026-11-23&to=2026-11-29")).json
    assert (listed["from"], listed["to"], listed["days"]) == ("2026-11-23", "2026-11-29", 2)
    shown = [(it["food_name"], it["brand"], it["grams"]) for it in listed["items"]]
    assert shown == [(None, None, 10), ("Almond milk", "Mill", 86.6), ("Oats", None, 200)]
    assert listed["items"][2]["food_id"] == food_id
    none = (await ann.send("GET", f"{place}?from=2026-11-24&to=2026-11-24")).json
    assert (none["days"], none["items"]) == (0, [])


@pytest.mark.parametrize(
    "query", ["", "?from=2026-11-23", "?from=2026-11-02&to=2026-12-03", "?x=1"]
)
async def test_a_shopping_list_is_of_31_days_at_most(ann: Client, query: str) -> None:
    plan, _, _ = await plan_with_meal(ann)
    answer = await ann.send("GET", f"/diet-plans/{plan['id']}/shopping-list{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameter")


async def test_plans_of_others_are_not_found(ann: Client, bob: Client) -> None:
    plan, _, _ = await plan_with_meal(ann)
    place = f"/diet-plans/{plan['id']}"
    listed = await bob.send("GET", f"{place}/shopping-list?from=2026-11-23&to=2026-11-24")
    body = {"starts_on": START}
    revised = await bob.send("POST", f"{place}/revise", body, Idempotency_Key=new_id())
    assert (listed.status, revised.status) == (404, 404)


async def test_a_week_is_copied_day_by_day(ann: Client) -> None:
    for offset in (0, 2, 6, 7):
        date = (MONDAY + datetime.timedelta(days=offset)).isoformat()
        await ann.create("food_logs", date=date, name=f"Food {offset}", energy_kcal=1)
    place, body = f"/days/{MONDAY}/copy", {"to": "2026-12-07", "days": 7}
    copied = (await ann.send("POST", place, body, Idempotency_Key=new_id())).json
    assert copied["created"] == 3
    shown = sorted((it["date"], it["name"]) for it in copied["food_logs"])
    assert shown == [("2026-12-07", "Food 0"), ("2026-12-09", "Food 2"), ("2026-12-13", "Food 6")]
    again = (await ann.send("POST", place, body, Idempotency_Key=new_id())).json
    assert again["created"] == 0


@pytest.mark.parametrize("days", [0, 8, "7"])
async def test_a_copy_has_one_to_seven_days(ann: Client, days: object) -> None:
    body = {"to": "2026-12-07", "days": days}
    answer = await ann.send("POST", f"/days/{MONDAY}/copy", body, Idempotency_Key=new_id())
    assert (answer.status, list(answer.json["errors"])) == (422, ["days"])
