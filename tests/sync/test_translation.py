"""Translation of a recorded request to another user and another time."""

from dataclasses import replace

import pytest

from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json
from trackforge_client.replay.exchange import Exchange
from trackforge_client.replay.translation import Translation, latest_server_time_us, target

THEN, NOW = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11", "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b12"
SET = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b13"
YEAR_US = 365 * 86_400_000_000
RECORDED_US, OFFSET_US = 1_700_000_000_000_000, 2 * YEAR_US
NOW_US = RECORDED_US + OFFSET_US + 5_000_000


def metrics_id(user: str) -> str:
    id = natural_id("body_metrics", CONTRACTS["body_metrics"], user, {"date": "2026-11-23"})
    assert id is not None
    return id


def push(*changes: Json, shift: int = 0, sent_at: int = RECORDED_US) -> Exchange:
    body: dict[str, Json] = {"device_id": SET, "sent_at": sent_at, "changes": list(changes)}
    answer: dict[str, Json] = {
        "version": 1,
        "server_clock": RECORDED_US,
        "clock_shift_us": shift,
        "results": [],
    }
    path, headers = "/api/v1/sync/push", {"idempotency-key": "key"}
    return Exchange("phone", THEN, 0.0, "POST", path, {}, headers, body, 200, answer)


def change(clock: int, **more: Json) -> dict[str, Json]:
    whole: dict[str, Json] = {"collection": "workout_sets", "id": SET, "op": "patch"}
    return {**whole, "clock": clock, "data": {"rpe": 8}, **more}


def sent(exchange: Exchange, translation: Translation | None = None) -> dict[str, Json]:
    translation = translation or Translation(THEN, NOW, OFFSET_US)
    body = translation.request(exchange, NOW_US).body
    assert isinstance(body, dict)
    return body


def first_change(body: dict[str, Json]) -> dict[str, Json]:
    changes = body["changes"]
    assert isinstance(changes, list)
    assert isinstance(changes[0], dict)
    return changes[0]


def test_derived_ids_follow_the_user_and_others_stay() -> None:
    weighed: Json = {
        "collection": "body_metrics",
        "id": metrics_id(THEN),
        "op": "put",
        "clock": RECORDED_US,
        "data": {"date": "2026-11-23", "weight_kg": 81.4},
    }
    translation = Translation(THEN, NOW, OFFSET_US)
    body = sent(push(weighed, change(RECORDED_US)), translation)
    changes = body["changes"]
    assert isinstance(changes, list)
    assert [one["id"] for one in changes if isinstance(one, dict)] == [metrics_id(NOW), SET]
    assert translation.expected({"canonical_id": metrics_id(THEN)}) == {
        "canonical_id": metrics_id(NOW)
    }


def test_a_derived_id_is_known_from_data_under_another_id() -> None:
    stray: Json = {
        "collection": "body_metrics",
        "id": SET,
        "op": "put",
        "clock": RECORDED_US,
        "data": {"date": "2026-11-23"},
    }
    translation = Translation(THEN, NOW, OFFSET_US)
    sent(push(stray), translation)
    assert translation.expected(metrics_id(THEN)) == metrics_id(NOW)


def test_a_right_clock_is_moved_and_sent_now() -> None:
    body = sent(push(change(RECORDED_US - 7)))
    assert body["sent_at"] == NOW_US
    assert first_change(body)["clock"] == RECORDED_US - 7 + OFFSET_US


def test_a_wrong_clock_is_as_wrong_again() -> None:
    fast = push(change(RECORDED_US + YEAR_US - 7), shift=-YEAR_US, sent_at=RECORDED_US + YEAR_US)
    body = sent(fast)
    assert body["sent_at"] == NOW_US + YEAR_US
    assert first_change(body)["clock"] == RECORDED_US + YEAR_US - 7 + OFFSET_US


def test_what_the_server_took_for_its_present_is_the_present_of_then() -> None:
    body = sent(push(change(RECORDED_US + YEAR_US)))
    assert first_change(body)["clock"] == RECORDED_US + OFFSET_US


def test_a_clock_that_is_none_stays_wrong() -> None:
    for clock in (0, -5, 2**53):
        assert first_change(sent(push(change(clock))))["clock"] == clock


def test_a_guard_follows_the_correction_that_the_server_made_this_time() -> None:
    translation = Translation(THEN, NOW, OFFSET_US)
    fast = push(change(RECORDED_US + YEAR_US), shift=-YEAR_US, sent_at=RECORDED_US + YEAR_US)
    translated = translation.request(fast, NOW_US)
    late: Json = {"clock_shift_us": -YEAR_US + 31_000, "results": []}
    translation.map_response(fast, translated, late, None)
    guarded = replace(
        push(change(RECORDED_US + 9, base_clock=RECORDED_US)), headers={"idempotency-key": "2"}
    )
    assert (
        first_change(sent(guarded, translation))["base_clock"] == RECORDED_US + OFFSET_US + 31_000
    )


def test_a_repeat_is_the_same_request_again() -> None:
    translation = Translation(THEN, NOW, OFFSET_US)
    first = translation.request(push(change(RECORDED_US)), NOW_US)
    again = translation.request(push(change(RECORDED_US)), NOW_US + 10_000_000)
    other = translation.request(push(change(RECORDED_US - 1)), NOW_US + 10_000_000)
    assert first.body == again.body
    assert first.body != other.body


def test_cursors_and_etags_are_those_of_the_live_answers() -> None:
    translation = Translation(THEN, NOW, OFFSET_US)
    path = "/api/v1/sync/pull"
    answer: Json = {"cursor": "recorded", "changes": []}
    pull = Exchange(
        "phone", THEN, 0, "GET", path, {}, {}, None, 200, answer, {"etag": '"recorded"'}
    )
    live: Json = {"cursor": "live", "changes": []}
    translation.map_response(pull, translation.request(pull, NOW_US), live, '"live"')
    following = replace(
        pull, query={"cursor": "recorded", "limit": "5"}, headers={"if-none-match": '"recorded"'}
    )
    translated = translation.request(following, NOW_US)
    assert target(translated) == f"{path}?cursor=live&limit=5"
    assert translated.headers == {"if-none-match": '"live"'}


def test_push_and_pull_in_one_are_translated_both() -> None:
    translation = Translation(THEN, NOW, OFFSET_US)
    part = push(change(RECORDED_US))
    both = replace(
        part,
        path="/api/v1/sync",
        body={"push": part.body, "pull": {"cursor": "recorded"}},
        response_body={"push": part.response_body, "pull": {"cursor": "next", "changes": []}},
    )
    body = translation.request(both, NOW_US).body
    assert isinstance(body, dict)
    assert isinstance(body["push"], dict)
    assert first_change(body["push"])["clock"] == RECORDED_US + OFFSET_US
    assert latest_server_time_us([both]) == RECORDED_US
    live: Json = {"push": {"results": []}, "pull": {"cursor": "live"}}
    translation.map_response(both, both, live, None)
    assert translation.request(
        replace(both, headers={}, body={"pull": {"cursor": "next"}}), NOW_US
    ).body == {"pull": {"cursor": "live"}}


@pytest.mark.parametrize("shift", [0, 9 * 365 * 86_400_000_000])
def test_the_time_of_sending_in_a_header_moves_with_every_repeat(shift: int) -> None:
    translation = Translation(THEN, NOW, OFFSET_US)
    exchange = push(change(RECORDED_US - shift), shift=shift)
    headers = {**exchange.headers, "sent-at": str(RECORDED_US - shift)}
    exchange = replace(exchange, headers=headers)
    first = translation.request(exchange, NOW_US)
    again = translation.request(exchange, NOW_US + 3_600_000_000)
    assert first.headers["sent-at"] == str(NOW_US - shift)
    assert again.headers["sent-at"] == str(NOW_US + 3_600_000_000 - shift)
    assert first.body == again.body
