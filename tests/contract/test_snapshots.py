"""Snapshots of foods in logs follow patches of the amount and of the food."""

from typing import Any

import pytest

from .http_client import User
from .records import DATE, food, new_id, patch, put

LOGS = "/food-logs"
MACROS = {"energy_kcal": 200, "protein_g": 20, "carbs_g": 10, "fat_g": 5}
SNAPSHOT = ("name", *MACROS)


def _food(user: User, **fields: object) -> str:
    """Id of a food with 200 kcal and 20, 10 and 5 g of macros per 100 g."""
    record = put("foods", food(**(MACROS | {"name": "Oats"} | fields)))
    user.applied(record)
    return str(record["id"])


def _log(user: User, **fields: object) -> dict[str, Any]:
    """A log of 100 g of a food, with its snapshot."""
    body = {"date": DATE, "grams": 100} | fields
    if "food_id" not in fields:
        body["food_id"] = _food(user)
    made: dict[str, Any] = user.request("POST", LOGS, body).ok(201)
    return made


def _patch(user: User, way: str, id: str, data: dict[str, Any]) -> dict[str, Any]:
    """The log after a patch by REST or by a push."""
    if way == "rest":
        user.request("PATCH", f"{LOGS}/{id}", data).ok()
    else:
        user.applied(patch("food_logs", id, data, user.pull()["server_clock"]))
    log: dict[str, Any] = user.get(f"{LOGS}/{id}").ok()
    return log


def _snapshot(log: dict[str, Any]) -> dict[str, Any]:
    return {name: log.get(name) for name in SNAPSHOT}


@pytest.fixture(params=["rest", "push"])
def way(request: pytest.FixtureRequest) -> str:
    """The kind of request that writes the patch."""
    return str(request.param)


def test_an_amount_alone_scales_what_was_stored(user: User, way: str) -> None:
    log = _log(user)
    user.applied(patch("foods", log["food_id"], MACROS | {"energy_kcal": 999}))
    changed = _patch(user, way, log["id"], {"grams": 90})
    assert (changed["grams"], changed["food_id"]) == (90, log["food_id"])
    assert _snapshot(changed) == {
        "name": "Oats", "energy_kcal": 180, "protein_g": 18, "carbs_g": 9, "fat_g": 4.5,
    }  # fmt: skip
    again = _patch(user, way, log["id"], {"grams": 33.3})
    assert (again["energy_kcal"], again["fat_g"]) == (66.6, 1.665)
    assert user.get(f"/days/{DATE}").ok()["diet"]["actual"]["energy_kcal"] == 66.6


def test_macros_that_are_named_stay_as_they_are_named(user: User, way: str) -> None:
    log = _log(user)
    changed = _patch(user, way, log["id"], {"grams": 50, "protein_g": 3, "name": "Porridge"})
    assert _snapshot(changed) == {
        "name": "Porridge", "energy_kcal": 100, "protein_g": 3, "carbs_g": 5, "fat_g": 2.5,
    }  # fmt: skip
    reset = _patch(user, way, log["id"], {"grams": 100, "fat_g": None})
    assert _snapshot(reset) == {
        "name": "Porridge", "energy_kcal": 200, "protein_g": 6, "carbs_g": 10, "fat_g": None,
    }  # fmt: skip


def test_macros_that_are_not_stored_are_not_made_up(user: User, way: str) -> None:
    log = _log(user, food_id=new_id(), name="Soup", energy_kcal=80)
    changed = _patch(user, way, log["id"], {"grams": 50})
    assert _snapshot(changed) == dict.fromkeys(MACROS) | {"name": "Soup", "energy_kcal": 40}
    bare = _log(user, food_id=new_id())
    assert _snapshot(_patch(user, way, bare["id"], {"grams": 50})) == dict.fromkeys(SNAPSHOT)


def test_a_quick_add_with_an_amount_scales_too(user: User, way: str) -> None:
    pizza = {"date": DATE, "name": "Pizza", "energy_kcal": 800}
    log = user.request("POST", LOGS, pizza).ok(201)
    first = _patch(user, way, log["id"], {"grams": 300})
    assert (first["grams"], first["energy_kcal"]) == (300, 800)
    half = _patch(user, way, log["id"], {"grams": 150})
    assert (half["grams"], half["energy_kcal"], half["name"]) == (150, 400, "Pizza")


def test_another_food_brings_nothing_of_the_one_before(user: User, way: str) -> None:
    log, other = _log(user), _food(user, name="Rice", energy_kcal=130, protein_g=3)
    changed = _patch(user, way, log["id"], {"food_id": other})
    assert (changed["food_id"], changed["grams"]) == (other, 100)
    expected = {"name": "Rice", "energy_kcal": 130, "protein_g": 3, "carbs_g": 10, "fat_g": 5}
    assert _snapshot(changed) == (expected if way == "rest" else dict.fromkeys(SNAPSHOT))
    assert user.get(f"/days/{DATE}").ok()["diet"]["actual"]["energy_kcal"] == 130


def test_the_same_food_again_keeps_its_history(user: User, way: str) -> None:
    log = _log(user)
    user.applied(patch("foods", log["food_id"], MACROS | {"energy_kcal": 999}))
    changed = _patch(user, way, log["id"], {"food_id": log["food_id"], "grams": 50})
    assert changed["energy_kcal"] == 100


def test_a_log_that_loses_its_food_keeps_what_it_said(user: User, way: str) -> None:
    log = _log(user)
    changed = _patch(user, way, log["id"], {"food_id": None, "grams": None})
    assert changed.get("food_id") is None
    assert _snapshot(changed) == MACROS | {"name": "Oats"}


def test_after_an_amount_of_nought_the_food_counts_again(user: User, way: str) -> None:
    log = _log(user)
    assert _patch(user, way, log["id"], {"grams": 0})["energy_kcal"] == 0
    _patch(user, way, log["id"], {"grams": 50})
    assert user.get(f"/days/{DATE}").ok()["diet"]["actual"]["energy_kcal"] == 100


def test_a_scaled_value_stays_within_its_limit(user: User, way: str) -> None:
    log = _log(user, food_id=new_id(), grams=1, name="Oil", energy_kcal=900)
    assert _patch(user, way, log["id"], {"grams": 100_000})["energy_kcal"] == 100_000


def test_more_nutrients_follow_the_amount_too(user: User, way: str) -> None:
    log = _log(user, food_id=_food(user, fiber_g=10, nutrients={"iron_mg": 4, "vitamin_c_mg": 0}))
    assert log["nutrients"] == {"fiber_g": 10, "iron_mg": 4, "vitamin_c_mg": 0}
    user.applied(patch("foods", log["food_id"], {"nutrients": {"iron_mg": 99}}))
    changed = _patch(user, way, log["id"], {"grams": 25})
    assert changed["nutrients"] == {"fiber_g": 2.5, "iron_mg": 1, "vitamin_c_mg": 0}
    other = _patch(user, way, log["id"], {"food_id": _food(user)})
    assert "nutrients" not in other


def test_the_configuration_names_what_follows(user: User) -> None:
    collections = user.server.request("GET", "/sync/config").ok()["collections"]
    assert collections["food_logs"]["snapshot"] == {
        "source": "food_id", "amount": "grams", "copied": [*SNAPSHOT, "nutrients"],
        "scaled": [*MACROS, "nutrients"],
    }  # fmt: skip
    assert collections["foods"]["snapshot"] is None


def test_a_repeated_patch_changes_nothing(user: User) -> None:
    log = _log(user)
    change = patch("food_logs", log["id"], {"grams": 90}, user.pull()["server_clock"])
    user.applied(change)
    assert user.result(change)["status"] == "unchanged"
    assert user.get(f"{LOGS}/{log['id']}").ok()["energy_kcal"] == 180
