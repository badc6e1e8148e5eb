"""Food logs over REST: their food and snapshot, copies of days and meals, deleted plans."""

import asyncio
from typing import Any

import pytest

from schema.ids import catalogue_id, derived_id
from tests.support.client import Client, Json, Response
from tests.support.sample_records import new_id, path, whole

BUTTER = catalogue_id("foods", "usda-sr28", "01001")
MONDAY, TUESDAY = "2026-11-23", "2026-11-24"


def key() -> dict[str, str]:
    """A new Idempotency-Key."""
    return {"Idempotency_Key": new_id()}


async def log(user: Client, food_id: str, **more: Any) -> Json:
    """A food log."""
    body = {"date": MONDAY, "food_id": food_id, "grams": 50, "slot": "lunch"} | more
    answer = await user.send("POST", "/food-logs", body)
    assert answer.status in (200, 201), answer
    made: Json = answer.json
    return made


async def copy(user: Client, place: str, body: Json, **headers: str) -> Json:
    """Response of a copy."""
    answer = await user.send("POST", f"{place}/copy", body, **(headers or key()))
    assert answer.status == 200, answer
    found: Json = answer.json
    return found


async def logs_of(user: Client, day: str) -> list[Json]:
    """The logs of a day."""
    answer = await user.send("GET", f"/food-logs?from={day}&to={day}")
    items: list[Json] = answer.json["items"]
    return items


async def test_a_log_embeds_the_users_own_food(ann: Client) -> None:
    food = await ann.create(
        "foods", name="Oats", brand="Mill", servings=[{"name": "cup", "grams": 80}]
    )
    made = await log(ann, food["id"])
    embedded = made["food"]
    assert (embedded["id"], embedded["source"], embedded["name"]) == (food["id"], "own", "Oats")
    assert (embedded["brand"], embedded["energy_kcal"], embedded["fiber_g"]) == (
        "Mill",
        389.0,
        None,
    )
    assert embedded["servings"] == [{"name": "cup", "grams": 80.0}]
    place = path("food_logs", made["id"])
    assert (await ann.send("GET", place)).json == made
    patched = await ann.send("PATCH", place, {"slot": "snack"})
    assert patched.json["food"] == embedded
    put = await ann.send("PUT", place, {"date": MONDAY, "food_id": food["id"], "grams": 100})
    assert put.json["food"] == embedded
    assert put.json["energy_kcal"] == 389.0
    listed = (await ann.send("GET", "/food-logs")).json["items"]
    assert "food" not in listed[0]


@pytest.mark.usefixtures("catalogue")
async def test_a_log_embeds_a_built_in_food(ann: Client) -> None:
    made = await log(ann, BUTTER)
    assert made["food"]["name"] == made["name"]
    assert made["food"]["source"] == "usda-sr28"
    assert made["energy_kcal"] == made["food"]["energy_kcal"] / 2


async def test_a_log_of_an_unknown_food_stands_alone(ann: Client, bob: Client) -> None:
    foreign = await bob.create("foods")
    for food_id in (new_id(), foreign["id"]):
        made = await log(ann, food_id)
        assert made["food"] is None
        assert "energy_kcal" not in made


async def test_a_log_keeps_what_its_food_said(ann: Client) -> None:
    food = await ann.create("foods", name="Oats")
    made = await log(ann, food["id"], grams=80)
    assert made["name"] == "Oats"
    assert made["energy_kcal"] == pytest.approx(311.2)
    assert made["protein_g"] == pytest.approx(13.52)
    later = {"name": "Porridge"} | dict.fromkeys(
        ("energy_kcal", "protein_g", "carbs_g", "fat_g"), 1.0
    )
    await ann.send("PATCH", path("foods", food["id"]), later)
    await ann.send("DELETE", path("foods", food["id"]))
    after = (await ann.send("GET", path("food_logs", made["id"]))).json
    assert (after["name"], after["energy_kcal"]) == ("Oats", made["energy_kcal"])
    assert (after["food"]["name"], after["food"]["deleted"]) == ("Porridge", True)
    day = (await ann.send("GET", f"/days/{MONDAY}")).json
    assert day["diet"]["actual"]["energy_kcal"] == 311.2


async def test_a_log_that_brings_its_own_values_keeps_them(ann: Client) -> None:
    food = await ann.create("foods")
    made = await log(ann, food["id"], energy_kcal=123)
    assert made["energy_kcal"] == 123
    assert "protein_g" not in made
    assert "name" not in made


async def test_a_new_amount_makes_a_new_snapshot(ann: Client) -> None:
    food = await ann.create("foods")
    made = await log(ann, food["id"], grams=50)
    place = path("food_logs", made["id"])
    changed = await ann.send("PATCH", place, {"food_id": food["id"], "grams": 100})
    assert changed.json["energy_kcal"] == 389.0


async def test_a_bad_log_is_refused_as_any_record(ann: Client) -> None:
    whole = {"date": MONDAY, "food_id": new_id(), "grams": 50}
    for wrong in ({"food_id": 7}, {"food_id": "x"}, {"grams": "x"}, {"grams": -1}, {"grams": True},
                  {"food_id": None}, {"grams": None}, {"grams": 1e300}):  # fmt: skip
        answer = await ann.send("POST", "/food-logs", whole | wrong)
        assert (answer.status, answer.code) == (422, "invalid_record")
        assert answer.json["errors"].keys() == wrong.keys()


async def test_a_planned_log_is_one_a_day_meal_and_food(ann: Client) -> None:
    food, meal = new_id(), new_id()
    about = {"meal_id": meal, "planned": True}
    made = await log(ann, food, **about)
    assert made["id"] == derived_id("food_logs", ann.user_id, (MONDAY, meal, food))
    again = await log(ann, food, grams=70, **about)
    assert (again["id"], again["grams"]) == (made["id"], 70.0)
    assert len(await logs_of(ann, MONDAY)) == 1
    moved = await ann.send("PATCH", path("food_logs", made["id"]), {"date": TUESDAY})
    assert moved.code == "natural_key_change"


async def test_a_day_is_copied(ann: Client) -> None:
    food = await ann.create("foods")
    meal = new_id()
    await log(ann, food["id"], notes="with milk", eaten_at="2026-11-23T12:30:00+08:00")
    await log(ann, food["id"], slot="dinner", energy_kcal=5)
    await log(ann, food["id"], planned=True, meal_id=meal)
    await log(ann, food["id"], date="2026-11-22")
    answer = await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY})
    assert answer["created"] == 3
    copies = await logs_of(ann, TUESDAY)
    assert sorted(answer["food_logs"], key=str) == sorted(copies, key=str)
    assert sorted(it["slot"] for it in copies) == ["dinner", "lunch", "lunch"]
    noted = next(it for it in copies if "notes" in it)
    assert (noted["notes"], noted["date"], noted.get("eaten_at")) == ("with milk", TUESDAY, None)
    planned = next(it for it in copies if it["planned"])
    assert planned["id"] == derived_id("food_logs", ann.user_id, (TUESDAY, meal, food["id"]))
    views = (await ann.send("GET", f"/days?from={MONDAY}&to={TUESDAY}")).json["days"]
    assert views[0]["diet"]["actual"] == views[1]["diet"]["actual"]


async def test_a_quick_add_is_copied(ann: Client) -> None:
    body = {"date": MONDAY, "name": "Pizza", "energy_kcal": 800, "planned": True}
    assert (await ann.send("POST", "/food-logs", body)).status == 201
    assert (await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY}))["created"] == 1
    [made] = await logs_of(ann, TUESDAY)
    assert (made["name"], made["energy_kcal"]) == ("Pizza", 800)
    assert (await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY}))["created"] == 0


async def test_a_copy_made_again_makes_nothing_twice(ann: Client) -> None:
    for slot in ("breakfast", "lunch"):
        await log(ann, new_id(), slot=slot)
    one = key()
    first = await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY}, **one)
    repeat = await ann.send("POST", f"/days/{MONDAY}/copy", {"to": TUESDAY}, **one)
    assert (repeat.json, repeat.headers["Idempotent-Replay"]) == (first, "true")
    edited, deleted = first["food_logs"]
    await ann.send("PATCH", path("food_logs", edited["id"]), {"notes": "changed"})
    await ann.send("DELETE", path("food_logs", deleted["id"]))
    anew = await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY})
    assert anew["created"] == 1  # the one that was deleted since
    assert {it["id"] for it in anew["food_logs"]} == {edited["id"], deleted["id"]}
    assert next(it for it in anew["food_logs"] if it["id"] == edited["id"])["notes"] == "changed"
    cursor = await ann.cursor()
    assert (await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY}))["created"] == 0
    assert await ann.pull(cursor) == []
    assert (await copy(ann, f"/days/{MONDAY}", {"to": "2026-11-25"}))["created"] == 2


async def test_copies_made_at_once_are_made_once(ann: Client) -> None:
    for _ in range(5):
        await log(ann, new_id())
    answers = await asyncio.gather(
        *(copy(ann, f"/days/{MONDAY}", {"to": TUESDAY}) for _ in range(6))
    )
    assert sorted(it["created"] for it in answers) == [0, 0, 0, 0, 0, 5]
    assert len(await logs_of(ann, TUESDAY)) == 5


async def test_some_meals_of_a_day_are_copied(ann: Client) -> None:
    for slot in ("breakfast", "lunch", None):
        await log(ann, new_id(), slot=slot)
    assert (await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY, "slots": ["lunch"]}))["created"] == 1
    assert [it["slot"] for it in await logs_of(ann, TUESDAY)] == ["lunch"]


async def test_a_leap_day_is_copied_to_a_year_without(ann: Client) -> None:
    await log(ann, new_id(), date="2024-02-29")
    assert (await copy(ann, "/days/2024-02-29", {"to": "2025-02-28"}))["created"] == 1
    rejected = await ann.send("POST", "/days/2024-02-29/copy", {"to": "2025-02-29"}, **key())
    assert rejected.code == "invalid_request"


async def test_an_empty_day_makes_nothing(ann: Client, bob: Client) -> None:
    await log(bob, new_id())
    answer = await copy(ann, f"/days/{MONDAY}", {"to": TUESDAY})
    assert answer == {"created": 0, "food_logs": []}
    assert await ann.pull() == []


async def planned_meal(user: Client) -> tuple[Json, Json, list[Json]]:
    """A plan, its meal and the meal's items: butter twice, and oats."""
    plan = await user.create("diet_plans", days_of_week=[1, 2, 3, 4, 5, 6, 7], active=True)
    meal = await user.create("meals", plan_id=plan["id"])
    oats = await user.create("foods")
    items = [
        await user.create(
            "meal_items", meal_id=meal["id"], food_id=food_id, grams=grams, position=place
        )
        for place, (food_id, grams) in enumerate([(BUTTER, 10), (oats["id"], 80), (BUTTER, 5)])
    ]
    return plan, meal, items


@pytest.mark.usefixtures("catalogue")
async def test_a_planned_meal_is_logged_on_a_day(ann: Client) -> None:
    _, meal, items = await planned_meal(ann)
    place = path("meals", meal["id"])
    answer = await copy(ann, place, {"to": MONDAY, "slot": "dinner"})
    assert answer["created"] == 2  # one a food
    made = {it["food_id"]: it for it in answer["food_logs"]}
    assert made[BUTTER]["grams"] == 15.0
    oats = made[items[1]["food_id"]]
    assert (oats["slot"], oats["planned"], oats["meal_id"]) == ("dinner", True, meal["id"])
    assert oats["energy_kcal"] == pytest.approx(311.2)
    assert (await copy(ann, place, {"to": MONDAY}))["created"] == 0
    day = (await ann.send("GET", f"/days/{MONDAY}")).json["diet"]
    assert day["planned"] == day["actual"]
    assert day["adherence"] == 100


async def test_a_meal_is_copied_into_a_plan(ann: Client) -> None:
    plan, meal, items = await planned_meal(ann)
    other = await ann.create("diet_plans")
    place = path("meals", meal["id"])
    answer = await copy(ann, place, {"plan_id": other["id"]})
    assert answer["created"] == 4
    [made] = answer["meals"]
    assert (made["plan_id"], made["name"]) == (other["id"], meal["name"])
    assert {it["meal_id"] for it in answer["meal_items"]} == {made["id"]}
    assert [it["food_id"] for it in answer["meal_items"]] == [it["food_id"] for it in items]
    assert (await copy(ann, place, {"plan_id": other["id"]}))["created"] == 0
    twice = await copy(ann, place, {"plan_id": plan["id"]})
    assert twice["meals"][0]["id"] not in (meal["id"], made["id"])


async def rejected(user: Client, place: str, body: Json | bytes) -> Response:
    """A copy that is not made."""
    answer = await user.send("POST", f"{place}/copy", body, **key())
    assert 400 <= answer.status < 500
    return answer


async def test_a_copy_wants_to_know_where_to(ann: Client, bob: Client) -> None:
    day = f"/days/{MONDAY}"
    for body in ({}, {"to": "x"}, {"to": None}, {"to": TUESDAY, "slots": []}, {"from": TUESDAY},
                 {"to": TUESDAY, "slots": ["brunch"]}, {"to": TUESDAY, "slots": "lunch"},
                 {"to": TUESDAY, "slots": ["lunch", "lunch"]}, {"to": 20261124}):  # fmt: skip
        assert (await rejected(ann, day, body)).code == "invalid_request"
    assert (await rejected(ann, day, b"{")).code == "malformed_json"
    assert (await rejected(ann, day, b"[]")).code == "invalid_request"
    assert (await rejected(ann, "/days/2026-02-29", {"to": TUESDAY})).code == "invalid_parameter"
    assert (await ann.send("POST", f"{day}/copy", {"to": TUESDAY})).code == (
        "idempotency_key_missing"
    )
    plan, meal, _ = await planned_meal(ann)
    place = path("meals", meal["id"])
    for wrong in ({}, {"to": MONDAY, "plan_id": plan["id"]}, {"slot": "lunch"},
                  {"plan_id": plan["id"], "slot": "lunch"}, {"plan_id": "x"}):  # fmt: skip
        assert (await rejected(ann, place, wrong)).code == "invalid_request"
    assert (await ann.send("POST", f"{place}/copy", {"to": MONDAY})).code == (
        "idempotency_key_missing"
    )
    assert (await rejected(ann, place, {"plan_id": new_id()})).code == "not_found"
    assert (await rejected(ann, path("meals", new_id()), {"to": MONDAY})).code == "not_found"
    assert (await rejected(bob, place, {"to": MONDAY})).code == "not_found"


@pytest.mark.usefixtures("catalogue")
async def test_a_deleted_plan_can_be_had_back(ann: Client) -> None:
    plan, meal, items = await planned_meal(ann)
    day = "/days/2199-11-25"  # a Monday after the deletion
    before = (await ann.send("GET", day)).json
    assert before["diet"]["planned"]["energy_kcal"] > 0
    place = path("diet_plans", plan["id"])
    assert (await ann.send("DELETE", place)).status == 204
    assert (await ann.send("GET", day)).json["diet"]["planned"]["energy_kcal"] == 0
    assert (await ann.send("GET", path("meals", meal["id"]))).status == 200
    assert (await rejected(ann, path("meals", meal["id"]), {"plan_id": plan["id"]})).code == (
        "not_found"
    )
    revived = await ann.send("PATCH", place, {"notes": "again"})
    assert revived.status == 200
    assert revived.json["name"] == plan["name"]
    assert (await ann.send("GET", day)).json == before
    assert len((await ann.send("GET", f"/meal-items?meal_id={meal['id']}")).json["items"]) == 3
    await ann.send("DELETE", place)
    plan = whole("diet_plans") | {"days_of_week": [1], "active": True}
    assert (await ann.send("PUT", place, plan)).status == 201
    assert (await ann.send("GET", day)).json == before
    assert items
