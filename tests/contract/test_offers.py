"""Offers of records: their shape, and a server that was not restored and takes none."""

from typing import Any

import pytest

from .http_client import User
from .records import at, delete, new_id, put


def offers(user: User) -> list[dict[str, Any]]:
    """An offer of each record that the user has."""
    return [record | {"op": "offer"} for record in user.changes()]


def code(user: User, change: dict[str, Any]) -> str:
    [result] = user.push(change)["results"]
    assert result["status"] == "rejected"
    return str(result["error"]["code"])


def test_a_server_that_was_not_restored_takes_no_offers(user: User) -> None:
    gone = put("foods", clock=at(1))
    version = user.applied(put("foods", clock=at(2)), gone, delete("foods", gone["id"], at(3)))
    [live] = offers(user)
    lost = live | {"id": new_id(), "version": 1000}
    tombstone = {name: value for name, value in lost.items() if name != "data"} | {
        "deleted": True,
        "data": {},
    }
    for change in (live, lost, tombstone):
        assert code(user, change) == "not_restored"
    assert user.push()["version"] == version["version"]
    assert [record["id"] for record in user.changes()] == [live["id"]]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"version": "one"}, "invalid_change"),
        ({"clocks": []}, "invalid_change"),
        ({"clocks": {"name": [1]}}, "invalid_change"),
        ({"clocks": {"name": [0, "x"]}}, "invalid_clock"),
        ({"data": {"name": 5}}, "invalid_record"),
        ({"unknown": 1}, "invalid_change"),
        ({"id": "no-uuid"}, "invalid_id"),
        ({"base_clock": 1}, "invalid_change"),
    ],
)
def test_a_malformed_offer_is_rejected_alone(
    user: User, broken: dict[str, Any], expected: str
) -> None:
    user.applied(put("foods", clock=at(1)))
    [offer] = offers(user)
    results = user.push(offer | broken, put("foods", clock=at(2)))["results"]
    assert [it["status"] for it in results] == ["rejected", "applied"]
    assert results[0]["error"]["code"] == expected
