"""Devices: listed whether they pushed or pulled, with what they report of themselves."""

import json
import time
from typing import Any

import pytest

from .http_client import User
from .records import new_id, patch, put

PATIENCE_S = 5.0
UNKNOWN = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
REPORT = {
    "name": "Ann's phone",
    "waiting": 3,
    "oldest_age_s": 86_400,
    "last_error": "offline",
    "last_error_age_s": 60,
    "app_version": "1.4.2",
    "schema_version": 1,
    "clock_offset_us": -2_000_000,
}


def report(**members: object) -> dict[str, str]:
    return {"Device-Report": json.dumps(members)}


def listed(user: User, device_id: str) -> dict[str, Any]:
    """The device; another process of the server may list it a second later."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        devices = user.get("/sync/devices").ok()["devices"]
        found = [device for device in devices if device["device_id"] == device_id]
        if found or time.monotonic() > deadline:
            device: dict[str, Any] = found[0]
            return device
        time.sleep(0.2)


def test_a_device_that_only_pushed_is_listed(user: User) -> None:
    user.applied(put("foods"))
    device = listed(user, user.device_id)
    assert device["pushed_at"] == device["seen_at"] == device["first_seen_at"]
    assert device["pulled_at"] is None
    assert device["behind"] is None
    assert device["current"] is True


def test_a_device_that_only_pulled_is_listed_with_how_far_it_is_behind(user: User) -> None:
    user.applied(put("foods"), put("foods"))
    device_id = new_id()
    cursor = user.pull(device_id=device_id, collections="foods")["cursor"]
    user.applied(put("foods"))
    device = listed(user, device_id)
    assert device["pushed_at"] is None
    assert device["pulled_at"] is not None
    assert device["behind"] == 1
    assert device["collections"] == ["foods"]
    user.pull(device_id=device_id, collections="foods", cursor=cursor)
    assert listed(user, device_id)["behind"] in (0, 1)


def test_a_device_that_names_all_collections_filters_nothing(user: User) -> None:
    collections = ",".join(user.get("/sync/config").ok()["collections"])
    device_id = new_id()
    user.pull(device_id=device_id, collections=collections)
    assert listed(user, device_id)["collections"] is None


def test_a_push_and_pull_in_one_counts_as_both(user: User) -> None:
    body = {"push": user.envelope(put("foods")), "pull": {}}
    user.push_body(body, path="/sync").ok()
    device = listed(user, user.device_id)
    assert device["pushed_at"] is not None
    assert device["pulled_at"] is not None


def test_a_report_of_a_pull_is_listed(user: User) -> None:
    user.request("GET", f"/sync/pull?device_id={user.device_id}", headers=report(**REPORT)).ok()
    device = listed(user, user.device_id)
    for member in ("name", "waiting", "last_error", "app_version", "clock_offset_us"):
        assert device[member] == REPORT[member]
    assert device["oldest_waiting_at"] < device["last_error_at"] < device["reported_at"]


def test_a_report_names_the_device_of_a_pull_that_does_not(user: User) -> None:
    device_id = new_id()
    headers = report(device_id=device_id, name="Tablet")
    user.request("GET", "/sync/pull", headers=headers).ok()
    assert listed(user, device_id)["name"] == "Tablet"


def test_the_changes_of_a_push_wait_no_more_once_they_have_results(user: User) -> None:
    body, key = user.envelope(put("foods"), put("foods")), new_id()
    user.push_body(body, key, report(waiting=2, oldest_age_s=5)).ok()
    device = listed(user, user.device_id)
    assert (device["waiting"], device["oldest_waiting_at"]) == (0, None)


def test_a_push_that_is_rejected_as_a_whole_is_listed_as_the_last_failure(user: User) -> None:
    broken = user.envelope(put("foods", clock=1_700_000_000))
    answer = user.push_body(broken, headers=report(device_id=user.device_id, waiting=1))
    device = listed(user, user.device_id)
    assert (answer.code, device["pushed_at"], device["waiting"]) == ("invalid_clock_unit", None, 1)
    assert device["last_failure"]["code"] == "invalid_clock_unit"
    assert device["last_failure"]["kind"] == "push"


def test_the_report_is_outside_of_what_an_idempotency_key_protects(user: User) -> None:
    body, key = user.envelope(put("foods")), new_id()
    first = user.push_body(body, key, report(waiting=1, device_id=user.device_id))
    again = user.push_body(body, key, report(waiting=7, device_id=user.device_id))
    assert again.body == first.body
    assert again.headers["Idempotent-Replay"] == "true"


@pytest.mark.parametrize(
    "header",
    ["waiting=3", "[]", '{"waiting":"3"}', '{"waiting":-1}', '{"device_id":"X"}', '{"name":1}',
     '{"schema_version":1.5}', '{"app_version":"' + "x" * 2_000 + '"}', "\xff", "{", ""],
)  # fmt: skip
def test_an_invalid_report_is_named_and_nothing_is_stored(user: User, header: str) -> None:
    body, key = user.envelope(put("foods")), new_id()
    answer = user.push_body(body, key, {"Device-Report": header})
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert "Device-Report" in answer.json["errors"]
    assert user.changes() == []
    assert user.push_body(body, key).ok()["results"][0]["status"] == "applied"


def test_a_wrong_clock_or_an_error_text_keeps_no_device_from_syncing(user: User) -> None:
    strange = report(
        device_id=user.device_id,
        oldest_age_s=-5e12,
        last_error="My knee hurts!",
        last_error_age_s=9e15,
        clock_offset_us=10**18,
        name="\x00" + "n" * 500,
        unknown_member=[1],
    )
    user.push_body(user.envelope(put("foods")), headers=strange).ok()
    device = listed(user, user.device_id)
    assert device["last_error"] == "other"
    assert device["name"] == "n" * 99
    assert abs(device["clock_offset_us"]) < 2**53


def test_a_forgotten_device_is_not_listed_before_it_syncs_again(user: User, other: User) -> None:
    user.applied(put("foods"))
    user.pull(device_id=user.device_id)
    listed(user, user.device_id)
    path = f"/sync/devices/{user.device_id}"
    assert other.request("DELETE", path).status == 404
    assert user.request("DELETE", path).status == 204
    assert user.get("/sync/devices").ok()["devices"] == []
    assert user.request("DELETE", path).status == 404
    user.applied(put("foods"))
    assert listed(user, user.device_id)["pulled_at"] is None


@pytest.mark.parametrize("id", ["x", "0192F0C4-6F0E-7C4E-9A53-0A4F4F1F2B11", UNKNOWN])
def test_an_unknown_device_cannot_be_forgotten(user: User, id: str) -> None:
    assert user.request("DELETE", f"/sync/devices/{id}").code == "not_found"


def test_nobody_sees_the_devices_of_others(user: User, other: User) -> None:
    user.applied(put("foods"))
    listed(user, user.device_id)
    assert other.get("/sync/devices").ok() == {"devices": []}


def test_a_change_that_loses_leaves_the_device_as_it_is(user: User) -> None:
    change = put("foods")
    user.applied(change)
    late = patch("foods", change["id"], {"name": "late"}, change["clock"] - 1)
    assert user.result(late)["status"] == "stale"
    assert listed(user, user.device_id)["last_failure"] is None
