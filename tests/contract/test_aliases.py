"""Ids that were sent for records with a natural key stay good; a record whose key changes moves."""

import itertools
from typing import Any

import pytest

from .http_client import User
from .records import DATE, at, delete, new_id, patch, put

FOOD, MEAL = new_id(), new_id()
LOG = {"date": DATE, "food_id": FOOD, "meal_id": MEAL, "grams": 100}
PLANNED = LOG | {"planned": True}
WEIGHT = {"date": DATE, "weight_kg": 80}


def _live(user: User) -> list[dict[str, Any]]:
    return [record for record in user.changes() if not record["deleted"]]


def _underived(user: User, data: dict[str, Any] = PLANNED) -> tuple[str, str]:
    """A record that was sent under an id of its own: that id, and the canonical one."""
    collection = "body_metrics" if "weight_kg" in data else "food_logs"
    change = put(collection, data)
    result = user.result(change)
    assert result["status"] == "applied"
    return change["id"], result["canonical_id"]


def test_a_delete_under_the_id_that_was_sent_deletes_the_record(user: User) -> None:
    sent, canonical = _underived(user)
    result = user.result(delete("food_logs", sent))
    assert (result["status"], result["canonical_id"]) == ("applied", canonical)
    assert _live(user) == []


def test_a_patch_under_the_id_that_was_sent_reaches_the_record(user: User) -> None:
    sent, canonical = _underived(user)
    result = user.result(patch("food_logs", sent, {"notes": "late"}))
    assert (result["status"], result["canonical_id"]) == ("applied", canonical)
    assert [record["data"]["notes"] for record in _live(user)] == ["late"]


def test_an_alias_is_known_within_its_own_push(user: User) -> None:
    change = put("food_logs", PLANNED)
    answer = user.applied(
        change,
        patch("food_logs", change["id"], {"notes": "late"}),
        delete("food_logs", change["id"]),
    )
    assert len({result["canonical_id"] for result in answer["results"]}) == 1
    assert _live(user) == []


def test_guards_hold_for_the_record_behind_an_alias(user: User) -> None:
    sent, _ = _underived(user)
    version = _live(user)[0]["version"]
    edit = patch("food_logs", sent, {"notes": "late"}, base_version=version)
    assert user.result(edit)["status"] == "applied"
    again = patch("food_logs", sent, {"notes": "later"}, base_version=version)
    assert user.result(again)["status"] == "conflict"


def test_rest_calls_reach_the_record_by_its_alias(user: User) -> None:
    sent, canonical = _underived(user, WEIGHT)
    path = f"/body-metrics/{sent}"
    assert user.get(path).ok()["id"] == canonical
    assert user.request("PATCH", path, {"notes": "late"}).ok()["id"] == canonical
    assert user.request("DELETE", path).status == 204
    assert user.get(path).status == 404
    assert _live(user) == []


def test_an_alias_lives_as_long_as_the_tombstone(user: User) -> None:
    sent, canonical = _underived(user)
    user.applied(delete("food_logs", sent))
    assert user.result(put("food_logs", PLANNED, sent))["canonical_id"] == canonical
    assert [record["id"] for record in _live(user)] == [canonical]


def test_a_log_that_becomes_planned_is_there_once(user: User) -> None:
    log = put("food_logs", LOG)
    user.applied(log)
    cursor = user.pull()["cursor"]
    planned = put("food_logs", PLANNED, log["id"])
    canonical = user.result(planned)["canonical_id"]
    records = {record["id"]: record for record in user.pull(cursor=cursor)["changes"]}
    assert records[log["id"]]["deleted"]
    assert records[log["id"]]["clock"] == planned["clock"]
    assert [record["id"] for record in _live(user)] == [canonical]
    assert user.result(planned)["status"] == "unchanged"
    assert user.result(patch("food_logs", log["id"], {"notes": "x"}))["canonical_id"] == canonical


def test_a_planned_log_that_is_eaten_is_there_once(user: User) -> None:
    sent, canonical = _underived(user)
    user.applied(put("food_logs", LOG, sent))
    assert [record["id"] for record in _live(user)] == [sent]
    user.applied(put("food_logs", PLANNED, sent))
    assert [record["id"] for record in _live(user)] == [canonical]
    user.applied(put("food_logs", LOG, canonical))
    [eaten] = _live(user)
    assert eaten["id"] != canonical
    assert eaten["data"].get("planned", False) is False
    user.applied(put("food_logs", PLANNED))
    assert {record["id"] for record in _live(user)} == {eaten["id"], canonical}


def test_a_moved_weighing_merges_with_the_one_of_its_day(user: User) -> None:
    other_day = {"date": "2026-11-24", "weight_kg": 81}
    first, second = put("body_metrics", WEIGHT), put("body_metrics", other_day | {"notes": "eve"})
    user.applied(first, second)
    moved = user.result(put("body_metrics", other_day | {"weight_kg": 82}, first["id"]))
    [record] = _live(user)
    assert record["id"] == moved["canonical_id"]
    assert record["data"]["weight_kg"] == 82


def test_the_old_day_can_be_weighed_again(user: User) -> None:
    sent, monday = _underived(user, WEIGHT)
    user.applied(put("body_metrics", {"date": "2026-11-24", "weight_kg": 81}, sent))
    user.applied(put("body_metrics", WEIGHT | {"weight_kg": 79}, monday))
    weights = {record["data"]["date"]: record["data"]["weight_kg"] for record in _live(user)}
    assert weights == {DATE: 79, "2026-11-24": 81}
    user.applied(patch("body_metrics", monday, {"notes": "again"}))
    notes = {record["data"]["date"]: record["data"].get("notes") for record in _live(user)}
    assert notes == {DATE: "again", "2026-11-24": None}


def test_an_older_put_does_not_move_a_record(user: User) -> None:
    log = put("food_logs", LOG, clock=at(20))
    user.applied(log)
    result = user.result(put("food_logs", PLANNED, log["id"], at(10)))
    assert result["status"] == "stale"
    assert [record["id"] for record in _live(user)] == [log["id"]]


ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
STORY = [
    put("food_logs", LOG, ID, at(10)),
    patch("food_logs", ID, {"notes": "kept"}, at(40)),
    put("food_logs", PLANNED, ID, at(20)),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_of_arrival_ends_in_one_record(user: User, order: tuple[int, ...]) -> None:
    for index in order:
        user.push(STORY[index])
    for change in STORY:
        user.push(change)
    [record] = _live(user)
    assert record["data"] | {"notes": "kept"} == record["data"]
    assert (record["data"]["planned"], record["clock"]) == (True, at(40))


def test_a_record_that_moves_there_and_back_stays_alive(user: User) -> None:
    log = put("food_logs", LOG, clock=at(10))
    user.push(log, patch("food_logs", log["id"], {"notes": "late"}, at(70)))
    user.push(put("food_logs", PLANNED, log["id"], at(20)))
    user.push(put("food_logs", LOG, log["id"], at(60)))
    [record] = _live(user)
    assert (record["id"], record["data"]["notes"]) == (log["id"], "late")


@pytest.mark.parametrize("reverse", [False, True])
def test_a_delete_that_overtakes_its_put_deletes_the_record(user: User, reverse: bool) -> None:
    change = put("food_logs", PLANNED, clock=at(10))
    story = [change, delete("food_logs", change["id"], at(20))]
    for step in reversed(story) if reverse else story:
        user.push(step)
    assert _live(user) == []


def test_a_create_with_the_same_fields_is_repeated(user: User) -> None:
    food = {"id": new_id(), "name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59,
            "fat_g": 7}  # fmt: skip
    created = user.request("POST", "/foods", food)
    again = user.request("POST", "/foods", food)
    assert (created.status, again.status) == (201, 200)
    assert again.ok() == created.ok(201)
    other = user.request("POST", "/foods", food | {"name": "Oat flakes"})
    assert (other.status, other.code) == (409, "record_exists")


def test_a_workout_with_its_sets_is_repeated(user: User) -> None:
    workout = {
        "id": new_id(),
        "date": DATE,
        "name": "Push",
        "sets": [{"exercise_id": new_id(), "reps": 5}] * 2,
    }
    created = user.push_body(workout, path="/workout-sessions")
    again = user.push_body(workout, path="/workout-sessions")
    assert (created.status, again.status) == (201, 200), again.body
    assert again.ok()["sets"] == created.ok(201)["sets"]
    changed = workout | {"sets": [{"exercise_id": new_id(), "reps": 6}]}
    assert user.push_body(changed, path="/workout-sessions").status == 409
    assert len([it for it in _live(user) if it["collection"] == "workout_sets"]) == 2
