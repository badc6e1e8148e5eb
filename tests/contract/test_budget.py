"""Budgets of POST /sync: whatever fits into the time and the bytes, resumed by the next request."""

from typing import Any

import pytest

from .http_client import Answer, User
from .records import new_id, put


def sync(user: User, *changes: object, key: str | None = None, **members: object) -> Answer:
    body = {"push": user.envelope(*changes), "pull": {}} | members
    return user.push_body(body, key, path="/sync")


def test_a_page_is_cut_to_the_bytes_and_the_next_request_goes_on(user: User) -> None:
    ids = [user.applied(put("foods"))["results"][0]["id"] for _ in range(30)]
    budget, cursor, seen, requests = 3_000, "", [], 0
    while True:
        answer = sync(user, pull={"cursor": cursor, "limit": 100}, budget_bytes=budget)
        page = answer.ok()["pull"]
        requests += 1
        assert len(answer.body) <= budget
        assert page["day_views"] == []
        seen += [change["id"] for change in page["changes"]]
        cursor = page["cursor"]
        if not page["has_more"]:
            break
    assert seen == ids
    assert 1 < requests < 30


def test_a_record_that_is_larger_than_the_budget_comes_alone(user: User) -> None:
    large = put("foods")
    large["data"] = large["data"] | {"name": "n" * 200, "servings": SERVINGS}
    user.applied(put("foods"), large, put("foods"))
    sizes, cursor = [], ""
    for _ in range(3):
        page = sync(user, pull={"cursor": cursor}, budget_bytes=1_000).ok()["pull"]
        sizes.append(len(page["changes"]))
        cursor = page["cursor"]
        if not page["has_more"]:
            break
    assert sizes == [1, 1, 1]


def test_results_come_first_and_leave_the_pull_for_later(user: User) -> None:
    changes = [put("foods") for _ in range(20)]
    document = sync(user, *changes, budget_bytes=1_000).ok()
    assert len(document["push"]["results"]) == 20
    assert document["pull"] is None
    assert len(user.changes()) == 20


def test_without_time_the_push_is_committed_and_the_pull_left_for_later(user: User) -> None:
    push, key = user.envelope(*(put("foods") for _ in range(200))), new_id()
    first = user.push_body({"push": push, "budget_ms": 1}, key, path="/sync").ok()
    assert first["pull"] is None
    again = user.push_body({"push": push, "budget_ms": 600_000}, key, path="/sync").ok()
    assert again["push"] == first["push"]
    assert len(again["pull"]["changes"]) == 200


def test_a_wide_budget_changes_nothing_but_the_day_views(user: User) -> None:
    change = put("body_metrics")
    document: dict[str, Any] = sync(user, change, budget_ms=600_000, budget_bytes=10**6).ok()
    assert [it["data"] for it in document["pull"]["changes"]] == [
        it["data"] for it in user.changes()
    ]
    assert document["pull"]["day_views"] == []
    assert sync(user, budget_ms=None, budget_bytes=None).ok()["pull"]["day_views"] != []


@pytest.mark.parametrize(
    "members",
    [{"budget_ms": 0}, {"budget_ms": "1"}, {"budget_ms": 600_001}, {"budget_bytes": 999},
     {"budget_bytes": 1.5}, {"budget_bytes": 2**31}, {"budget": 1}],
    ids=str,
)  # fmt: skip
def test_a_wrong_budget_is_rejected_and_nothing_is_stored(
    user: User, members: dict[str, object]
) -> None:
    body = {"push": user.envelope(put("foods")), "pull": {}} | members
    answer = user.push_body(body, path="/sync")
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert user.changes() == []


SERVINGS = [{"name": f"Serving {number} of a very long list", "grams": number} for number in
            range(1, 40)]  # fmt: skip
