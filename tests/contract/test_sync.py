"""Push and pull in one round trip, and what a client may ask beside them."""

import json

import pytest

from .http_client import User
from .records import delete, new_id, patch, put


def _both(user: User, *changes: object, **pull: object) -> dict[str, object]:
    return {"push": user.envelope(*changes), "pull": pull}


def test_one_round_trip_pushes_then_pulls(user: User) -> None:
    change = put("foods")
    answer = user.push_body(_both(user, change), path="/sync").ok()
    assert answer["push"]["results"][0]["status"] == "applied"
    assert [pulled["id"] for pulled in answer["pull"]["changes"]] == [change["id"]]
    assert {"cursor", "has_more", "day_views", "server_clock"} <= answer["pull"].keys()
    again = user.push_body(_both(user, cursor=answer["pull"]["cursor"]), path="/sync").ok()
    assert again["pull"]["changes"] == []


def test_the_pull_part_takes_a_limit(user: User) -> None:
    body = _both(user, put("foods"), put("foods"), limit=1)
    answer = user.push_body(body, path="/sync").ok()
    assert len(answer["pull"]["changes"]) == 1
    assert answer["pull"]["has_more"] is True


def test_a_repeat_has_the_stored_push_and_a_fresh_pull(user: User) -> None:
    key, body = new_id(), _both(user, put("foods"))
    first = user.push_body(body, key, path="/sync")
    later = put("exercises")
    user.applied(later)
    second = user.push_body(body, key, path="/sync")
    assert second.headers.get("Idempotent-Replay") == "true"
    assert second.ok()["push"] == first.ok()["push"]
    assert [change["id"] for change in second.json["pull"]["changes"]][-1] == later["id"]
    assert len(user.changes()) == 2


def test_the_same_key_with_another_push_part_is_refused(user: User) -> None:
    key = new_id()
    user.push_body(_both(user, put("foods")), key, path="/sync").ok()
    answer = user.push_body(_both(user, put("foods")), key, path="/sync")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_a_bad_cursor_in_the_pull_part_pushes_nothing(user: User) -> None:
    answer = user.push_body(_both(user, put("foods"), cursor="nonsense"), path="/sync")
    assert (answer.status, answer.code) == (400, "invalid_cursor")
    assert user.changes() == []


def test_an_app_that_is_too_old_to_pull_strands_no_edit(user: User) -> None:
    key, change = new_id(), put("foods")
    answer = user.push_body(_both(user, change, schema_version=0), key, path="/sync")
    assert (answer.status, answer.code) == (426, "upgrade_required")
    assert [pulled["id"] for pulled in user.changes()] == [change["id"]]


@pytest.mark.parametrize("pull", [{"limit": 0}, {"limit": 5001}, {"limit": "x"}, {"limit": True}])
def test_a_bad_pull_part_is_refused(anyone: User, pull: dict[str, object]) -> None:
    assert anyone.push_body(_both(anyone, **pull), path="/sync").status in (400, 422)


@pytest.mark.parametrize("body", [{}, [], {"push": 1}, {"pull": {}}, {"push": []}])
def test_a_combined_body_of_the_wrong_shape_is_refused(anyone: User, body: object) -> None:
    assert anyone.push_body(body, path="/sync").status in (400, 422)


def test_config_tells_limits_retention_and_schema_versions(anyone: User) -> None:
    answer = anyone.get("/sync/config").ok()
    assert answer["limits"]
    assert answer["retention"]
    assert 1 <= answer["schema_version"]["oldest"] <= answer["schema_version"]["current"]


def test_check_counts_the_live_records_of_each_collection(user: User) -> None:
    changes = [put("foods"), put("foods"), put("exercises")]
    version = user.applied(*changes)["version"]
    answer = user.get("/sync/check").ok()
    assert answer["version"] == version
    counts = {name: entry["count"] for name, entry in answer["collections"].items()}
    assert {name: count for name, count in counts.items() if count} == {
        "foods": 2,
        "exercises": 1,
    }
    user.applied(delete("foods", changes[0]["id"]))
    assert user.get("/sync/check").ok()["collections"]["foods"]["count"] == 1


def test_a_digest_moves_with_its_collection_and_with_no_other(user: User) -> None:
    change = put("foods")
    user.applied(change, put("exercises"))
    before = user.get("/sync/check").ok()["collections"]
    user.applied(patch("foods", change["id"], {"notes": "dry"}))
    after = user.get("/sync/check").ok()["collections"]
    assert after["foods"]["digest"] != before["foods"]["digest"]
    assert after["exercises"] == before["exercises"]


def test_check_needs_a_token(anyone: User) -> None:
    assert anyone.server.request("GET", "/sync/check").status == 401


MALFORMED = [
    b'{"limit":1e400}',
    b'{"limit":-1e400}',
    b'{"limit":' + b"9" * 5000 + b"}",
    b'{"limit":1.5}',
    b'{"limit":true}',
    b'{"limit":NaN}',
    b'{"cursor":"\xff"}',
    b'{"cursor":"\xed\xa0\x80"}',
    rb'{"cursor":"\ud800"}',
    rb'{"\udfff":1}',
    b'{"device_id":"\xc0\x80"}',
    b'{"device_id":{"a":1}}',
    b'{"collections":[1]}',
    b'{"collections":["\xf5"]}',
    b'{"cursor":' + b"[" * 2000 + b"]" * 2000 + b"}",
    b"[]",
    b'"text"',
    b"1e400",
    b"null",
]
DEVICE = b'"device_id":"740ae7d2-d6b5-4159-b589-69d235b8deb6"'


def test_a_pull_part_that_no_url_could_hold_is_refused_unread(anyone: User) -> None:
    push = json.dumps(anyone.envelope()).encode()
    part = b'{"limit":' + b"9" * 70_000 + b"}"
    answer = anyone.push_body(b'{"push":' + push + b',"pull":' + part + b"}", path="/sync")
    assert (answer.status, answer.code) == (400, "invalid_parameter")


@pytest.mark.parametrize("part", MALFORMED)
def test_a_malformed_pull_part_is_refused_and_pushes_nothing(user: User, part: bytes) -> None:
    push = json.dumps(user.envelope(put("foods"))).encode()
    body = b'{"push":' + push + b',"pull":' + part + b"}"
    answer = user.push_body(body, path="/sync")
    assert 400 <= answer.status < 500
    assert user.changes() == []


@pytest.mark.parametrize(
    "part",
    [
        *(part.replace(b'{"', b"{" + DEVICE + b',"changes":[],"') for part in MALFORMED),
        *(b"{" + DEVICE + b',"changes":[' + part + b"]}" for part in (b'{"a":1e}', b'"\xff', b"-")),
    ],
)
def test_a_malformed_push_part_is_refused(anyone: User, part: bytes) -> None:
    answer = anyone.push_body(b'{"push":' + part + b"}", path="/sync")
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("part", [part for part in MALFORMED if part.startswith(b"{")])
def test_a_malformed_change_is_refused_or_rejected_alone(anyone: User, part: bytes) -> None:
    push = b"{" + DEVICE + b',"changes":[' + part + b"]}"
    for body, path in ((push, "/sync/push"), (b'{"push":' + push + b"}", "/sync")):
        answer = anyone.push_body(body, path=path)
        if answer.status == 200:
            pushed = answer.json["push"] if path == "/sync" else answer.json
            assert pushed["results"][0]["status"] == "rejected"
