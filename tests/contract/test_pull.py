"""Pulls: every change once, in the order of its version, and what a first sync leaves out."""

import string

import pytest

from .http_client import User
from .records import DATE, MINIMAL, at, delete, food, new_id, patch, put

URL_SAFE = set(string.ascii_letters + string.digits + "-._~")


def test_a_pull_of_nothing(user: User) -> None:
    page = user.pull()
    assert page["changes"] == []
    assert page["has_more"] is False
    assert user.pull(cursor=page["cursor"])["changes"] == []


def test_a_cursor_is_url_safe_and_short(user: User) -> None:
    user.applied(put("foods"), put("foods"))
    for page in user.pages(limit=1):
        assert 0 < len(page["cursor"]) <= 200
        assert set(page["cursor"]) <= URL_SAFE


def test_an_empty_cursor_is_the_beginning(user: User) -> None:
    user.applied(put("foods"))
    assert user.pull(cursor="")["changes"] == user.pull()["changes"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
def test_pages_are_full_and_together_hold_everything_once(user: User, limit: int) -> None:
    changes = [put("foods") for _ in range(10)]
    user.applied(*changes)
    pages = user.pages(limit=limit)
    assert all(len(page["changes"]) == limit for page in pages[:-1])
    assert all(page["has_more"] for page in pages[:-1])
    pulled = [change["id"] for page in pages for change in page["changes"]]
    assert pulled == [change["id"] for change in changes]


def test_the_default_page_holds_500(user: User) -> None:
    user.applied(*(put("foods") for _ in range(501)))
    assert [len(page["changes"]) for page in user.pages()] == [500, 1]


def test_a_cursor_gives_only_what_came_after_it(user: User) -> None:
    user.applied(put("foods"))
    cursor = user.pull()["cursor"]
    later = put("exercises")
    user.applied(later)
    assert [change["id"] for change in user.changes(cursor=cursor)] == [later["id"]]


def test_the_same_cursor_may_be_used_again(user: User) -> None:
    user.applied(*(put("foods") for _ in range(4)))
    cursor = user.pull(limit=2)["cursor"]
    first, second = user.pull(cursor=cursor), user.pull(cursor=cursor)
    assert first["changes"] == second["changes"]


def test_a_devices_own_changes_come_back_labelled(user: User) -> None:
    device = new_id()
    user.applied(put("foods"))
    user.applied(put("foods"), device_id=device)
    assert [change["device_id"] for change in user.changes(device_id=device)] == [
        user.device_id,
        device,
    ]


def test_a_record_changed_twice_appears_once_at_its_newest_place(user: User) -> None:
    first, second = put("foods"), put("foods")
    user.applied(first, second)
    user.applied(patch("foods", first["id"], {"notes": "dry"}))
    assert [change["id"] for change in user.changes()] == [second["id"], first["id"]]


def test_a_record_changed_while_paging_appears_at_its_newest_place(user: User) -> None:
    changes = [put("foods") for _ in range(5)]
    user.applied(*changes)
    ids = [change["id"] for change in changes]
    page = user.pull(limit=2)
    assert [change["id"] for change in page["changes"]] == ids[:2]
    user.applied(patch("foods", ids[2], {"notes": "dry"}), patch("foods", ids[0], {"notes": "x"}))
    rest = user.changes(limit=2, cursor=page["cursor"])
    assert [change["id"] for change in rest] == [ids[3], ids[4], ids[2], ids[0]]


def test_a_first_sync_leaves_out_older_tombstones(user: User) -> None:
    live, gone = put("foods"), put("foods")
    user.applied(live, gone)
    user.applied(delete("foods", gone["id"]), delete("foods", new_id()))
    assert [change["id"] for change in user.changes()] == [live["id"]]


def test_pages_of_a_first_sync_are_full_although_tombstones_are_left_out(user: User) -> None:
    changes = [put("foods") for _ in range(9)]
    user.applied(*changes)
    user.applied(*(delete("foods", change["id"]) for change in changes[::2]))
    assert [len(page["changes"]) for page in user.pages(limit=2)] == [2, 2]


def test_what_is_deleted_while_a_first_sync_pages_still_arrives(user: User) -> None:
    changes = [put("foods") for _ in range(4)]
    user.applied(*changes)
    page = user.pull(limit=2)
    sent, unsent, short_lived = changes[0]["id"], changes[3]["id"], put("foods")
    user.applied(delete("foods", sent), delete("foods", unsent), short_lived)
    user.applied(delete("foods", short_lived["id"]))
    rest = user.changes(limit=1, cursor=page["cursor"])
    assert [change["id"] for change in rest if change["deleted"]] == [
        sent,
        unsent,
        short_lived["id"],
    ]
    assert [change["id"] for change in rest if not change["deleted"]] == [changes[2]["id"]]


def test_after_a_first_sync_every_tombstone_arrives_with_its_last_data(user: User) -> None:
    change = put("foods", food(brand="Mill"))
    user.applied(change)
    cursor = user.pages()[-1]["cursor"]
    user.applied(delete("foods", change["id"]))
    [tombstone] = user.changes(cursor=cursor)
    assert tombstone["deleted"] is True
    assert tombstone["data"]["name"] == "Oats"
    assert tombstone["data"]["brand"] == "Mill"


def test_a_first_sync_of_an_empty_account_then_hears_of_tombstones(user: User) -> None:
    cursor = user.pull()["cursor"]
    change = put("foods")
    user.applied(change)
    user.applied(delete("foods", change["id"]))
    assert [change["deleted"] for change in user.changes(cursor=cursor)] == [True]


def test_a_filter_gives_its_collections_only_and_full_pages(user: User) -> None:
    for _ in range(4):
        user.applied(put("foods"), put("exercises"), put("programs"))
    pages = user.pages(collections="foods,programs", limit=3)
    assert [len(page["changes"]) for page in pages] == [3, 3, 2]
    names = {change["collection"] for page in pages for change in page["changes"]}
    assert names == {"foods", "programs"}


def test_a_filtered_cursor_moves_past_what_the_filter_leaves_out(user: User) -> None:
    user.applied(put("exercises"))
    cursor = user.pull(collections="foods")["cursor"]
    user.applied(put("exercises"), put("foods"))
    [change] = user.changes(cursor=cursor, collections="foods")
    assert change["collection"] == "foods"


@pytest.mark.parametrize(
    "cursor", ["x", "1", "0", "null", "!!!!", "AAAA", "=" * 8, "a" * 201, "é", "\x00", "' OR 1=1"]
)
def test_a_malformed_cursor_is_refused(anyone: User, cursor: str) -> None:
    answer = anyone.get("/sync/pull", cursor=cursor)
    assert (answer.status, answer.code) == (400, "invalid_cursor")


def test_a_cursor_that_was_tampered_with_is_refused(user: User) -> None:
    user.applied(put("foods"))
    cursor = user.pull()["cursor"]
    middle = len(cursor) // 2
    swapped = "A" if cursor[middle] != "A" else "B"
    for bad in (cursor[:-4], cursor + "AAAA", cursor[:middle] + swapped + cursor[middle + 1 :]):
        answer = user.get("/sync/pull", cursor=bad)
        assert (answer.status, answer.code) == (400, "invalid_cursor")


def test_the_cursor_of_another_user_is_refused(user: User, other: User) -> None:
    user.applied(put("foods"))
    answer = other.get("/sync/pull", cursor=user.pull()["cursor"])
    assert (answer.status, answer.code) == (400, "invalid_cursor")


@pytest.mark.parametrize("limit", ["1", "5000"])
def test_the_bounds_of_limit_are_taken(anyone: User, limit: str) -> None:
    anyone.pull(limit=limit)


@pytest.mark.parametrize("limit", ["0", "5001", "-1", "x", "1.5", "１２", "9" * 5000, "1e2"])
def test_a_limit_out_of_bounds_is_refused(anyone: User, limit: str) -> None:
    assert anyone.get("/sync/pull", limit=limit).status in (400, 422)


def test_a_pull_needs_a_token(user: User) -> None:
    assert user.server.request("GET", "/sync/pull").status == 401


def test_nothing_new_is_a_304_without_a_body(user: User) -> None:
    user.applied(put("foods"))
    cursor = user.pull()["cursor"]
    for path in ("/sync/pull", f"/sync/pull?cursor={cursor}", "/sync/pull?limit=1"):
        etag = user.request("GET", path).headers["ETag"]
        answer = user.request("GET", path, headers={"If-None-Match": etag})
        assert answer.status == 304
        assert answer.body == b""


def test_an_etag_moves_with_the_version_and_with_the_query(user: User, other: User) -> None:
    user.applied(put("foods"))
    etag = user.get("/sync/pull").headers["ETag"]
    for parameters in ({"limit": 1}, {"collections": "foods"}, {"day_views": "none"}):
        assert user.get("/sync/pull", **parameters).headers["ETag"] != etag
    user.applied(put("foods"))
    answer = user.request("GET", "/sync/pull", headers={"If-None-Match": etag})
    assert len(answer.ok()["changes"]) == 2
    assert answer.headers["ETag"] != etag
    foreign = other.request("GET", "/sync/pull", headers={"If-None-Match": etag})
    assert foreign.status == 200


@pytest.mark.parametrize("form", ['"x", {}', "{}", "W/{}", '"x",{},"y"'])
def test_an_etag_is_known_in_every_form_that_it_may_come_back_in(user: User, form: str) -> None:
    etag = user.get("/sync/pull").headers["ETag"]
    headers = {"If-None-Match": form.format(etag)}
    assert user.request("GET", "/sync/pull", headers=headers).status == 304


def test_a_push_that_changes_nothing_keeps_the_etag(user: User) -> None:
    change = put("foods", clock=at(10))
    user.applied(change)
    etag = user.get("/sync/pull").headers["ETag"]
    assert user.result(change)["status"] == "unchanged"
    assert user.get("/sync/pull").headers["ETag"] == etag


@pytest.mark.parametrize("day_views", ["none", f"{DATE}..{DATE}", "2026-01-01..2026-12-31"])
def test_day_views_none_and_ranges(user: User, day_views: str) -> None:
    user.applied(put("workout_sessions"))
    views = user.pull(day_views=day_views).get("day_views") or []
    assert (DATE in [view["date"] for view in views]) == (day_views != "none")
    assert len(views) <= 366


@pytest.mark.parametrize("ends", ["2023-03-01..2024-02-29", "2026-01-01..2027-01-01"])
def test_a_range_of_366_days_is_taken(anyone: User, ends: str) -> None:
    anyone.pull(day_views=ends)


@pytest.mark.parametrize(
    "day_views",
    [
        "2026-01-01..2027-01-02",
        "2026-11-23..2026-11-22",
        "2026-11-23",
        "2026-02-30..2026-03-01",
        "..",
        "2026-11-23..",
        "all",
        "2026-11-23..2026-11-23..2026-11-23",
    ],
)
def test_day_views_of_any_other_form_are_refused(anyone: User, day_views: str) -> None:
    assert anyone.get("/sync/pull", day_views=day_views).status in (400, 422)


def test_day_views_are_those_of_the_days_that_the_page_touches(user: User) -> None:
    user.applied(put("workout_sessions", {"date": "2026-11-20", "name": "A"}))
    cursor = user.pull()["cursor"]
    user.applied(
        put("workout_sessions", {"date": "2026-11-21", "name": "B"}),
        put("food_logs", {"date": "2026-11-23", "food_id": new_id(), "grams": 1}),
        put("foods"),
    )
    views = user.pull(cursor=cursor)["day_views"]
    assert [view["date"] for view in views] == ["2026-11-21", "2026-11-23"]


def test_a_first_sync_has_each_day_once_on_the_page_that_completes_it(user: User) -> None:
    days = [f"2026-11-{number:02}" for number in (20, 21, 22)]
    sessions = [put("workout_sessions", {"date": day, "name": "A"}) for day in days]
    sets = [
        put("workout_sets", MINIMAL["workout_sets"] | {"session_id": it["id"]}) for it in sessions
    ]
    user.applied(
        *sessions, *reversed(sets), put("workout_sessions", {"date": days[1], "name": "B"})
    )
    pages = user.pages(limit=1)
    assert [[view["date"] for view in page["day_views"]] for page in pages] == [
        [], [], [], [days[2]], [], [days[0]], [days[1]],
    ]  # fmt: skip
    by_date = {view["date"]: view for page in pages for view in page["day_views"]}
    assert by_date == {day: user.get(f"/days/{day}").ok() for day in days}


def test_a_page_without_days_has_no_day_views(user: User) -> None:
    user.applied(put("foods"))
    assert user.pull()["day_views"] == []


def test_a_record_that_moves_to_another_day_touches_both(user: User) -> None:
    change = put("workout_sessions", {"date": "2026-11-20", "name": "A"})
    user.applied(change)
    cursor = user.pull()["cursor"]
    user.applied(patch("workout_sessions", change["id"], {"date": "2026-11-22"}))
    views = {view["date"]: view for view in user.pull(cursor=cursor)["day_views"]}
    assert set(views) == {"2026-11-20", "2026-11-22"}
    assert views["2026-11-20"]["training"]["sessions"] == 0
    assert views["2026-11-22"]["training"]["sessions"] == 1


def test_a_delete_touches_its_day(user: User) -> None:
    change = put("workout_sessions")
    user.applied(change)
    cursor = user.pull()["cursor"]
    user.applied(delete("workout_sessions", change["id"]))
    [view] = user.pull(cursor=cursor)["day_views"]
    assert (view["date"], view["training"]["sessions"]) == (DATE, 0)


def test_a_set_touches_the_day_of_its_session(user: User) -> None:
    session = put("workout_sessions")
    user.applied(session)
    cursor = user.pull()["cursor"]
    data = {"session_id": session["id"], "exercise_id": new_id(), "position": 1}
    user.applied(put("workout_sets", data | {"reps": 5, "weight_kg": 100}))
    [view] = user.pull(cursor=cursor)["day_views"]
    assert (view["date"], view["training"]["volume_kg"]) == (DATE, 500)


def test_a_set_that_moves_to_another_session_touches_both_days(user: User) -> None:
    sessions = [
        put("workout_sessions", {"date": day, "name": "A"}) for day in ("2026-11-20", "2026-11-22")
    ]
    data = {"session_id": sessions[0]["id"], "exercise_id": new_id(), "position": 1}
    change = put("workout_sets", data)
    user.applied(*sessions, change)
    cursor = user.pull()["cursor"]
    user.applied(patch("workout_sets", change["id"], {"session_id": sessions[1]["id"]}))
    views = user.pull(cursor=cursor)["day_views"]
    assert [view["date"] for view in views] == ["2026-11-20", "2026-11-22"]


def test_of_more_than_62_touched_days_the_newest_are_shown(user: User) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in (5, 6, 7) for day in range(1, 29)]
    user.applied(*(put("workout_sessions", {"date": day, "name": "A"}) for day in days))
    views = user.pull()["day_views"]
    assert [view["date"] for view in views] == sorted(days)[-62:]


def test_the_servers_clock_is_in_every_answer(user: User) -> None:
    first = user.push()["server_clock"]
    assert first <= user.pull()["server_clock"] < 2**53


def test_an_app_older_than_the_oldest_schema_version_must_upgrade(anyone: User) -> None:
    schema = anyone.get("/sync/config").ok()["schema_version"]
    assert anyone.get("/sync/pull", schema_version=schema["current"]).status == 200
    if schema["oldest"] > 1:
        answer = anyone.get("/sync/pull", schema_version=schema["oldest"] - 1)
        assert (answer.status, answer.code) == (426, "upgrade_required")
