"""Idempotency: the same key and body give the same answer, byte for byte, and one effect."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .http_client import Answer, User
from .records import at, food, new_id, patch, put


def _replayed(answer: Answer) -> bool:
    return answer.headers.get("Idempotent-Replay") == "true"


def test_a_repeat_gets_the_stored_answer_byte_for_byte(user: User) -> None:
    body, key = user.envelope(put("foods"), put("foods", {})), new_id()
    first, second = user.push_body(body, key), user.push_body(body, key)
    assert (first.status, second.status) == (200, 200)
    assert second.body == first.body
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert not _replayed(first)
    assert _replayed(second)
    assert len(user.changes()) == 1


def test_a_repeat_is_the_stored_answer_even_when_the_record_has_moved_on(user: User) -> None:
    change = put("foods", clock=at(10))
    body, key = user.envelope(change), new_id()
    first = user.push_body(body, key)
    user.applied(patch("foods", change["id"], {"notes": "dry"}, at(20)))
    assert user.push_body(body, key).body == first.body
    assert user.changes()[0]["data"]["notes"] == "dry"


def test_a_large_answer_is_replayed_whole(user: User) -> None:
    body, key = user.envelope(*(put("foods") for _ in range(200))), new_id()
    first, second = user.push_body(body, key), user.push_body(body, key)
    assert second.body == first.body
    assert len(second.json["results"]) == 200


def test_the_same_key_with_another_body_is_refused(user: User) -> None:
    key = new_id()
    user.push_body(user.envelope(put("foods")), key).ok()
    answer = user.push_body(user.envelope(put("foods")), key)
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert len(user.changes()) == 1


@pytest.mark.parametrize("path", ["/sync/push", "/sync"])
def test_a_push_without_a_key_is_refused(user: User, path: str) -> None:
    push = user.envelope(put("foods"))
    body = push if path == "/sync/push" else {"push": push, "pull": {}}
    answer = user.request("POST", path, body)
    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    assert user.changes() == []


@pytest.mark.parametrize("key", ["a", "k" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
def test_any_visible_ascii_key_up_to_255_characters_is_taken(user: User, key: str) -> None:
    body = user.envelope(put("foods"))
    user.push_body(body, key).ok()
    assert _replayed(user.push_body(body, key))


@pytest.mark.parametrize("key", ["k" * 256, "two words", "schlüssel", "tab\there"])
def test_a_key_of_any_other_form_is_refused(user: User, key: str) -> None:
    answer = user.push_body(user.envelope(put("foods")), key)
    assert answer.status == 400
    assert user.changes() == []


def test_keys_differ_by_case(user: User) -> None:
    user.push_body(user.envelope(put("foods")), "key").ok()
    assert not _replayed(user.push_body(user.envelope(put("foods")), "KEY"))
    assert len(user.changes()) == 2


@pytest.mark.parametrize("bad", [b"{", b'{"device_id": 1}', b"[" * 10_000])
def test_a_request_that_failed_may_be_sent_right_under_the_same_key(user: User, bad: bytes) -> None:
    key = new_id()
    assert user.push_body(bad, key).status in (400, 413, 422)
    user.push_body(user.envelope(put("foods")), key).ok()
    assert len(user.changes()) == 1


def test_the_same_key_at_the_same_time_has_one_effect(user: User) -> None:
    start = put("foods", clock=at(1))
    before = user.applied(start)["version"]
    body = user.envelope(*(put("foods") for _ in range(20)))
    key = new_id()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: user.push_body(body, key), range(12)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sum(not _replayed(answer) for answer in answers) == 1
    assert len(user.changes()) == 21
    assert answers[0].json["version"] == before + 20


def test_different_keys_at_the_same_time_all_take_effect(user: User) -> None:
    bodies = [user.envelope(put("foods"), put("exercises")) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = [answer.ok() for answer in pool.map(user.push_body, bodies)]
    versions = [result["version"] for answer in answers for result in answer["results"]]
    assert len(set(versions)) == 24
    assert len(user.changes()) == 24


def test_two_users_may_use_the_same_key(user: User, other: User) -> None:
    key = new_id()
    first = user.push_body(user.envelope(put("foods")), key)
    second = other.push_body(other.envelope(put("foods")), key)
    assert (first.status, second.status) == (200, 200)
    assert not _replayed(second)
    assert len(other.changes()) == 1


def test_two_users_may_use_the_same_key_and_the_same_body(user: User, other: User) -> None:
    key, body = new_id(), user.envelope(put("foods", food(name="Rye")))
    user.push_body(body, key).ok()
    answer = other.push_body(body, key)
    assert answer.ok()["results"][0]["status"] == "applied"
    assert not _replayed(answer)
    assert len(other.changes()) == 1
