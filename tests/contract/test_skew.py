"""Skew: a device whose clock is wrong can neither win for ever nor lose its data."""

import json

import pytest

from .http_client import User, now_us
from .records import delete, food, new_id, patch, put

MINUTE = 60_000_000
YEAR = 365 * 24 * 60 * MINUTE


def test_a_clock_that_is_right_is_not_shifted(user: User) -> None:
    assert user.applied(put("foods"))["clock_shift_us"] == 0


@pytest.mark.parametrize("off", [-55_000_000, 55_000_000])
def test_less_than_a_minute_is_left_alone(user: User, off: int) -> None:
    clock = now_us() + off
    answer = user.applied(put("foods", clock=clock), sent_at=now_us() + off)
    assert answer["clock_shift_us"] == 0
    assert user.changes()[0]["clock"] == clock


@pytest.mark.parametrize("off", [YEAR, -YEAR, 9 * YEAR, 65_000_000, -65_000_000])
def test_every_clock_of_a_wrong_device_is_shifted_by_the_difference(user: User, off: int) -> None:
    before = now_us()
    sent_at = before + off
    clocks = [sent_at - 5_000_000, sent_at - 10 * MINUTE]
    answer = user.applied(*(put("foods", clock=clock) for clock in clocks), sent_at=sent_at)
    shift = answer["clock_shift_us"]
    # The two clocks under comparison may be read on two machines, hence a second of room.
    assert abs(shift + off) < 5_000_000
    assert sorted(record["clock"] for record in user.changes()) == sorted(
        clock + shift for clock in clocks
    )


def test_a_phone_in_the_future_does_not_win_for_ever(user: User) -> None:
    change = put("foods", food(name="2035"), clock=now_us() + 9 * YEAR - 5_000_000)
    user.applied(change, sent_at=now_us() + 9 * YEAR)
    user.applied(put("foods", food(name="now"), change["id"], now_us()), device_id=new_id())
    assert user.changes()[0]["data"]["name"] == "now"


def test_a_phone_in_the_past_does_not_lose_its_data(user: User) -> None:
    change = put("foods", food(name="first"), clock=now_us() - 10 * MINUTE)
    user.applied(change, device_id=new_id())
    late = put("foods", food(name="later"), change["id"], now_us() - YEAR)
    user.applied(late, sent_at=now_us() - YEAR)
    assert user.changes()[0]["data"]["name"] == "later"


def test_a_clock_still_ahead_of_the_server_is_clamped_to_its_now(user: User) -> None:
    before = now_us()
    answer = user.applied(put("foods", clock=before + YEAR))
    assert answer["clock_shift_us"] == 0
    clock = user.changes()[0]["clock"]
    assert before - MINUTE < clock < now_us() + MINUTE
    assert abs(clock - answer["server_clock"]) < 5_000_000


def test_the_later_of_two_clamped_writes_is_the_later_one(user: User) -> None:
    ahead = now_us() + YEAR
    change = put("foods", food(notes="zzz"), clock=ahead)
    again = patch("foods", change["id"], {"notes": "aaa"}, clock=ahead + 1)
    gone, back = (
        delete("foods", change["id"], ahead + 2), patch("foods", change["id"], {}, ahead + 3)
    )  # fmt: skip
    user.applied(change, again)
    assert user.changes()[0]["data"]["notes"] == "aaa"
    user.applied(put("foods", food(), gone["id"], ahead + 1), gone, back)
    assert user.changes()[0]["deleted"] is False


def test_a_change_of_an_aborted_push_that_is_sent_again_is_still_the_later_one(user: User) -> None:
    now, hour = now_us(), 60 * MINUTE
    first = put("foods", food(name="first"), clock=now - hour)
    second = patch("foods", first["id"], {"name": "second"}, clock=now - hour + 1000)
    user.applied(first, sent_at=now - hour - 2_000_000)  # a slow network
    aborted = user.push(second, second | {"op": "conjure"}, sent_at=now - hour, atomic=True)
    assert {result["status"] for result in aborted["results"]} == {"rejected"}
    assert user.result(second, sent_at=now - hour)["status"] == "applied"


def test_a_wrong_device_guards_by_clocks_as_it_knows_them(user: User) -> None:
    sent_at = now_us() - YEAR
    change = put("foods", clock=sent_at - 10)
    edit = put("foods", food(name="Rye"), change["id"], sent_at - 5, base_clock=sent_at - 10)
    user.applied(change, edit, sent_at=sent_at)


def test_a_clock_less_than_a_minute_ahead_is_kept(user: User) -> None:
    clock = now_us() + 50_000_000
    user.applied(put("foods", clock=clock))
    assert user.changes()[0]["clock"] == clock


def test_a_push_that_does_not_say_when_it_was_sent_is_clamped_all_the_same(user: User) -> None:
    body = user.envelope(put("foods", clock=now_us() + YEAR))
    del body["sent_at"]
    user.push_body(body).ok()
    assert user.changes()[0]["clock"] < now_us() + MINUTE


def test_the_header_says_when_a_push_was_sent(user: User) -> None:
    now = now_us()
    change = put("foods", clock=now - YEAR - 10)
    body = {"device_id": new_id(), "sent_at": now, "changes": [change]}
    headers = {"Idempotency-Key": new_id(), "Sent-At": str(now - YEAR)}
    answer = user.request("POST", "/sync/push", json.dumps(body).encode(), headers).ok()
    assert abs(answer["clock_shift_us"] - YEAR) < 30_000_000
    assert abs(user.changes()[0]["clock"] - now) < 30_000_000


def test_the_same_push_may_be_sent_again_at_another_time(user: User) -> None:
    body = json.dumps({"device_id": new_id(), "changes": [put("foods")]}).encode()
    key = {"Idempotency-Key": new_id()}
    first = user.request("POST", "/sync/push", body, key | {"Sent-At": str(now_us())})
    again = user.request("POST", "/sync/push", body, key | {"Sent-At": str(now_us() + YEAR)})
    assert (again.ok(), again.headers["Idempotent-Replay"]) == (first.ok(), "true")


@pytest.mark.parametrize("sent_at", ["", "x", "0", "-5", "1.5", str(2**53), "9" * 5000])
@pytest.mark.parametrize("path", ["/sync/push", "/sync"])
def test_a_time_of_sending_that_is_none_is_refused(user: User, path: str, sent_at: str) -> None:
    push = {"device_id": new_id(), "changes": [put("foods")]}
    body = push if path == "/sync/push" else {"push": push}
    headers = {"Idempotency-Key": new_id(), "Sent-At": sent_at}
    answer = user.request("POST", path, json.dumps(body).encode(), headers)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert "Sent-At" in answer.json["errors"]
    assert user.changes() == []
