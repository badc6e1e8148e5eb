"""The incoming half: what the server has is taken, what the user wrote stays in sight."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.client.network import Scripted, ok, page, problem, record, tokens
from trackforge_client import Device, Offline, RequestRejected, UpgradeRequired, version_digest
from trackforge_client.device.clock import TOLERANCE_US
from trackforge_client.device.transport import Request, Response

NOW = 1_795_399_905_123_000
A, B, C = (f"0192f0c4-6f0e-7c4e-9a53-00000000000{letter}" for letter in "abc")
NOT_RESTORED: dict[str, object] = {
    "collection": "exercises",
    "status": "rejected",
    "error": {"code": "not_restored", "detail": "The history did not begin with a backup."},
}


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/auth/login", tokens())
    return scripted


@pytest.fixture
async def phone(network: Scripted) -> AsyncIterator[Device]:
    async with Device(":memory:", "", http=network, now_us=lambda: NOW) as device:
        await device.login("ann@example.com", "secret")
        yield device


def named(id: str, version: int, name: str, **more: object) -> dict[str, object]:
    return record("exercises", id, version, {"name": name}, **more)


def names(device: Device) -> dict[str, object]:
    return {str(one["id"]): one["name"] for one in device.all("exercises")}


async def test_pages_are_taken_to_the_end(phone: Device, network: Scripted) -> None:
    network.on(
        "/sync/pull",
        page([named(A, 1, "Squat"), named(B, 2, "Press")], "one", more=True, clock=NOW),
        page([named(A, 3, "", deleted=True), named(C, 4, "Row")], "two", clock=NOW),
        page([], "two", clock=NOW),
    )
    assert await phone.pull() == 4
    assert names(phone) == {B: "Press", C: "Row"}
    assert await phone.pull() == 0
    paths = [request.path for request in network.sent("/sync/pull")]
    assert ["cursor=one" in path for path in paths] == [False, True, False]
    assert "cursor=two" in paths[2]
    assert phone.status().pulled_at == NOW


async def test_a_page_that_was_lost_comes_again(phone: Device, network: Scripted) -> None:
    network.on("/sync/pull", page([named(A, 1, "Squat")], "one", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    assert names(phone) == {A: "Squat"}
    network.on("/sync/pull", page([named(B, 2, "Press")], "two", clock=NOW))
    await phone.pull()
    assert "cursor=one" in network.sent("/sync/pull")[2].path
    assert names(phone) == {A: "Squat", B: "Press"}


async def test_nothing_new_costs_no_body(phone: Device, network: Scripted) -> None:
    first = page([], "one", clock=NOW)
    network.on("/sync/pull", Response(200, {**first.headers, "etag": '"1"'}, first.body))
    network.on("/sync/pull", Response(200, {**first.headers, "etag": '"2"'}, first.body))
    network.on("/sync/pull", Response(304, {}, b""))
    for _ in range(3):
        await phone.pull()
    etags = [request.headers.get("if-none-match") for request in network.sent("/sync/pull")]
    assert etags == [None, None, '"2"']


async def test_unsent_writes_stay_on_top_of_what_comes(phone: Device, network: Scripted) -> None:
    sets = "workout_sets"
    whole = {"session_id": "s", "exercise_id": "e", "position": 1, "kind": "normal"}
    network.on("/sync/pull", page([record(sets, A, 1, {**whole, "reps": 5})], "1", clock=NOW))
    await phone.pull()
    phone.patch(sets, A, {"rpe": 8})
    theirs = {**whole, "reps": 6, "rpe": 7, "notes": "theirs"}
    network.on("/sync/pull", page([record(sets, A, 2, theirs)], "2", clock=NOW))
    await phone.pull()
    assert phone.get(sets, A) == {"id": A, **theirs, "rpe": 8}
    network.on("/sync/pull", page([record(sets, A, 3, theirs, deleted=True)], "3", clock=NOW))
    await phone.pull()
    assert (phone.get(sets, A) or {})["rpe"] == 8  # a patch written later revives
    applied = {"collection": sets, "id": A, "status": "applied", "version": 4}
    network.on(
        "/sync/push",
        ok({"version": 4, "server_clock": NOW, "clock_shift_us": 0, "results": [applied]}),
    )
    await phone.push()
    assert phone.get(sets, A) == {"id": A, **theirs, "rpe": 8}


async def test_a_pull_that_is_slower_than_a_push_takes_nothing_back(
    phone: Device, network: Scripted
) -> None:
    network.on("/sync/pull", page([], "0", clock=NOW))
    await phone.pull()
    phone.put("exercises", {"name": "mine"}, id=A)
    merged = named(A, 9, "merged")
    result = {"collection": "exercises", "id": A, "status": "merged", "version": 9}
    answer = {"version": 9, "server_clock": NOW, "clock_shift_us": 0}
    network.on("/sync/push", ok({**answer, "results": [{**result, "record": merged}]}))
    await phone.push()
    network.on("/sync/pull", page([named(A, 8, "before the push")], "8", clock=NOW))
    await phone.pull()
    assert names(phone) == {A: "merged"}
    network.on("/sync/pull", page([named(A, 10, "later")], "10", clock=NOW))
    await phone.pull()
    assert names(phone) == {A: "later"}


@pytest.mark.parametrize(("status", "code"), [(410, "cursor_expired"), (400, "invalid_cursor")])
async def test_a_rebuild_drops_what_is_gone_and_keeps_the_outbox(
    phone: Device, network: Scripted, status: int, code: str
) -> None:
    days = [{"date": "2026-11-22", "diet": {}}, {"date": "2026-11-23", "diet": {}}]
    everything = [named(A, 100, "kept"), named(B, 101, "gone"), named(C, 102, "edited")]
    network.on("/sync/pull", page(everything, "old", clock=NOW, day_views=days))
    await phone.pull()
    phone.patch("exercises", C, {"notes": "mine"})
    mine = phone.put("exercises", {"name": "new"})
    before = names(phone)
    network.on("/sync/pull", problem(status, code))
    # The database was restored from a backup: versions begin lower than they were.
    network.on("/sync/pull", page([named(A, 3, "kept")], "one", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    assert names(phone) == before  # nothing is dropped before the last page is in
    network.on("/sync/pull", page([named(C, 4, "theirs")], "two", clock=NOW, day_views=days[1:]))
    network.on("/sync/pull", page([], "two", clock=NOW))
    await phone.pull()
    assert names(phone) == {A: "kept", C: "theirs", mine: "new"}
    assert (phone.get("exercises", C) or {})["notes"] == "mine"
    assert phone.status().pending == {"exercises": 2}
    assert (phone.day_view("2026-11-22"), phone.day_view("2026-11-23")) == (None, days[1])
    assert "cursor" not in network.sent("/sync/pull")[2].path


async def test_a_first_pull_drops_what_another_deleted_before_it(
    phone: Device, network: Scripted
) -> None:
    """A first sync carries no old tombstones: what it does not bring is gone."""
    phone.put("exercises", {"name": "mine"}, id=A)
    phone.put("exercises", {"name": "mine too"}, id=B)
    results = [
        {"collection": "exercises", "id": id, "status": "applied", "version": version}
        for version, id in enumerate((A, B), 1)
    ]
    answer = {"version": 2, "server_clock": NOW, "clock_shift_us": 0, "results": results}
    network.on("/sync/push", ok(answer))
    await phone.push()
    network.on("/sync/push", ok(answer | {"results": [NOT_RESTORED | {"id": A}]}))
    mine_too = named(B, 2, "mine too", clock=NOW + 1, device_id=phone.id)
    network.on("/sync/pull", page([mine_too], "3", clock=NOW))
    network.on("/sync/pull", page([], "3", clock=NOW))
    await phone.pull()
    assert names(phone) == {B: "mine too"}


async def test_a_push_during_a_first_pull_is_dropped_by_nobody(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "mine"}, id=A)
    result = {"collection": "exercises", "id": A, "status": "applied", "version": 1}
    answer = {"version": 1, "server_clock": NOW, "clock_shift_us": 0, "results": [result]}
    network.on("/sync/push", ok(answer))
    await phone.push()
    network.on("/sync/push", ok(answer | {"results": [NOT_RESTORED | {"id": A}]}))
    # The page was made before the push was in; one more pull brings what it did not.
    network.on("/sync/pull", page([], "0", clock=NOW))
    network.on("/sync/pull", page([named(A, 1, "mine")], "1", clock=NOW))
    await phone.pull()
    assert names(phone) == {A: "mine"}


async def test_a_server_that_always_refuses_is_not_asked_for_ever(
    phone: Device, network: Scripted
) -> None:
    network.always("/sync/pull", problem(410, "cursor_expired"))
    with pytest.raises(RequestRejected):
        await phone.pull()
    assert len(network.sent("/sync/pull")) == 2


async def test_an_app_that_is_too_old_still_sends(phone: Device, network: Scripted) -> None:
    phone.put("exercises", {"name": "Squat"}, id=A)
    applied = {"collection": "exercises", "id": A, "status": "applied", "version": 1}
    answer = {"version": 1, "server_clock": NOW, "clock_shift_us": 0, "results": [applied]}
    network.on("/sync/push", ok(answer))
    network.on("/sync/pull", problem(426, "upgrade_required"))
    with pytest.raises(UpgradeRequired):
        await phone.sync()
    status = phone.status()
    assert (status.pending, status.upgrade_needed) == ({}, True)
    assert "update it" in str(status)


async def test_a_failed_push_does_not_stop_the_pull(phone: Device, network: Scripted) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", problem(503, "overloaded"))
    network.on("/sync/pull", page([named(A, 1, "theirs")], "one", clock=NOW))
    with pytest.raises(Exception, match="overloaded"):
        await phone.sync()
    assert names(phone)[A] == "theirs"


async def test_day_views_are_kept_and_never_stale(phone: Device, network: Scripted) -> None:
    def day(number: int) -> dict[str, object]:
        return {"date": f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}", "n": number}

    old = [day(number) for number in range(10)]
    network.on("/sync/pull", page([], "one", clock=NOW, day_views=old))
    await phone.pull()
    assert phone.day_view("2026-01-03") == day(2)
    # A page of 62 views may have touched older days without telling.
    network.on("/sync/pull", page([], "two", clock=NOW, day_views=[day(n) for n in range(5, 67)]))
    await phone.pull()
    assert phone.day_view("2026-01-03") is None
    assert phone.day_view("2026-01-06") == day(5)
    network.on("/days", ok([day(2)]))
    assert await phone.fetch_day_views("2026-01-03", "2026-01-03") == [day(2)]
    assert phone.day_view("2026-01-03") == day(2)


async def test_own_writes_come_after_what_was_pulled(phone: Device, network: Scripted) -> None:
    ahead = NOW + TOLERANCE_US // 2
    network.on("/sync/pull", page([named(A, 1, "theirs", clock=ahead)], "one", clock=NOW))
    await phone.pull()
    phone.patch("exercises", A, {"name": "mine"})

    def answer(request: Request) -> Response:
        assert json.loads(request.body or b"")["changes"][0]["clock"] == ahead + 1
        return problem(503, "overloaded")

    network.on("/sync/push", answer)
    with pytest.raises(Exception, match="overloaded"):
        await phone.push()


async def test_a_check_tells_what_differs_and_mends_it(phone: Device, network: Scripted) -> None:
    both = [named(A, 1, "one"), named(B, 2, "two"), record("foods", C, 3, {"name": "Apple"})]
    network.on("/sync/pull", page(both, "three", clock=NOW))
    await phone.pull()
    foods = {"count": 1, "digest": version_digest([(C, 3)])}
    exercises = {"count": 1, "digest": version_digest([(A, 1)])}
    check = ok({"version": 3, "collections": {"foods": foods, "exercises": exercises}})
    network.always("/sync/check", check)
    found = await phone.check()
    assert (found.same, found.differing) == (False, ("exercises",))
    network.on("/sync/pull", page([], "three", clock=NOW))
    network.on("/sync/pull", page([named(A, 1, "one")], "x", clock=NOW))
    assert (await phone.check(repair=True)).same
    assert names(phone) == {A: "one"}
    assert "collections=exercises" in network.sent("/sync/pull")[2].path
