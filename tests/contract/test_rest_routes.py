"""The plain routes: every collection is a resource, and a write through it is a push."""

from typing import Any

import pytest

from .http_client import User, now_us
from .records import MINIMAL, new_id, patch, put

ALL = sorted(MINIMAL)
A_MINUTE_US = 60_000_000


def place(collection: str, id: str = "") -> str:
    """The path of a collection, or of a record."""
    slug = "/" + collection.replace("_", "-")
    return f"{slug}/{id}" if id else slug


def made(user: User, collection: str) -> dict[str, Any]:
    """The smallest record of a collection, made by a POST."""
    answer = user.push_body(MINIMAL[collection], path=place(collection))
    record: dict[str, Any] = answer.ok(201)
    assert answer.headers["Location"].endswith(place(collection, record["id"]))
    return record


@pytest.mark.parametrize("collection", ALL)
def test_what_is_posted_is_read_listed_and_pulled(user: User, collection: str) -> None:
    record = made(user, collection)
    assert MINIMAL[collection].items() <= record.items()
    assert user.get(place(collection, record["id"])).ok() == record
    [listed] = user.get(place(collection)).ok()["items"]
    assert listed.items() <= record.items()
    [pulled] = user.changes()
    assert (pulled["collection"], pulled["id"]) == (collection, record["id"])
    assert pulled["data"].items() <= record.items()
    assert pulled["version"] == record["version"]


@pytest.mark.parametrize("collection", ALL)
def test_what_is_pushed_is_read_and_deleted(user: User, collection: str) -> None:
    result = user.result(put(collection))
    id = result.get("canonical_id", result["id"])
    assert MINIMAL[collection].items() <= user.get(place(collection, id)).ok().items()
    cursor = user.pull()["cursor"]
    user.request("DELETE", place(collection, id)).ok(204)
    assert user.get(place(collection, id)).status == 404
    assert user.get(place(collection)).ok()["items"] == []
    [tombstone] = user.changes(cursor=cursor)
    assert (tombstone["id"], tombstone["deleted"]) == (id, True)


def test_a_put_replaces_and_a_patch_changes(user: User) -> None:
    record = made(user, "foods")
    where = place("foods", record["id"])
    patched = user.request("PATCH", where, {"notes": "dry"}).ok()
    assert (patched["notes"], patched["name"]) == ("dry", record["name"])
    replaced = user.request("PUT", where, MINIMAL["foods"]).ok()
    assert "notes" not in replaced
    assert patched["version"] < replaced["version"]
    fresh = place("foods", new_id())
    assert user.request("PUT", fresh, MINIMAL["foods"]).status == 201


def test_a_plain_write_wins_over_a_clock_that_is_ahead(user: User) -> None:
    id = new_id()
    ahead = now_us() + A_MINUTE_US // 2
    user.applied(put("foods", id=id, clock=ahead))
    answer = user.request("PATCH", place("foods", id), {"name": "Rye"}).ok()
    assert (answer["name"], answer["clock"]) == ("Rye", ahead + 1)
    assert user.result(patch("foods", id, {"name": "Oats"}, ahead))["status"] == "stale"


def test_versions_guard(user: User) -> None:
    record = made(user, "foods")
    where = place("foods", record["id"])
    tag = user.get(where).headers["ETag"]
    assert user.request("GET", where, None, {"If-None-Match": tag}).status == 304
    user.request("PATCH", where, {"notes": "dry"}, {"If-Match": tag}).ok()
    late = user.request("PATCH", where, {"notes": "wet"}, {"If-Match": tag})
    assert (late.status, late.code) == (412, "precondition_failed")
    twice = user.request("PUT", where, MINIMAL["foods"], {"If-None-Match": "*"})
    assert twice.code == "precondition_failed"


def test_a_workout_is_one_request(user: User) -> None:
    sets = [
        {"exercise_id": new_id(), "kind": "warmup", "reps": 10, "weight_kg": 40},
        {"exercise_id": new_id(), "reps": 5, "weight_kg": 100},
    ]
    ends = {"started_at": "2026-11-23T18:00:00Z", "ended_at": "2026-11-23T19:02:00Z"}
    body = MINIMAL["workout_sessions"] | ends | {"sets": sets}
    assert user.request("POST", "/workout-sessions", body).code == "idempotency_key_missing"
    key = new_id()
    first = user.push_body(body, key, path="/workout-sessions")
    workout = first.ok(201)
    assert (workout["volume_kg"], workout["duration_s"]) == (500, 3720)
    assert [it["session_id"] for it in workout["sets"]] == [workout["id"]] * 2
    repeat = user.push_body(body, key, path="/workout-sessions")
    assert (repeat.status, repeat.body) == (201, first.body)
    assert repeat.headers["Idempotent-Replay"] == "true"
    assert user.push_body(MINIMAL["foods"], key, path="/foods").code == "idempotency_key_reused"
    assert len(user.changes()) == 3
    bad = user.push_body(body | {"sets": [*sets, {"reps": 1}]}, path="/workout-sessions")
    assert (bad.status, bad.code) == (422, "invalid_record")
    assert len(user.changes()) == 3


def test_a_list_is_paged(user: User) -> None:
    ids = {change["id"] for change in _pushed(user, 7)}
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        more = {"page_token": token} if token else {}
        page = user.get("/foods", limit=3, **more).ok()
        found += [item["id"] for item in page["items"]]
        token = page["next_page_token"]
    assert len(found) == 7
    assert set(found) == ids


def _pushed(user: User, count: int) -> list[dict[str, Any]]:
    changes = [put("foods") for _ in range(count)]
    user.applied(*changes)
    return changes
