"""The list of workout sessions shows the totals of each."""

from typing import Any

from .http_client import User
from .records import DATE, delete, new_id, put

SESSIONS = "/workout-sessions"
BENCH = new_id()


def _train(user: User, *sets: dict[str, Any], **fields: object) -> str:
    """Id of a session that was made with these sets."""
    body = {"date": DATE, "name": "Push day", "sets": list(sets)} | fields
    return str(user.push_body(body, path=SESSIONS).ok(201)["id"])


def _totals(user: User, **parameters: object) -> list[dict[str, Any]]:
    """Totals in the order of the list, after a comparison with each session."""
    items = user.get(SESSIONS, **parameters).ok()["items"]
    for item in items:
        single = user.get(f"{SESSIONS}/{item['id']}").ok()
        totals = item.pop("totals")
        assert totals["sets"] == len(single["sets"])
        assert {name: single[name] for name in ("volume_kg", "duration_s")} == {
            name: totals[name] for name in ("volume_kg", "duration_s")
        }
        assert item.items() <= single.items()
        item["totals"] = totals
    return [item["totals"] for item in items]


def test_each_session_of_the_list_has_its_totals(user: User) -> None:
    _train(user, date="2026-11-20")
    _train(
        user,
        {"exercise_id": BENCH, "kind": "warmup", "reps": 10, "weight_kg": 40},
        {"exercise_id": BENCH, "reps": 5, "weight_kg": 100.25},
        {"exercise_id": BENCH, "duration_s": 60},
        started_at="2026-11-23T18:00:00Z",
        ended_at="2026-11-23T19:02:00Z",
    )
    assert _totals(user) == [
        {"sets": 3, "volume_kg": 501.25, "duration_s": 3720},
        {"sets": 0, "volume_kg": 0, "duration_s": None},
    ]
    assert [it["sets"] for it in _totals(user, limit=1)] == [3]
    assert [it["sets"] for it in _totals(user, **{"to": "2026-11-20"})] == [0]


def test_totals_follow_sets_of_any_device(user: User) -> None:
    id = _train(user, {"exercise_id": BENCH, "reps": 5, "weight_kg": 100})
    data = {"session_id": id, "exercise_id": BENCH, "position": 1, "reps": 1, "weight_kg": 12.5}
    added = put("workout_sets", data)
    user.applied(added, device_id=new_id())
    assert _totals(user) == [{"sets": 2, "volume_kg": 512.5, "duration_s": None}]
    user.applied(delete("workout_sets", added["id"]))
    assert _totals(user) == [{"sets": 1, "volume_kg": 500, "duration_s": None}]


def test_body_weight_counts_as_in_the_session(user: User) -> None:
    own = user.request("POST", "/exercises", {"name": "Pull-up", "equipment": "body only"}).ok(201)
    _train(user, {"exercise_id": own["id"], "reps": 10}, bodyweight_kg=80)
    _train(user, {"exercise_id": own["id"], "reps": 10})
    assert sorted(it["volume_kg"] for it in _totals(user)) == [0, 800]
