"""Quick adds: food logs that have a name and an energy instead of a food with an amount."""

from typing import Any

import pytest

from .http_client import User
from .records import DATE, new_id, patch, put

PIZZA = {"date": DATE, "name": "Pizza", "energy_kcal": 800}
LOGS = "/food-logs"


def test_a_log_needs_no_food_if_it_has_a_name_and_an_energy(user: User) -> None:
    log = user.request("POST", LOGS, PIZZA | {"protein_g": 30}).ok(201)
    assert (log["name"], log["energy_kcal"], log["food"]) == ("Pizza", 800, None)
    assert user.get(f"{LOGS}/{log['id']}").ok() == log
    [listed] = user.get(LOGS).ok()["items"]
    assert listed.items() <= log.items()
    [pulled] = user.changes()
    assert pulled["data"] == PIZZA | {"protein_g": 30, "planned": False}


def test_a_push_stores_it_and_a_patch_adds_a_food(user: User) -> None:
    log = put("food_logs", PIZZA | {"food_id": None, "grams": None})
    user.applied(log)
    food_id = new_id()
    whole = {"food_id": food_id, "grams": 90, "name": "Pizza", "energy_kcal": 810}
    user.applied(patch("food_logs", log["id"], whole))
    assert user.changes()[0]["data"] == PIZZA | whole | {"planned": False}


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({}, {"food_id", "grams"}),
        ({"name": "Pizza"}, {"energy_kcal"}),
        ({"energy_kcal": 800}, {"name"}),
        ({"grams": 80}, {"food_id"}),
        ({"food_id": new_id()}, {"grams"}),
        ({"name": "Pizza", "energy_kcal": None, "food_id": None}, {"energy_kcal"}),
    ],
)
def test_less_is_rejected_with_the_fields_that_are_missing(
    user: User, data: dict[str, Any], missing: set[str]
) -> None:
    answer = user.request("POST", LOGS, {"date": DATE} | data)
    assert (answer.status, answer.code) == (422, "invalid_record")
    assert answer.json["errors"].keys() == missing
    result = user.result(put("food_logs", {"date": DATE} | data))
    assert result["error"]["code"] == "invalid_record"
    assert result["error"]["errors"].keys() == missing
    created = user.result(patch("food_logs", new_id(), {"date": DATE} | data))
    assert created["status"] == "rejected"
    assert user.changes() == []


@pytest.mark.parametrize("name", ["food_id", "grams"])
def test_a_log_of_a_food_cannot_lose_it_without_a_name(user: User, name: str) -> None:
    log = put("food_logs", {"date": DATE, "food_id": new_id(), "grams": 80})
    user.applied(log)
    result = user.result(patch("food_logs", log["id"], {name: None}))
    assert (result["status"], result["error"]["code"]) == ("rejected", "incomplete_group")
    answer = user.request("PATCH", f"{LOGS}/{log['id']}", {name: None})
    assert (answer.status, answer.code) == (422, "incomplete_group")
    assert user.changes()[0]["data"][name] == log["data"][name]


def test_a_planned_log_without_a_food_has_no_natural_key(user: User) -> None:
    planned = PIZZA | {"planned": True, "meal_id": new_id()}
    first, second = put("food_logs", planned), put("food_logs", planned)
    results = user.applied(first, second)["results"]
    assert all("canonical_id" not in result for result in results)
    assert {record["id"] for record in user.changes()} == {first["id"], second["id"]}


def test_a_day_counts_it_and_knows_what_is_unknown(user: User) -> None:
    user.request("POST", LOGS, PIZZA).ok(201)
    user.request("POST", LOGS, PIZZA | {"food_id": new_id(), "fat_g": 20}).ok(201)
    diet = user.get(f"/days/{DATE}/diet").ok()
    assert diet["actual"] == {"energy_kcal": 1600, "protein_g": 0, "carbs_g": 0, "fat_g": 20}
    assert diet["unknown"] == {"energy_kcal": 0, "protein_g": 2, "carbs_g": 2, "fat_g": 1}
    view = user.get(f"/days/{DATE}").ok()
    assert view["diet"] == {name: diet[name] for name in view["diet"]}
    assert user.pull()["day_views"] == [view]
    progress = user.get("/progress/diet-adherence", **{"from": DATE, "to": DATE}).ok()
    assert progress["actual"] == diet["actual"]


def test_the_configuration_and_openapi_name_the_alternatives(user: User) -> None:
    collections = user.server.request("GET", "/sync/config").ok()["collections"]
    alternatives = [["food_id", "grams"], ["name", "energy_kcal"]]
    assert collections["food_logs"]["alternatives"] == alternatives
    assert collections["foods"]["alternatives"] == []
    assert not collections["food_logs"]["fields"]["food_id"]["required"]
    schemas = user.server.request("GET", "/openapi.json").ok()["components"]["schemas"]
    for name in ("FoodLog", "NewFoodLog", "FoodLogResource", "SingleFoodLog"):
        assert [it["required"] for it in schemas[name]["anyOf"]] == alternatives
        assert "food_id" not in schemas[name]["required"]
