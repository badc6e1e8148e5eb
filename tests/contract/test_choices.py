"""Choices of docs/protocol.md that the contract leaves open."""

import hashlib
import json
import re
from functools import reduce
from typing import Any

import pytest

from .http_client import User
from .records import MINIMAL, OWN_ID, at, delete, food, new_id, patch, put


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 400, "malformed_json"),
        (b"\xff", 400, "malformed_json"),
        (b"[]", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b'{"device_id": 7, "changes": []}', 422, "invalid_request"),
    ],
)
def test_the_codes_of_unusable_bodies(anyone: User, body: bytes, status: int, code: str) -> None:
    answer = anyone.push_body(body)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ([], "invalid_change"),
        (put("foods") | {"base_version": "1"}, "invalid_change"),
        (put("foods") | {"surprise": 1}, "invalid_change"),
        (put("foods") | {"collection": "users"}, "unknown_collection"),
        (put("foods") | {"op": "upsert"}, "unknown_op"),
        (put("foods") | {"id": "x"}, "invalid_id"),
        (put("foods") | {"clock": 2**53}, "invalid_clock"),
        (put("foods", {}), "invalid_record"),
        (patch("foods", new_id(), {"notes": "dry"}), "unknown_record"),
    ],
)
def test_the_codes_of_rejected_changes(anyone: User, change: object, code: str) -> None:
    assert anyone.result(change)["error"]["code"] == code


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Encoding": "br"}, b"x", 415, "unsupported_encoding"),
        ({"Content-Encoding": "gzip"}, b"x", 400, "malformed_body"),
        ({"Idempotency-Key": "two words"}, b"{}", 400, "idempotency_key_invalid"),
        ({"Idempotency-Key": "k" * 256}, b"{}", 400, "idempotency_key_invalid"),
        ({}, b" " * (4 * 1024 * 1024 + 1), 413, "body_too_large"),
        ({}, b"[" * 17 + b"]" * 17, 413, "nesting_too_deep"),
    ],
)
def test_the_codes_of_refused_requests(
    anyone: User, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = anyone.push_body(body, headers=headers)
    assert (answer.status, answer.code) == (status, code)


def test_the_codes_of_limits(anyone: User) -> None:
    many = anyone.push_body(anyone.envelope(*(put("foods") for _ in range(1001))))
    assert many.code == "too_many_changes"
    large = anyone.push_body(anyone.envelope(put("foods", food(notes="x" * 65536))))
    assert large.code == "record_too_large"


@pytest.mark.parametrize(("size", "status"), [(65536, 200), (65537, 413)])
def test_a_records_size_is_that_of_its_data_as_sent(anyone: User, size: int, status: int) -> None:
    data = json.dumps(food()).encode()
    data = data[:-1] + b" " * (size - len(data)) + b"}"
    body = json.dumps(anyone.envelope(put("foods", {"mark": 1}))).encode()
    assert anyone.push_body(body.replace(b'{"mark": 1}', data)).status == status


@pytest.mark.parametrize(
    "query",
    [
        "surprise=1",
        "limit=5&limit=5",
        "cursor=&cursor=",
        "limit=0",
        "limit=",
        "collections=users",
        "collections=foods,",
        "device_id=phone",
        "day_views=all",
        "schema_version=x",
    ],
)
def test_a_parameter_that_is_unknown_repeated_or_out_of_range(anyone: User, query: str) -> None:
    answer = anyone.request("GET", f"/sync/pull?{query}")
    assert (answer.status, answer.code) == (400, "invalid_parameter")


def test_the_oldest_schema_version_is_the_first_that_is_pulled(anyone: User) -> None:
    oldest = anyone.get("/sync/config").ok()["schema_version"]["oldest"]
    answer = anyone.get("/sync/pull", schema_version=oldest - 1)
    assert (answer.status, answer.code) == (426, "upgrade_required")


def test_config_in_full_and_without_a_token(anyone: User) -> None:
    answer = anyone.server.request("GET", "/sync/config").ok()
    assert answer["limits"] == {
        "push_changes": 1000,
        "push_bytes": 4194304,
        "record_bytes": 65536,
        "json_depth": 16,
        "pull_limit": 5000,
    }
    assert answer["retention"].keys() == {"tombstones_days", "idempotency_hours", "rejected_days"}
    assert answer["retention"]["idempotency_hours"] >= 24
    assert answer["retention"]["rejected_days"] == 30
    assert sorted(answer["collections"]) == sorted(MINIMAL)


def _digest(records: list[dict[str, Any]]) -> str:
    hashes = (hashlib.sha256(f"{one['id']}:{one['version']}".encode()) for one in records)
    parts = (int.from_bytes(one.digest()[:8], "big") for one in hashes)
    return f"{reduce(lambda left, right: left ^ right, parts, 0):016x}"


def test_a_digest_is_the_xor_of_the_hashes_of_ids_and_versions(user: User) -> None:
    user.applied(*(put(collection) for collection in OWN_ID for _ in range(3)))
    gone = user.changes(collections="exercises")[0]
    user.applied(delete("exercises", gone["id"]))
    records = user.changes()
    answer = user.get("/sync/check").ok()["collections"]
    assert answer == {
        collection: {
            "count": len(mine := [one for one in records if one["collection"] == collection]),
            "digest": _digest(mine),
        }
        for collection in {one["collection"] for one in records}
    }


def test_a_collection_without_live_records_is_not_in_the_check(user: User) -> None:
    change = put("foods")
    user.applied(change, delete("foods", change["id"]))
    assert user.get("/sync/check").ok() == {"version": 2, "collections": {}}


def test_nulls_are_dropped_and_defaults_filled_in(user: User) -> None:
    plan = put("diet_plans", MINIMAL["diet_plans"] | {"notes": None})
    user.applied(plan, put("workout_sets"), put("food_logs"))
    stored = {change["collection"]: change["data"] for change in user.changes()}
    assert stored["diet_plans"] == MINIMAL["diet_plans"] | {"active": True}
    assert stored["workout_sets"] == MINIMAL["workout_sets"] | {"kind": "normal"}
    assert stored["food_logs"] == MINIMAL["food_logs"] | {"planned": False}


def test_a_null_for_a_required_field_is_an_invalid_record(user: User) -> None:
    change = put("foods")
    user.applied(change)
    result = user.result(patch("foods", change["id"], {"name": None}))
    assert result["error"]["code"] == "invalid_record"


def test_a_guarded_write_that_is_already_there_is_unchanged(user: User) -> None:
    change = put("foods", clock=at(10), base_version=0)
    user.applied(change)
    assert user.result(change)["status"] == "unchanged"


def test_a_tombstone_exists(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change, delete("foods", change["id"], at(20)))
    result = user.result(put("foods", id=change["id"], clock=at(30), base_version=0))
    assert result["status"] == "conflict"
    assert result["record"]["deleted"] is True


def test_a_put_that_lost_only_to_a_deletion_is_merged(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change, delete("foods", change["id"], at(30)))
    result = user.result(put("foods", food(name="Rye"), change["id"], at(20)))
    assert result["status"] == "merged"
    assert result["record"]["deleted"] is True
    assert result["record"]["data"]["name"] == "Rye"


def test_text_is_stored_in_nfc(user: User) -> None:
    user.applied(put("foods", food(name="Cafe\u0301")))
    assert user.changes()[0]["data"]["name"] == "Caf\u00e9"


def test_an_app_that_is_ahead_keeps_its_unknown_fields(user: User) -> None:
    user.applied(put("foods", food(colour="brown")), schema_version=2)
    assert user.changes()[0]["data"]["colour"] == "brown"


def test_the_order_of_a_filter_does_not_matter(user: User) -> None:
    user.applied(put("foods"), put("exercises"))
    cursor = user.pull(collections="foods,exercises", limit=1)["cursor"]
    assert len(user.pull(collections="exercises,foods", cursor=cursor)["changes"]) == 1


def test_the_cursor_of_another_user_is_no_guard(user: User, other: User) -> None:
    for cursor in ("nonsense", other.pull()["cursor"]):
        body = user.envelope(put("foods"), base_cursor=cursor)
        answer = user.push_body(body)
        assert (answer.status, answer.code) == (400, "invalid_cursor")


def test_tokens_last_a_quarter_of_an_hour(user: User) -> None:
    assert user.tokens["expires_in"] == 900


def test_an_unknown_route_and_method_have_codes(anyone: User) -> None:
    assert anyone.get("/nothing").code == "not_found"
    assert anyone.request("PUT", "/sync/pull").code == "method_not_allowed"
    assert anyone.server.request("GET", "/sync/pull").code == "unauthorized"


def test_problem_types_are_made_of_their_codes(anyone: User) -> None:
    document = anyone.get("/nothing").json
    assert re.fullmatch(r"\S*not_found", document["type"])
