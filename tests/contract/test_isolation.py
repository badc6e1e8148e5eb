"""Two users: neither can see, touch or detect the other's records, whatever their ids."""

from .http_client import User
from .records import DATE, at, delete, food, new_id, patch, put


def test_two_users_may_hold_the_same_id(user: User, other: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change)
    other.applied(put("foods", food(name="Rye"), change["id"], at(5)))
    assert user.changes()[0]["data"]["name"] == "Oats"
    assert other.changes()[0]["data"]["name"] == "Rye"


def test_an_id_of_another_user_answers_like_one_that_never_was(user: User, other: User) -> None:
    taken = put("foods")
    user.applied(taken)
    for record_id in (taken["id"], new_id()):
        result = other.result(patch("foods", record_id, {"notes": "mine"}))
        assert (result["status"], result["error"]["code"]) == ("rejected", "unknown_record")
        guarded = other.result(put("foods", id=record_id, base_version=1))
        assert guarded["status"] == "conflict"
        assert guarded.get("record") is None
    assert other.changes() == []


def test_a_delete_by_another_user_deletes_nothing(user: User, other: User) -> None:
    change = put("foods")
    user.applied(change)
    before = user.changes()
    other.applied(delete("foods", change["id"]))
    assert user.changes() == before


def test_the_versions_of_one_user_do_not_move_with_anothers(user: User, other: User) -> None:
    user.applied(put("foods"))
    cursor = user.pull()["cursor"]
    other.applied(*(put("foods") for _ in range(5)))
    assert user.changes(cursor=cursor) == []
    assert user.get("/sync/check").ok()["version"] == 1


def test_a_record_that_names_another_users_parent_shows_nothing_of_it(
    user: User, other: User
) -> None:
    session = put("workout_sessions", {"date": DATE, "name": "Secret"})
    user.applied(session)
    other.applied(
        put(
            "workout_sets",
            {"session_id": session["id"], "exercise_id": new_id(), "position": 1, "reps": 5},
        )
    )
    assert b"Secret" not in other.get("/sync/pull").body
    assert b"Secret" not in other.get(f"/days/{DATE}").body


def test_another_users_food_does_not_feed_the_day(user: User, other: User) -> None:
    meal = put("foods", food(energy_kcal=876))
    user.applied(meal)
    other.applied(put("food_logs", {"date": DATE, "food_id": meal["id"], "grams": 100}))
    assert b"876" not in other.get(f"/days/{DATE}").body
    assert b"Oats" not in other.get(f"/days/{DATE}/diet").body
