"""History: what was overwritten, deleted or lost can be read, and restored, for 30 days."""

import uuid
from typing import Any

import pytest

from .http_client import User
from .records import DATE, MINIMAL, OWN_ID, delete, food, new_id, patch, put, tick
from .test_rest_routes import ALL, place


def history(user: User, collection: str, id: str, **parameters: object) -> list[dict[str, Any]]:
    page: dict[str, Any] = user.get(place(collection, id) + "/history", **parameters).ok()
    assert page.keys() == {"items", "next_page_token"}
    items: list[dict[str, Any]] = page["items"]
    return items


def restore(user: User, collection: str, id: str, version: int) -> dict[str, Any]:
    answer = user.push_body({"version": version}, path=place(collection, id) + "/restore")
    record: dict[str, Any] = answer.ok()
    assert record["id"] == id
    return record


def trash(user: User, **parameters: object) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = user.get("/trash", **parameters).ok()["items"]
    return items


def stored(user: User, id: str) -> dict[str, Any]:
    record = user.record(id)
    assert record is not None
    data: dict[str, Any] = record["data"]
    return data


def pushed(user: User, *changes: dict[str, Any]) -> list[int]:
    """The versions of changes that are pushed one after the other."""
    return [user.result(change)["version"] for change in changes]


def test_what_was_overwritten_and_deleted_is_listed_the_newest_first(user: User) -> None:
    id = new_id()
    changes = [put("foods", food(name=name), id) for name in ("Oats", "Rye", "Barley")]
    first, second, third, _ = pushed(user, *changes, delete("foods", id))
    entries = history(user, "foods", id)
    assert [entry["version"] for entry in entries] == [third, second, first]
    assert [entry["why"] for entry in entries] == ["deleted", "overwritten", "overwritten"]
    assert [entry["data"]["name"] for entry in entries] == ["Barley", "Rye", "Oats"]
    assert [entry["clock"] for entry in entries] == [it["clock"] for it in reversed(changes)]
    assert {entry["device_id"] for entry in entries} == {user.device_id}
    times = [entry["replaced_at"] for entry in entries]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("collection", ALL)
def test_a_deleted_record_of_any_collection_can_be_restored(user: User, collection: str) -> None:
    result = user.result(put(collection))
    id = result.get("canonical_id", result["id"])
    before = stored(user, id)
    user.applied(delete(collection, id))
    [entry] = trash(user, collection=collection)
    assert (entry["collection"], entry["id"]) == (collection, id)
    assert (entry["version"], entry["data"]) == (result["version"], before)
    cursor = user.pull()["cursor"]
    restored = restore(user, collection, id, entry["version"])
    assert before.items() <= restored.items()
    assert stored(user, id) == before
    [pulled] = user.changes(cursor=cursor)
    assert (pulled["id"], pulled["version"]) == (id, restored["version"])
    assert trash(user) == []


@pytest.mark.parametrize("collection", OWN_ID)
def test_an_overwritten_record_comes_back_as_a_new_change(user: User, collection: str) -> None:
    id = new_id()
    first, second = pushed(user, put(collection, id=id), put(collection, id=id))
    restored = restore(user, collection, id, first)
    assert restored["version"] > second
    assert [it["version"] for it in history(user, collection, id)] == [second, first]


def test_a_record_that_was_never_changed_has_an_empty_history(user: User) -> None:
    id = new_id()
    user.applied(put("foods", id=id))
    assert history(user, "foods", id) == []
    assert user.get(place("foods", new_id()) + "/history").code == "not_found"


def test_an_intermediate_value_of_one_push_is_there_too(user: User) -> None:
    id = new_id()
    user.applied(*(put("foods", food(name=name), id) for name in ("Oats", "Rye", "Barley")))
    assert [it["data"]["name"] for it in history(user, "foods", id)] == ["Rye", "Oats"]


def test_what_a_stale_change_lost_can_be_restored(user: User) -> None:
    id, early, late = new_id(), tick(), tick()
    user.applied(put("foods", food(name="Oats"), id, late))
    tablet = str(uuid.uuid4())
    lost = put("foods", food(name="Rye", notes="dry"), id, early)
    assert user.result(lost, device_id=tablet)["status"] == "stale"
    assert user.result(lost, device_id=tablet)["status"] == "stale"
    [entry] = history(user, "foods", id)
    assert (entry["why"], entry["clock"], entry["device_id"]) == ("lost", early, tablet)
    assert entry["data"] == {"name": "Rye", "notes": "dry"}
    restore(user, "foods", id, entry["version"])
    assert (stored(user, id)["name"], stored(user, id)["notes"]) == ("Rye", "dry")
    replaced = [it for it in history(user, "foods", id) if it["why"] == "overwritten"]
    assert [it["data"]["name"] for it in replaced] == ["Oats"]


def test_a_merged_change_leaves_both_what_it_replaced_and_what_it_lost(user: User) -> None:
    id, clocks = new_id(), [tick() for _ in range(3)]
    user.applied(put("foods", food(name="Oats"), id, clocks[0]))
    user.applied(patch("foods", id, {"name": "Rye"}, clocks[2]))
    both = patch("foods", id, {"name": "Barley", "notes": "dry"}, clocks[1])
    assert user.result(both, device_id=str(uuid.uuid4()))["status"] == "merged"
    entries = history(user, "foods", id)
    assert {it["why"]: it["data"].get("name") for it in entries} == {
        "lost": "Barley", "overwritten": "Oats"
    }  # fmt: skip
    [lost] = [it for it in entries if it["why"] == "lost"]
    assert lost["data"] == {"name": "Barley"}
    [replaced, _] = [it for it in entries if it["why"] == "overwritten"]
    assert replaced["data"]["name"] == "Rye"
    restore(user, "foods", id, lost["version"])
    assert (stored(user, id)["name"], stored(user, id)["notes"]) == ("Barley", "dry")


def test_a_group_that_lost_is_restored_whole(user: User) -> None:
    id, early, late = new_id(), tick(), tick()
    one = MINIMAL["workout_sets"]
    user.applied(put("workout_sets", one | {"reps": 5, "weight_kg": 100.0}, id, late))
    lost = put("workout_sets", one | {"reps": 8}, id, early)
    assert user.result(lost, device_id=str(uuid.uuid4()))["status"] == "stale"
    [entry] = history(user, "workout_sets", id)
    restore(user, "workout_sets", id, entry["version"])
    data = stored(user, id)
    assert (data["reps"], data.get("weight_kg")) == (8, one.get("weight_kg"))


def test_an_edit_of_a_record_that_was_deleted_meanwhile_is_not_lost(user: User) -> None:
    id, clocks = new_id(), [tick() for _ in range(3)]
    user.applied(put("foods", food(name="Oats"), id, clocks[0]))
    user.applied(delete("foods", id, clocks[2]))
    late = put("foods", food(name="Rye"), id, clocks[1])
    assert user.result(late, device_id=str(uuid.uuid4()))["status"] == "merged"
    [entry] = [it for it in history(user, "foods", id) if it["why"] == "lost"]
    assert entry["data"] == food(name="Rye")
    restore(user, "foods", id, entry["version"])
    assert stored(user, id)["name"] == "Rye"


def test_a_session_comes_back_with_the_sets_that_were_deleted_with_it(user: User) -> None:
    session, gone, stays, *sets = (new_id() for _ in range(5))
    each = MINIMAL["workout_sets"] | {"session_id": session}
    user.applied(
        put("workout_sessions", id=session),
        *(put("workout_sets", each, id) for id in (gone, stays, *sets)),
    )
    # One set was deleted long before, another with its session although in a later push.
    user.applied(delete("workout_sets", gone, tick()))
    late = tick() + 3_600_000_000 - 1_100_000_000
    user.applied(delete("workout_sessions", session, late))
    user.applied(*(delete("workout_sets", id, late + 1) for id in sets))
    [entry] = trash(user, collection="workout_sessions")
    restore(user, "workout_sessions", session, entry["version"])
    workout = user.get(place("workout_sessions", session)).ok()
    assert {it["id"] for it in workout["sets"]} == {stays, *sets}
    assert {it["id"] for it in trash(user)} == {gone}


def test_a_plan_comes_back_with_its_meals_and_their_items(user: User) -> None:
    plan, meal, item = new_id(), new_id(), new_id()
    user.applied(
        put("diet_plans", id=plan),
        put("meals", MINIMAL["meals"] | {"plan_id": plan}, meal),
        put("meal_items", MINIMAL["meal_items"] | {"meal_id": meal}, item),
    )
    user.applied(delete("meal_items", item), delete("meals", meal), delete("diet_plans", plan))
    [entry] = trash(user, collection="diet_plans")
    restore(user, "diet_plans", plan, entry["version"])
    assert {it["id"] for it in user.changes(limit=5000) if not it["deleted"]} == {plan, meal, item}


def test_a_day_that_was_moved_is_overwritten_and_not_deleted(user: User) -> None:
    weight = MINIMAL["body_metrics"] | {"date": DATE}
    result = user.result(put("body_metrics", weight))
    id = result.get("canonical_id", result["id"])
    moved = user.result(put("body_metrics", weight | {"date": "2026-11-24"}, id))
    assert moved["canonical_id"] != id
    assert trash(user) == []
    for name in (id, moved["canonical_id"]):
        [entry] = history(user, "body_metrics", name)
        assert (entry["why"], entry["data"]["date"]) == ("overwritten", DATE)


@pytest.mark.parametrize("by_former_id", [True, False])
def test_a_day_that_was_moved_moves_back(user: User, by_former_id: bool) -> None:
    weight = MINIMAL["body_metrics"] | {"date": DATE}
    result = user.result(put("body_metrics", weight))
    id = result.get("canonical_id", result["id"])
    moved = user.result(put("body_metrics", weight | {"date": "2026-11-24"}, id))["canonical_id"]
    where = place("body_metrics", id if by_former_id else moved) + "/restore"
    restored = user.push_body({"version": result["version"]}, path=where).ok()
    assert (restored["id"], restored["date"]) == (id, DATE)
    [live] = user.get("/body-metrics").ok()["items"]
    assert live["id"] == id


def test_a_plain_write_leaves_history_too(other: User) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    answer = other.server.register(email, device_name="Ann's phone")
    user = User(other.server, email, answer.ok(201))
    record = user.push_body(food(name="Oats"), path="/foods").ok(201)
    where = place("foods", record["id"])
    user.request("PATCH", where, {"name": "Rye"}).ok()
    user.request("DELETE", where).ok(204)
    entries = history(user, "foods", record["id"])
    assert [it["data"]["name"] for it in entries] == ["Rye", "Oats"]
    assert [it["device"] for it in entries] == ["Ann's phone"] * 2


def paged(user: User, path: str, **parameters: object) -> list[dict[str, Any]]:
    """The items of all pages."""
    pages = [user.get(path, **parameters).ok()]
    while token := pages[-1]["next_page_token"]:
        pages.append(user.get(path, **parameters, page_token=token).ok())
    return [item for page in pages for item in page["items"]]


def test_the_history_is_paged(user: User) -> None:
    id = new_id()
    versions = pushed(user, *(put("foods", id=id) for _ in range(6)))
    where = place("foods", id) + "/history"
    assert [it["version"] for it in paged(user, where, limit=2)] == versions[-2::-1]
    token = user.get(where, limit=2).ok()["next_page_token"]
    assert user.get("/trash", page_token=token).code == "invalid_cursor"


def test_the_trash_is_paged_and_of_one_collection_or_of_all(user: User) -> None:
    ids = [new_id() for _ in range(5)]
    user.applied(*(put("foods", id=id) for id in ids), put("exercises", id=(other := new_id())))
    for id in ids:
        user.applied(delete("foods", id))
    user.applied(delete("exercises", other))
    assert [it["id"] for it in trash(user)] == [other, *reversed(ids)]
    assert [it["id"] for it in trash(user, collection="exercises")] == [other]
    found = paged(user, "/trash", collection="foods", limit=2)
    assert [it["id"] for it in found] == ids[::-1]
    assert user.get("/trash", collection="nothing").code == "invalid_parameter"


def test_a_restoration_names_a_version_that_is_there(user: User) -> None:
    id = new_id()
    version, _ = pushed(user, put("foods", id=id), put("foods", id=id))
    where = place("foods", id) + "/restore"
    assert user.push_body({"version": version + 1}, path=where).code == "not_found"
    bodies: list[object] = [{}, {"version": "1"}, {"version": 0}, {"version": 1, "more": 2}, []]
    for body in bodies:
        assert user.push_body(body, path=where).status == 422
    assert user.request("POST", where, b"{").code == "malformed_json"
    guarded = user.push_body({"version": version}, headers={"If-Match": '"1"'}, path=where)
    assert guarded.code == "precondition_failed"
    key = new_id()
    first = user.push_body({"version": version}, key, path=where)
    again = user.push_body({"version": version}, key, path=where)
    assert (first.ok(), again.headers["Idempotent-Replay"]) == (again.ok(), "true")


def test_nobody_elses_history_is_there(user: User, other: User) -> None:
    id = new_id()
    version, _, _ = pushed(user, put("foods", id=id), put("foods", id=id), delete("foods", id))
    assert other.get(place("foods", id) + "/history").code == "not_found"
    assert trash(other) == []
    where = place("foods", id) + "/restore"
    assert other.push_body({"version": version}, path=where).code == "not_found"
