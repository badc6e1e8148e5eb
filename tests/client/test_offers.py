"""A server that was restored from a backup gets back what this device has of later versions."""

import json
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.client.network import Scripted, ok, page, problem, record, tokens
from trackforge_client import Device, Offline, RequestRejected
from trackforge_client.device.json_types import Json
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Request, Response

NOW = 1_795_399_905_123_000
A, B, C, D = (f"0192f0c4-6f0e-7c4e-9a53-00000000000{letter}" for letter in "abcd")
TABLET = "0192f0c4-6f0e-7c4e-9a53-0000000000ff"
Wire = dict[str, Json]


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/auth/login", tokens())
    return scripted


@pytest.fixture
async def phone(network: Scripted, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(tmp_path / "a.db", "", http=network, now_us=lambda: NOW) as device:
        await device.login("ann@example.com", "secret")
        yield device


def named(id: str, version: int, name: str, **more: object) -> dict[str, object]:
    return record("exercises", id, version, {"name": name}, **more)


def restored(version: int) -> Response:
    response = problem(410, "cursor_expired")
    body = json.loads(response.body) | {"reason": "restored", "restored_version": version}
    return Response(410, response.headers, json.dumps(body).encode())


def changes(request: Request) -> list[Wire]:
    assert request.body is not None
    sent: list[Wire] = json.loads(request.body)["changes"]
    return sent


def answer(request: Request) -> Response:
    """A server that takes every change."""
    results = [
        {"collection": it["collection"], "id": it["id"], "status": "applied", "version": 100 + at}
        for at, it in enumerate(changes(request))
    ]
    return ok({"version": 200, "server_clock": NOW, "clock_shift_us": 0, "results": results})


def without_notes(phone: Device) -> dict[str, object]:
    """The renamed record of a server that has lost the notes: their register is older."""
    clocks: dict[str, Json] = {
        name: [NOW - 5, TABLET] for name in ("name", "notes", "category", "deleted")
    }
    return named(A, 101, "Front squat", clock=NOW + 1, device_id=phone.id, clocks=clocks)


def merged_into(record: dict[str, object]) -> Response:
    """The response to a push of one change that was merged into a record."""
    result = {"collection": "exercises", "id": A, "status": "merged", "version": 101}
    body = {"version": 101, "server_clock": NOW, "clock_shift_us": 0}
    return ok(body | {"results": [result | {"record": record}]})


def offered(network: Scripted) -> list[Wire]:
    return [
        change
        for request in network.sent("/sync/push")
        for change in changes(request)
        if change["op"] == "offer"
    ]


async def test_records_newer_than_the_backup_are_offered_as_the_server_gave_them(
    phone: Device, network: Scripted
) -> None:
    clocks = {"name": [5, TABLET], "notes": [7, phone.id], "deleted": [7, phone.id]}
    merged = named(B, 4, "Row", clock=7, device_id=phone.id, clocks=clocks)
    tombstone = named(C, 5, "Press", deleted=True)
    network.on("/sync/pull", page([named(A, 3, "Squat"), merged, tombstone], "one", clock=NOW))
    await phone.pull()
    network.on("/sync/pull", restored(3), page([named(A, 1, "Squat")], "two", clock=NOW))
    network.on("/sync/pull", page([], "two", clock=NOW))
    network.on("/sync/push", answer)
    await phone.pull()
    assert [(it["id"], it["version"], it["deleted"]) for it in offered(network)] == [
        (B, 4, False),
        (C, 5, True),
    ]
    assert offered(network)[0] == {**merged, "op": "offer"}
    assert phone.get("exercises", B) is None  # The answer of the server counts.


async def test_nothing_is_dropped_before_the_offers_are_answered(
    phone: Device, network: Scripted
) -> None:
    network.on("/sync/pull", page([named(A, 3, "Squat"), named(B, 4, "Row")], "one", clock=NOW))
    await phone.pull()
    network.on("/sync/pull", restored(2))
    network.on("/sync/push", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    assert phone.get("exercises", B) is not None
    network.on("/sync/push", answer)
    network.on("/sync/pull", page([named(A, 1, "Squat"), named(B, 2, "Row")], "two", clock=NOW))
    await phone.pull()
    first, second = network.sent("/sync/push")
    assert (first.headers["idempotency-key"], first.body) == (
        second.headers["idempotency-key"],
        second.body,
    )
    assert phone.get("exercises", B) is not None


async def test_answered_offers_are_repeated_if_the_pull_after_them_never_began(
    phone: Device, network: Scripted
) -> None:
    """Without a cursor the server could not tell that it was restored once more."""
    network.on("/sync/pull", page([named(A, 3, "Squat")], "one", clock=NOW))
    await phone.pull()
    network.on("/sync/pull", restored(2), Offline("lost", sent=True))
    network.always("/sync/push", answer)
    with pytest.raises(Offline):
        await phone.pull()
    network.on("/sync/pull", page([named(A, 1, "Squat")], "two", clock=NOW))
    await phone.pull()
    await phone.push()
    assert [it["id"] for it in offered(network)] == [A, A]
    network.on("/sync/pull", page([], "two", clock=NOW))
    await phone.pull()
    assert len(offered(network)) == 2


async def test_a_change_that_was_accepted_and_not_pulled_back_is_offered_with_its_stamps(
    phone: Device, network: Scripted
) -> None:
    old = named(A, 3, "Squat", clock=NOW - 10, device_id=TABLET)
    network.on("/sync/pull", page([old], "one", clock=NOW))
    await phone.pull()
    phone.patch("exercises", A, {"notes": "deep"})
    network.always("/sync/push", answer)
    await phone.push()
    network.on("/sync/pull", restored(3), page([named(A, 1, "Squat")], "two", clock=NOW))
    network.on("/sync/pull", page([], "two", clock=NOW))
    await phone.pull()
    [offer] = offered(network)
    assert (offer["version"], offer["clock"]) == (100, NOW)
    assert offer["data"] == {"name": "Squat", "notes": "deep"}
    clocks = offer["clocks"]
    assert isinstance(clocks, dict)
    assert clocks["name"] == [NOW - 10, TABLET]
    assert clocks["notes"] == clocks["deleted"] == [NOW, phone.id]


async def test_a_state_that_a_push_to_the_restored_server_replaced_is_offered_too(
    phone: Device, network: Scripted
) -> None:
    known = named(A, 5, "by the tablet", device_id=TABLET, clock=NOW - 10)
    network.on("/sync/pull", page([known], "one", clock=NOW))
    await phone.pull()
    phone.patch("exercises", A, {"notes": "mine"})

    def older(request: Request) -> Response:
        result = {"collection": "exercises", "id": A, "status": "applied", "version": 6}
        result["record"] = named(A, 6, "in the backup", clock=NOW)
        body = {"version": 6, "server_clock": NOW, "clock_shift_us": 0, "results": [result]}
        assert changes(request)
        return ok(body)

    network.on("/sync/push", older, answer)
    await phone.push()
    network.on("/sync/pull", restored(4), page([named(A, 7, "merged")], "two", clock=NOW))
    await phone.pull()
    assert {json.dumps(it["data"]) for it in offered(network)} == {
        '{"name": "by the tablet"}',
        '{"name": "in the backup"}',
    }


async def test_a_patch_of_a_lost_record_waits_for_its_offer(
    phone: Device, network: Scripted
) -> None:
    network.on("/sync/pull", page([named(A, 5, "Squat")], "one", clock=NOW))
    await phone.pull()
    phone.patch("exercises", A, {"notes": "deep"})
    error = {"code": "unknown_record", "detail": "There is no such record."}
    unknown = {"collection": "exercises", "id": A, "status": "rejected", "error": error}
    lost = ok({"version": 9, "server_clock": NOW, "clock_shift_us": 0, "results": [unknown]})
    network.on("/sync/push", lost, answer, answer)
    network.on("/sync/pull", restored(4), page([named(A, 6, "Squat")], "two", clock=NOW))
    assert await phone.push() == {"applied": 1}
    assert not phone.rejected()
    ops = [change["op"] for request in network.sent("/sync/push") for change in changes(request)]
    assert ops == ["patch", "offer", "patch"]


async def test_a_patch_that_is_unknown_after_a_pull_too_is_set_aside(
    phone: Device, network: Scripted
) -> None:
    network.on("/sync/pull", page([named(A, 5, "Squat")], "one", clock=NOW))
    await phone.pull()
    phone.patch("exercises", A, {"notes": "deep"})
    error = {"code": "unknown_record", "detail": "There is no such record."}
    unknown = {"collection": "exercises", "id": A, "status": "rejected", "error": error}
    lost = ok({"version": 9, "server_clock": NOW, "clock_shift_us": 0, "results": [unknown]})
    network.always("/sync/push", lost)
    network.on("/sync/pull", page([], "one", clock=NOW))
    assert await phone.push() == {"rejected": 1}
    assert [it.id for it in phone.rejected()] == [A]


async def test_writes_accepted_before_the_first_pull_are_offered_if_the_server_lost_them(
    phone: Device, network: Scripted
) -> None:
    """Without a cursor the server cannot tell; its versions may have passed those of the device."""
    for id, name in ((A, "lost"), (B, "overwritten"), (C, "there")):
        phone.put("exercises", {"name": name}, id=id)
    network.always("/sync/push", answer)
    await phone.push()
    there = named(C, 102, "there", clock=NOW + 2, device_id=phone.id)
    older = named(B, 300, "of another", clock=NOW - 5, device_id=TABLET)
    network.on("/sync/pull", page([there, older], "one", clock=NOW))
    merged = named(B, 301, "overwritten", clock=NOW + 1, device_id=phone.id)
    network.on("/sync/pull", page([named(A, 302, "lost"), merged], "two", clock=NOW))
    await phone.pull()
    assert {it["id"] for it in offered(network)} == {A, B}
    assert {str(it["name"]) for it in phone.all("exercises")} == {"lost", "overwritten", "there"}


async def test_a_state_replaced_before_the_first_pull_is_offered_too(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "Squat", "notes": "deep"}, id=A)
    network.on("/sync/push", answer)
    await phone.push()
    phone.patch("exercises", A, {"name": "Front squat"})
    older = without_notes(phone)
    network.on("/sync/push", merged_into(older), answer)
    await phone.push()
    network.on("/sync/pull", page([older], "one", clock=NOW), page([], "one", clock=NOW))
    await phone.pull()
    assert [it["data"] for it in offered(network)] == [{"name": "Squat", "notes": "deep"}]


@pytest.mark.parametrize("first_page", [False, True], ids=["no page yet", "after one page"])
async def test_a_state_replaced_while_the_first_pull_is_interrupted_is_offered_too(
    phone: Device, network: Scripted, first_page: bool
) -> None:
    """The pull lost its response, the server its last version, and then a push shows the rest."""
    phone.put("exercises", {"name": "Squat", "notes": "deep"}, id=A)
    network.on("/sync/push", answer)
    await phone.push()
    if first_page:
        network.on("/sync/pull", page([named(B, 3, "Row")], "one", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    phone.patch("exercises", A, {"name": "Front squat"})
    older = without_notes(phone)
    network.on("/sync/push", merged_into(older), answer)
    await phone.push()
    network.on("/sync/pull", page([older], "two", clock=NOW), page([], "two", clock=NOW))
    await phone.pull()
    assert [it["data"] for it in offered(network)] == [{"name": "Squat", "notes": "deep"}]


async def test_an_edit_between_two_pages_of_the_first_pull_hides_nothing_that_was_lost(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "Squat", "notes": "deep"}, id=A)
    network.on("/sync/push", answer)
    await phone.push()
    network.on("/sync/pull", page([named(B, 3, "Row")], "one", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    phone.patch("exercises", A, {"name": "Front squat"})
    network.always("/sync/push", answer)
    await phone.push()
    without = named(A, 100, "Front squat", clock=NOW + 1, device_id=phone.id)
    network.on("/sync/pull", page([without], "two", clock=NOW), page([], "two", clock=NOW))
    await phone.pull()
    assert [it["data"] for it in offered(network)] == [{"name": "Squat", "notes": "deep"}]


async def test_a_repeated_answer_during_a_full_pull_does_not_bring_back_what_is_gone(
    phone: Device, network: Scripted
) -> None:
    """The record was deleted between the push and the pull, which leaves out old tombstones."""
    phone.put("exercises", {"name": "Squat"}, id=A)
    network.on("/sync/push", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.push()
    network.on("/sync/pull", page([named(B, 3, "Row")], "one", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    result: dict[str, Json] = {"collection": "exercises", "id": A, "status": "applied"}
    body: dict[str, Json] = {"version": 1, "server_clock": NOW, "clock_shift_us": 0}
    replay = ok(body | {"results": [result | {"version": 1}]})
    network.on(
        "/sync/push", Response(200, {**replay.headers, "idempotent-replay": "true"}, replay.body)
    )
    await phone.push()
    network.on("/sync/pull", page([named(C, 4, "Press")], "two", clock=NOW))
    network.on("/sync/pull", page([], "two", clock=NOW))
    await phone.pull()
    assert {str(it["name"]) for it in phone.all("exercises")} == {"Row", "Press"}


async def test_offers_go_in_batches_and_one_that_is_refused_blocks_no_other(
    network: Scripted,
) -> None:
    async with Device(":memory:", "", http=network, now_us=lambda: NOW, push_changes=2) as phone:
        await phone.login("ann@example.com", "secret")
        all_four = [named(id, at, id) for at, id in enumerate((A, B, C, D), 5)]
        network.on("/sync/pull", page(all_four, "one", clock=NOW))
        await phone.pull()
        network.on("/sync/pull", restored(4), page(all_four, "two", clock=NOW))

        def strict(request: Request) -> Response:
            if any(it["id"] == B for it in changes(request)):
                return problem(413, "record_too_large", {"changes": {"1": ["Too large."]}})
            return answer(request)

        network.always("/sync/push", strict)
        await phone.pull()
        batches = [[it["id"] for it in changes(sent)] for sent in network.sent("/sync/push")]
        assert batches == [[A, B], [A, C], [D]]


async def test_a_full_account_keeps_its_offers(phone: Device, network: Scripted) -> None:
    network.on("/sync/pull", page([named(A, 5, "Squat")], "one", clock=NOW))
    await phone.pull()
    network.on("/sync/pull", restored(4))
    network.on("/sync/push", problem(413, "quota_exceeded"))
    with pytest.raises(RequestRejected):
        await phone.pull()
    assert phone.get("exercises", A) is not None
    network.on("/sync/push", answer)
    network.on("/sync/pull", page([named(A, 6, "Squat")], "two", clock=NOW))
    await phone.pull()
    assert len(offered(network)) == 2


async def test_a_second_restore_before_the_end_of_the_pull_offers_from_the_lower_version(
    phone: Device, network: Scripted
) -> None:
    network.on("/sync/pull", page([named(A, 5, "a"), named(B, 8, "b")], "one", clock=NOW))
    await phone.pull()
    network.always("/sync/push", answer)
    network.on("/sync/pull", restored(4), page([named(A, 6, "a")], "two", more=True, clock=NOW))
    network.on("/sync/pull", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.pull()
    network.on("/sync/pull", restored(7), page([named(A, 6, "a")], "three", clock=NOW))
    network.on("/sync/pull", page([], "three", clock=NOW))
    await phone.pull()
    assert [it["id"] for it in offered(network)] == [A, B, B]


async def test_a_file_of_an_earlier_version_pulls_the_stamps_of_its_records(
    network: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "old.db"
    async with Device(path, "", http=network, now_us=lambda: NOW) as phone:
        await phone.login("ann@example.com", "secret")
        network.on("/sync/pull", page([named(A, 5, "Squat")], "one", clock=NOW))
        await phone.pull()
    with closing(Store(path)) as store:
        for statement in (
            "ALTER TABLE records DROP COLUMN clocks",
            "DROP TABLE offers",
            "DROP TABLE superseded",
            "PRAGMA user_version = 1",
        ):
            store.connection.execute(statement)
    async with Device(path, "", http=network, now_us=lambda: NOW) as phone:
        assert phone.get("exercises", A) is not None
        network.on("/sync/pull", page([named(A, 5, "Squat")], "one", clock=NOW))
        await phone.pull()
        assert "cursor" not in network.sent("/sync/pull")[-1].path
