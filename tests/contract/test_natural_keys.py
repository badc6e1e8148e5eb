"""Natural keys: records that are identified by what they are about have a derived id."""

import pytest

from .http_client import User
from .records import DATE, ROOT, at, derived_id, new_id, patch, put

LOG = {"date": DATE, "food_id": new_id(), "meal_id": new_id(), "grams": 80}


def test_the_formula_gives_the_published_ids() -> None:
    user_id = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
    meal, food = (f"0192f0c4-6f0e-7c4e-9a53-00000000000{digit}" for digit in "12")
    assert str(ROOT) == "9f5fdd66-8869-533d-986f-76408152ba27"
    assert derived_id("profile", user_id) == "10f81caf-89cc-505d-8ccf-0f81595ea1c2"
    metrics = derived_id("body_metrics", user_id, "2026-11-23")
    assert metrics == "8b47ef62-442b-569c-8912-61bab0ad28d5"
    log = derived_id("food_logs", user_id, "2026-11-23", meal, food)
    assert log == "0bfd7c2d-022d-5c27-a10f-6138e38c5b03"


def _expected(user: User, collection: str) -> tuple[dict[str, object], str]:
    planned: dict[str, object] = LOG | {"planned": True}
    expected: dict[str, tuple[dict[str, object], str]] = {
        "profile": ({"weight_unit": "lb"}, derived_id("profile", user.id)),
        "body_metrics": (
            {"date": DATE, "weight_kg": 80},
            derived_id("body_metrics", user.id, DATE),
        ),
        "food_logs": (
            planned,
            derived_id("food_logs", user.id, DATE, str(LOG["meal_id"]), str(LOG["food_id"])),
        ),
    }
    return expected[collection]


@pytest.mark.parametrize("collection", ["profile", "body_metrics", "food_logs"])
def test_a_put_under_another_id_is_stored_under_the_derived_one(
    user: User, collection: str
) -> None:
    data, derived = _expected(user, collection)
    change = put(collection, data)
    result = user.applied(change)["results"][0]
    assert result["id"] == change["id"]
    assert result["canonical_id"] == derived
    assert [record["id"] for record in user.changes()] == [derived]


@pytest.mark.parametrize("collection", ["profile", "body_metrics", "food_logs"])
def test_a_put_under_the_derived_id_stays_there(user: User, collection: str) -> None:
    data, derived = _expected(user, collection)
    result = user.applied(put(collection, data, derived))["results"][0]
    assert result.get("canonical_id", derived) == derived
    assert [record["id"] for record in user.changes()] == [derived]


@pytest.mark.parametrize("collection", ["profile", "body_metrics", "food_logs"])
def test_two_devices_that_log_the_same_thing_make_one_record(user: User, collection: str) -> None:
    data, derived = _expected(user, collection)
    user.applied(put(collection, data, clock=at(10)))
    user.applied(put(collection, data, clock=at(20)), device_id=new_id())
    [record] = user.changes()
    assert (record["id"], record["clock"]) == (derived, at(20))


def test_the_same_key_twice_in_a_batch_makes_one_record(user: User) -> None:
    user.push(
        put("body_metrics", {"date": DATE, "weight_kg": 80}, clock=at(10)),
        put("body_metrics", {"date": DATE, "weight_kg": 81}, clock=at(20)),
    )
    [record] = user.changes()
    assert record["data"]["weight_kg"] == 81


def test_a_put_under_another_days_id_moves_the_record(user: User) -> None:
    monday, tuesday = (derived_id("body_metrics", user.id, f"2026-11-{day}") for day in (23, 24))
    user.applied(put("body_metrics", {"date": "2026-11-23", "weight_kg": 80}, monday))
    cursor = user.pull()["cursor"]
    moved = put("body_metrics", {"date": "2026-11-24", "weight_kg": 81}, monday)
    assert user.applied(moved)["results"][0]["canonical_id"] == tuesday
    records = {record["id"]: record for record in user.pull(cursor=cursor)["changes"]}
    assert records[monday]["deleted"]
    assert records[monday]["clock"] == moved["clock"]
    assert (records[tuesday]["deleted"], records[tuesday]["data"]["weight_kg"]) == (False, 81)


def test_another_day_is_another_record(user: User) -> None:
    user.applied(
        put("body_metrics", {"date": "2026-11-23", "weight_kg": 80}),
        put("body_metrics", {"date": "2026-11-24", "weight_kg": 81}),
    )
    assert len(user.changes()) == 2


def test_a_log_that_was_not_planned_keeps_its_id(user: User) -> None:
    changes = [put("food_logs", LOG), put("food_logs", LOG)]
    answer = user.applied(*changes)
    assert all("canonical_id" not in result for result in answer["results"])
    assert {record["id"] for record in user.changes()} == {change["id"] for change in changes}


def test_a_patch_that_keeps_the_key_is_applied(user: User) -> None:
    data, derived = _expected(user, "body_metrics")
    user.applied(put("body_metrics", data, derived))
    user.applied(patch("body_metrics", derived, {"waist_cm": 82}))
    user.applied(patch("body_metrics", derived, {"date": DATE, "waist_cm": 83}))
    assert user.changes()[0]["data"]["waist_cm"] == 83


@pytest.mark.parametrize(
    ("collection", "fields"),
    [
        ("body_metrics", {"date": "2026-11-24"}),
        ("food_logs", {"date": "2026-11-24"}),
        ("food_logs", {"meal_id": new_id()}),
        ("food_logs", {"food_id": new_id(), "grams": 80}),
    ],
)
def test_a_patch_that_would_change_the_key_is_rejected(
    user: User, collection: str, fields: dict[str, object]
) -> None:
    data, derived = _expected(user, collection)
    user.applied(put(collection, data, derived))
    result = user.result(patch(collection, derived, fields))
    assert result["status"] == "rejected"
    assert result["error"]["code"] == "natural_key_change"
    assert user.changes()[0]["data"]["date"] == DATE


def test_the_key_of_one_user_is_not_the_key_of_another(user: User, other: User) -> None:
    for one in (user, other):
        one.applied(put("body_metrics", {"date": DATE, "weight_kg": 80}))
    assert user.changes()[0]["id"] != other.changes()[0]["id"]
