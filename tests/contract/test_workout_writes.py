"""Workout sessions written with their sets: upserts by id, last write wins, all or nothing."""

from typing import Any

import pytest

from .http_client import User
from .records import DATE, new_id, patch, put

SESSIONS = "/workout-sessions"
BENCH = new_id()
SESSION = {"date": DATE, "name": "Push day"}


def _set(**fields: object) -> dict[str, Any]:
    return {"exercise_id": BENCH, "reps": 5, "weight_kg": 100} | fields


def _train(user: User, *sets: dict[str, Any]) -> dict[str, Any]:
    """A session with sets, made in one request."""
    made: dict[str, Any] = user.push_body(SESSION | {"sets": list(sets)}, path=SESSIONS).ok(201)
    return made


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_sets_of_a_body_are_written_and_the_others_stay(user: User, method: str) -> None:
    made = _train(user, _set(), _set(reps=4), _set(reps=3))
    where, cursor = f"{SESSIONS}/{made['id']}", user.pull()["cursor"]
    first, second, third = made["sets"]
    added, own_id = _set(reps=1), new_id()
    sets = [_set(id=second["id"], reps=6), added, _set(id=own_id, reps=2)]
    written = user.request(method, where, SESSION | {"rating": 5, "sets": sets}).ok()
    assert user.get(where).ok() == written
    assert written["rating"] == 5
    assert [it["reps"] for it in written["sets"]] == [5, 6, 3, 1, 2]
    assert [it["position"] for it in written["sets"]] == [0, 1, 2, 3, 4]
    assert [it["id"] for it in written["sets"][:3]] == [it["id"] for it in made["sets"]]
    assert written["sets"][4]["id"] == own_id
    assert {it["session_id"] for it in written["sets"]} == {made["id"]}
    assert (written["sets"][0], written["sets"][2]) == (first, third)
    assert written["volume_kg"] == 1700
    changed = {change["id"] for change in user.changes(cursor=cursor)}
    assert changed == {it["id"] for it in written["sets"]} - {first["id"], third["id"]} | {
        made["id"]
    }


def test_a_put_writes_whole_sets_and_a_patch_the_fields_that_it_names(user: User) -> None:
    made = _train(user, _set(notes="heavy", rpe=8))
    where, id = f"{SESSIONS}/{made['id']}", made["sets"][0]["id"]
    sets = [{"id": id, "notes": "light", "position": 7}]
    [patched] = user.request("PATCH", where, {"sets": sets}).ok()["sets"]
    assert (patched["notes"], patched["position"], patched["rpe"]) == ("light", 7, 8)
    assert (patched["reps"], patched["weight_kg"]) == (5, 100)
    fewer = {"sets": [{"id": id, "reps": 4}]}
    [patched] = user.request("PATCH", where, fewer).ok()["sets"]
    assert (patched["reps"], patched["weight_kg"]) == (4, 100)
    [whole] = user.request("PUT", where, SESSION | {"sets": [_set(id=id)]}).ok()["sets"]
    assert whole.keys() & {"notes", "rpe"} == set()
    assert whole["position"] == 7


def test_a_session_is_created_with_its_sets(user: User) -> None:
    id = new_id()
    answer = user.request("PUT", f"{SESSIONS}/{id}", SESSION | {"sets": [_set(position=4), _set()]})
    assert [it["position"] for it in answer.ok(201)["sets"]] == [4, 5]
    assert user.request("PATCH", f"{SESSIONS}/{new_id()}", {"sets": [_set()]}).status == 404
    assert len(user.changes()) == 3


def test_a_set_of_another_device_is_not_lost(user: User) -> None:
    made = _train(user, _set())
    other = put("workout_sets", _set(session_id=made["id"], position=1, reps=9))
    user.applied(other, device_id=new_id())
    body = SESSION | {"sets": [_set(id=made["sets"][0]["id"], reps=6)]}
    written = user.request("PUT", f"{SESSIONS}/{made['id']}", body).ok()
    assert [it["reps"] for it in written["sets"]] == [6, 9]
    again = user.request("PATCH", f"{SESSIONS}/{made['id']}", {"sets": [_set(reps=1)]}).ok()
    assert [it["position"] for it in again["sets"]] == [0, 1, 2]


def test_a_deleted_set_comes_back_at_its_place(user: User) -> None:
    made = _train(user, _set(), _set(reps=4))
    where, gone = f"{SESSIONS}/{made['id']}", made["sets"][0]["id"]
    user.request("DELETE", f"/workout-sets/{gone}").ok(204)
    sets = user.request("PATCH", where, {"sets": [{"id": gone, "rpe": 9}]}).ok()["sets"]
    assert [(it["id"], it.get("rpe")) for it in sets] == [(gone, 9), (made["sets"][1]["id"], None)]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({"reps": "five"}, {"reps"}),
        ({"rpe": 8.3, "kind": "heavy"}, {"rpe", "kind"}),
        ({"colour": "red"}, {"colour"}),
        ({"exercise_id": None}, {"exercise_id"}),
        ({"session_id": new_id()}, {"session_id"}),
        ({"position": -1}, {"position"}),
        ({"id": "x"}, {"id"}),
    ],
)
def test_an_error_names_the_set_and_its_field_and_nothing_is_stored(
    user: User, method: str, wrong: dict[str, Any], errors: set[str]
) -> None:
    made = _train(user, _set())
    where, version = f"{SESSIONS}/{made['id']}", user.get("/sync/check").ok()["version"]
    sets = [_set(id=made["sets"][0]["id"], reps=6), _set() | wrong]
    answer = user.request(method, where, SESSION | {"rating": 5, "sets": sets})
    assert (answer.status, answer.code) == (422, "invalid_record")
    assert answer.json["errors"].keys() == {"sets"}
    assert answer.json["errors"]["sets"].keys() == {"1"}
    assert answer.json["errors"]["sets"]["1"].keys() == errors
    assert user.get("/sync/check").ok()["version"] == version
    assert user.get(where).ok() == made


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_new_set_must_be_whole(user: User, method: str) -> None:
    made = _train(user)
    bodies: tuple[dict[str, Any], ...] = ({"reps": 5}, {"id": new_id(), "reps": 5})
    for fields in bodies:
        body = SESSION | {"sets": [fields]}
        answer = user.request(method, f"{SESSIONS}/{made['id']}", body)
        assert (answer.status, answer.code) == (422, "invalid_record")
        assert answer.json["errors"] == {
            "sets": {"0": {"exercise_id": ["Missing data for required field."]}}
        }


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_is_no_list_of_sets_is_refused(user: User, method: str) -> None:
    made = _train(user, _set())
    where, id = f"{SESSIONS}/{made['id']}", made["sets"][0]["id"]
    wrong: tuple[object, ...] = (7, "x", {}, None, [7], [None], [[]], [_set(id=id)] * 2)
    for sets in wrong:
        answer = user.request(method, where, SESSION | {"sets": sets})
        assert (answer.status, answer.code) == (422, "invalid_record"), sets
        assert answer.json["errors"].keys() == {"sets"}
    other = user.request(method, where, SESSION | {"id": new_id()})
    assert other.json["errors"].keys() == {"id"}
    assert user.get(where).ok() == made


def test_a_write_with_sets_heeds_versions_and_keys(user: User) -> None:
    made = _train(user, _set())
    where = f"{SESSIONS}/{made['id']}"
    tag, key = user.get(where).headers["ETag"], {"Idempotency-Key": new_id()}
    body = {"sets": [_set(reps=1)]}
    first = user.request("PATCH", where, body, {"If-Match": tag} | key)
    repeat = user.request("PATCH", where, body, {"If-Match": tag} | key)
    assert first.ok() == repeat.ok()
    assert repeat.headers["Idempotent-Replay"] == "true"
    assert len(user.get(where).ok()["sets"]) == 2
    late = user.request("PATCH", where, body, {"If-Match": tag})
    assert (late.status, late.code) == (412, "precondition_failed")


def test_a_set_of_another_session_moves_to_the_end(user: User) -> None:
    one, two = _train(user, _set(reps=1)), _train(user, _set(reps=2), _set(reps=3))
    moved = {"sets": [{"id": one["sets"][0]["id"]}]}
    sets = user.request("PATCH", f"{SESSIONS}/{two['id']}", moved).ok()["sets"]
    assert [(it["reps"], it["position"]) for it in sets] == [(2, 0), (3, 1), (1, 2)]
    assert user.get(f"{SESSIONS}/{one['id']}").ok()["sets"] == []


def test_no_one_writes_into_anothers_session(user: User, other: User) -> None:
    made = _train(user, _set())
    body = {"sets": [{"id": made["sets"][0]["id"], "reps": 9}]}
    assert other.request("PATCH", f"{SESSIONS}/{made['id']}", body).status in (404, 422)
    assert other.changes() == []
    assert user.get(f"{SESSIONS}/{made['id']}").ok() == made
    assert user.result(patch("workout_sets", made["sets"][0]["id"], {"rpe": 7}))
