"""Cursors under filters that change, and what a pull acknowledges."""

from typing import Any

from .http_client import User
from .records import MINIMAL, delete, patch, put

FOODS, SESSIONS = "foods", "workout_sessions"


def _names(page: dict[str, Any]) -> list[str]:
    return [change["data"].get("name") for change in page["changes"]]


def _named(collection: str, name: str) -> dict[str, Any]:
    return put(collection, MINIMAL[collection] | {"name": name})


def test_a_wider_filter_goes_on_and_reads_new_collections_from_the_beginning(user: User) -> None:
    user.applied(_named(FOODS, "f1"), _named(SESSIONS, "s1"), _named(FOODS, "f2"))
    first = user.pull(collections=FOODS)
    assert _names(first) == ["f1", "f2"]
    user.applied(_named(FOODS, "f3"), _named(SESSIONS, "s2"))
    wider = user.pull(collections=f"{FOODS},{SESSIONS}", cursor=first["cursor"])
    assert _names(wider) == ["s1", "f3", "s2"]
    user.applied(_named(FOODS, "f4"))
    after = user.pull(collections=f"{FOODS},{SESSIONS}", cursor=wider["cursor"])
    assert _names(after) == ["f4"]


def test_a_wider_filter_pages(user: User) -> None:
    user.applied(*(_named(FOODS, f"f{n}") for n in range(5)))
    user.applied(*(_named(SESSIONS, f"s{n}") for n in range(5)))
    cursor = user.pull(collections=FOODS)["cursor"]
    user.applied(_named(FOODS, "f5"))
    changes = user.changes(collections=f"{FOODS},{SESSIONS}", cursor=cursor, limit=2)
    assert [change["data"]["name"] for change in changes] == ["s0", "s1", "s2", "s3", "s4", "f5"]


def test_no_filter_is_the_widest(user: User) -> None:
    user.applied(_named(FOODS, "f1"), _named(SESSIONS, "s1"))
    cursor = user.pull(collections=FOODS)["cursor"]
    page = user.pull(cursor=cursor)
    assert _names(page) == ["s1"]
    user.applied(_named("exercises", "e1"), _named(FOODS, "f2"))
    assert _names(user.pull(cursor=page["cursor"])) == ["e1", "f2"]


def test_a_narrower_filter_goes_on_and_leaves_the_others_where_they_were(user: User) -> None:
    cursor = user.pull()["cursor"]
    user.applied(_named(FOODS, "f1"), _named(SESSIONS, "s1"))
    narrow = user.pull(collections=FOODS, cursor=cursor)
    assert _names(narrow) == ["f1"]
    user.applied(_named(FOODS, "f2"))
    assert _names(user.pull(cursor=narrow["cursor"])) == ["s1", "f2"]


def test_a_new_collection_leaves_out_old_tombstones_and_no_new_ones(user: User) -> None:
    old, new = put(SESSIONS), put(SESSIONS)
    user.applied(old, new, put(FOODS))
    user.applied(delete(SESSIONS, old["id"]))
    cursor = user.pull(collections=FOODS)["cursor"]
    page = user.pull(collections=f"{FOODS},{SESSIONS}", cursor=cursor, limit=1)
    assert [change["id"] for change in page["changes"]] == [new["id"]]
    user.applied(delete(SESSIONS, new["id"]))
    rest = user.changes(collections=f"{FOODS},{SESSIONS}", cursor=page["cursor"])
    assert [(change["id"], change["deleted"]) for change in rest] == [(new["id"], True)]


def test_a_deletion_arrives_whatever_the_filter_was_meanwhile(user: User) -> None:
    gone = put(FOODS)
    user.applied(gone, put(SESSIONS))
    cursor = user.pull()["cursor"]
    cursor = user.pull(collections=SESSIONS, cursor=cursor)["cursor"]
    user.applied(delete(FOODS, gone["id"]))
    cursor = user.pull(collections=SESSIONS, cursor=cursor)["cursor"]
    [change] = user.pull(cursor=cursor)["changes"]
    assert (change["id"], change["deleted"]) == (gone["id"], True)


def test_cursors_stay_short_under_many_filters(user: User) -> None:
    cursor = ""
    for collection in sorted(MINIMAL):
        user.applied(put(FOODS))
        cursor = user.pull(collections=collection, cursor=cursor)["cursor"]
        assert len(cursor) <= 200


def test_pulled_changes_carry_clocks_of_several_writers(user: User) -> None:
    change = put(FOODS, MINIMAL[FOODS])
    user.applied(change)
    [alone] = user.pull()["changes"]
    assert "clocks" not in alone
    other = "0192f0c4-6f0e-7c4e-9a53-00000000000b"
    edit = patch(FOODS, change["id"], {"notes": "toasted"})
    user.applied(edit, device_id=other)
    [merged] = user.pull()["changes"]
    assert merged["clocks"]["name"] == [change["clock"], user.device_id]
    assert merged["clocks"]["notes"] == [edit["clock"], other]
    assert merged["clocks"]["deleted"] == [edit["clock"], other]
