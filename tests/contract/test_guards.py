"""Guards: conditions that a client may set on a change, told as `conflict` when they don't hold."""

from typing import Any

import pytest

from .http_client import User
from .records import at, delete, food, new_id, patch, put


def test_base_version_zero_means_that_the_record_must_not_exist(user: User) -> None:
    change = put("foods", clock=at(10), base_version=0)
    before = user.applied(change)
    again = put("foods", food(name="Rye"), change["id"], at(20), base_version=0)
    answer = user.push(again)
    result = answer["results"][0]
    assert result["status"] == "conflict"
    assert [result["record"]] == user.changes()
    assert result["record"]["data"]["name"] == "Oats"
    assert answer["version"] == before["version"]


@pytest.mark.parametrize("op", ["put", "patch", "delete"])
def test_base_version_holds_while_the_version_is_the_records(user: User, op: str) -> None:
    change = put("foods", clock=at(10))
    version = user.applied(change)["results"][0]["version"]
    changes = {
        "put": put("foods", food(name="Rye"), change["id"], at(20), base_version=version),
        "patch": patch("foods", change["id"], {"notes": "dry"}, at(20), base_version=version),
        "delete": delete("foods", change["id"], at(20), base_version=version),
    }
    user.applied(changes[op])


@pytest.mark.parametrize("op", ["put", "patch", "delete"])
def test_base_version_fails_when_the_record_has_moved_on(user: User, op: str) -> None:
    change = put("foods", clock=at(10))
    version = user.applied(change)["results"][0]["version"]
    user.applied(patch("foods", change["id"], {"brand": "Mill"}, at(20)))
    changes = {
        "put": put("foods", food(name="Rye"), change["id"], at(30), base_version=version),
        "patch": patch("foods", change["id"], {"notes": "dry"}, at(30), base_version=version),
        "delete": delete("foods", change["id"], at(30), base_version=version),
    }
    result = user.result(changes[op])
    assert result["status"] == "conflict"
    assert [result["record"]] == user.changes()
    assert result["record"]["data"]["brand"] == "Mill"
    assert result["record"]["data"].get("notes") is None


def test_base_version_of_a_record_that_is_not_there_is_a_conflict(user: User) -> None:
    result = user.result(put("foods", base_version=7))
    assert result["status"] == "conflict"
    assert result.get("record") is None
    assert user.changes() == []


def test_base_clock_holds_while_the_clock_is_the_records(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change)
    user.applied(put("foods", food(name="Rye"), change["id"], at(20), base_clock=at(10)))
    result = user.result(put("foods", food(name="Spelt"), change["id"], at(30), base_clock=at(10)))
    assert result["status"] == "conflict"
    assert result["record"]["data"]["name"] == "Rye"


def test_a_batch_with_a_base_cursor_conflicts_with_another_devices_later_change(
    user: User,
) -> None:
    ours, theirs = put("foods", clock=at(10)), put("foods", clock=at(10))
    user.applied(ours, theirs)
    cursor = user.pages()[-1]["cursor"]
    user.applied(patch("foods", theirs["id"], {"brand": "Mill"}, at(20)), device_id=new_id())
    answer = user.push(
        patch("foods", ours["id"], {"notes": "dry"}, at(30)),
        patch("foods", theirs["id"], {"notes": "dry"}, at(30)),
        put("foods", clock=at(30)),
        base_cursor=cursor,
    )
    statuses = [result["status"] for result in answer["results"]]
    assert statuses == ["applied", "conflict", "applied"]
    assert answer["results"][1]["record"]["data"]["brand"] == "Mill"


def test_a_base_cursor_does_not_conflict_with_the_devices_own_changes(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change)
    cursor = user.pages()[-1]["cursor"]
    user.applied(patch("foods", change["id"], {"notes": "dry"}, at(20)))
    user.applied(patch("foods", change["id"], {"notes": "wet"}, at(30)), base_cursor=cursor)
    assert user.changes()[-1]["data"]["notes"] == "wet"


def test_without_a_guard_the_last_write_wins(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change)
    user.applied(put("foods", food(name="Rye"), change["id"], at(20)), device_id=new_id())
    user.applied(put("foods", food(name="Spelt"), change["id"], at(30)))
    assert user.changes()[0]["data"]["name"] == "Spelt"


@pytest.mark.parametrize("guard", [{"base_version": 3}, {"base_clock": at(5)}])
@pytest.mark.parametrize("op", ["put", "patch", "delete"])
def test_a_guard_on_a_record_that_is_not_there_does_not_hold(
    user: User, op: str, guard: dict[str, Any]
) -> None:
    changes = {
        "put": put("foods", clock=at(10), **guard),
        "patch": patch("foods", new_id(), {"notes": "dry"}, at(10), **guard),
        "delete": delete("foods", new_id(), at(10), **guard),
    }
    result = user.result(changes[op])
    assert (result["status"], result["record"]) == ("conflict", None)


def test_a_conflict_is_a_result_and_does_not_hold_up_the_batch(user: User) -> None:
    answer = user.push(put("foods", base_version=7), put("exercises"))
    assert [result["status"] for result in answer["results"]] == ["conflict", "applied"]
