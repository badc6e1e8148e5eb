"""Explanations: causes in order, each with evidence and advice, without contents."""

from typing import Any

import pytest

from .http_client import User
from .records import delete, new_id, put

LIKELIHOODS = ["certain", "likely", "possible"]
UNKNOWN = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"


def explained(user: User, **question: str) -> dict[str, Any]:
    """The explanation, its shape checked."""
    document: dict[str, Any] = user.get("/sync/explain", **question).ok()
    assert document.keys() == {"device", "record", "causes"}
    order = [LIKELIHOODS.index(cause["likelihood"]) for cause in document["causes"]]
    assert order
    assert order == sorted(order)
    for cause in document["causes"]:
        assert cause.keys() == {"cause", "likelihood", "summary", "evidence", "advice"}
        assert cause["summary"]
        assert cause["advice"]
    return document


def test_a_deleted_record_names_who_deleted_it_and_how_it_is_restored(user: User) -> None:
    change = put("foods")
    user.applied(change)
    tablet = new_id()
    user.applied(delete("foods", change["id"]), device_id=tablet)
    document = explained(user, record=change["id"])
    assert document["record"]["deleted"] is True
    cause = document["causes"][0]
    assert cause["cause"] == "deleted"
    assert cause["evidence"]["device_id"] == tablet
    version = cause["evidence"]["restorable_version"]
    path = f"/foods/{change['id']}/restore"
    assert user.request("POST", path, {"version": version}).status == 200
    assert explained(user, record=change["id"])["record"]["deleted"] is False


def test_a_rejected_change_names_the_fields_at_fault_and_no_values(user: User) -> None:
    secret = "my knee hurts"
    change = put("foods")
    change["data"] = change["data"] | {"name": "", "energy_kcal": secret, secret: secret}
    user.push(change)
    answer = user.get("/sync/explain", record=f"foods/{change['id']}", device=user.device_id)
    cause = answer.ok()["causes"][0]
    assert cause["cause"] == "rejected"
    assert cause["evidence"]["code"] == "invalid_record"
    assert set(cause["evidence"]["fields"]) <= {"energy_kcal", "name"}
    assert secret.encode() not in answer.body


def test_a_device_of_nobody_is_unknown(user: User, other: User) -> None:
    other.applied(put("foods"))
    document = explained(user, device=other.device_id)
    assert document["device"] is None
    assert document["causes"][0]["cause"] == "unknown_device"


def test_a_record_of_another_user_is_as_unknown_as_any(user: User, other: User) -> None:
    change = put("foods")
    other.applied(change)
    theirs, nobodys = (explained(user, record=id) for id in (change["id"], UNKNOWN))
    assert theirs == nobodys
    assert theirs["record"] is None


def test_a_record_that_is_where_it_should_be_is_up_to_date(user: User) -> None:
    change = put("foods")
    user.applied(change)
    user.pull(device_id=user.device_id)
    document = explained(user, record=change["id"], device=user.device_id)
    assert [cause["cause"] for cause in document["causes"]] == ["up_to_date"]
    assert document["device"]["device_id"] == user.device_id


@pytest.mark.parametrize(
    "query",
    ["", "?device=x", "?record=x", "?record=nothing/" + UNKNOWN, f"?device={UNKNOWN}&device=x",
     f"?device={UNKNOWN}&user=x", "?record=foods/", f"?record={UNKNOWN.upper()}", "?device="],
)  # fmt: skip
def test_a_question_names_a_device_a_record_or_both(user: User, query: str) -> None:
    answer = user.request("GET", f"/sync/explain{query}")
    assert (answer.status, answer.code) == (400, "invalid_parameter")


def test_only_support_may_ask_about_others(user: User, other: User) -> None:
    path = f"/support/users/{other.id}/explain?device={UNKNOWN}"
    assert user.request("GET", path).status == 403
