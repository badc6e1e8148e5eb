"""The outgoing half: nothing is lost, nothing blocks, a key lasts until its answer is in."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from tests.client.network import (
    Scripted,
    ok,
    page,
    problem,
    tokens,
)
from trackforge_client import Device, Offline, SignedOut, Unavailable
from trackforge_client.device.transport import Request, Response

NOW = 1_795_399_905_123_000
SECOND = 1_000_000
Wire = dict[str, object]


class Wall:
    """A wall clock that can be set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/auth/login", tokens())
    return scripted


@pytest.fixture
async def phone(network: Scripted, wall: Wall) -> AsyncIterator[Device]:
    async with Device(":memory:", "", http=network, now_us=wall, name="phone") as device:
        await device.login("ann@example.com", "secret")
        yield device


def carried(request: Request) -> list[dict[str, object]]:
    assert request.body is not None
    changes: list[dict[str, object]] = json.loads(request.body)["changes"]
    return changes


def clocks(request: Request) -> list[int]:
    return [int(str(change["clock"])) for change in carried(request)]


def answering(**more: Callable[[Wire], Wire]) -> Callable[[Request], Response]:
    """A server that applies everything; `more` gives other results by the record's name."""

    def answer(request: Request) -> Response:
        results = []
        for version, change in enumerate(carried(request), 1):
            data = change.get("data")
            name = data.get("name") if isinstance(data, dict) else None
            place = {"collection": change["collection"], "id": change["id"]}
            known = more.get(str(name), _applied)(change)
            results.append({**place, "version": version, **known})
        clock = int(request.headers.get("sent-at", NOW))
        return ok({"version": 99, "server_clock": clock, "clock_shift_us": 0, "results": results})

    return answer


def _applied(_: Wire) -> Wire:
    return {"status": "applied"}


async def test_a_push_carries_what_the_contract_says(phone: Device, network: Scripted) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    phone.patch("exercises", id, {"notes": "deep"}, base_version=7)
    phone.delete("exercises", id, base_clock=3)
    network.on("/sync/push", answering())
    assert await phone.push() == {"applied": 3}
    (request,) = network.sent("/sync/push")
    assert json.loads(request.body or b"") == {
        "device_id": phone.id,
        "schema_version": 1,
        "changes": [
            {"collection": "exercises", "id": id, "op": "put", "clock": NOW,
             "data": {"name": "Squat"}},
            {"collection": "exercises", "id": id, "op": "patch", "clock": NOW + 1,
             "data": {"notes": "deep"}, "base_version": 7},
            {"collection": "exercises", "id": id, "op": "delete", "clock": NOW + 2,
             "base_clock": 3},
        ],
    }  # fmt: skip
    assert request.headers["sent-at"] == str(NOW)
    assert request.headers["authorization"].startswith("Bearer e30.")
    assert phone.status().pending == {}


async def test_batches_are_cut_by_count_and_by_bytes(network: Scripted) -> None:
    network.always("/sync/push", answering())
    async with Device(":memory:", "", http=network, push_changes=3, push_bytes=1500) as phone:
        await phone.login("ann@example.com", "secret")
        for number in range(7):
            phone.put("exercises", {"name": f"{number}"})
        phone.put("exercises", {"name": "long", "notes": "n" * 2000})
        phone.put("exercises", {"name": "last"})
        await phone.push()
    sent = network.sent("/sync/push")
    assert [len(carried(request)) for request in sent] == [3, 3, 1, 1, 1]
    assert len({request.headers["idempotency-key"] for request in sent}) == 5


async def test_the_servers_limits_bind(phone: Device, network: Scripted) -> None:
    network.on("/sync/config", ok({"limits": {"push_changes": 2, "push_bytes": 10_000}}))
    network.on("/sync/pull", page([], "c", clock=NOW))
    await phone.pull()
    for number in range(5):
        phone.put("exercises", {"name": f"{number}"})
    network.always("/sync/push", answering())
    await phone.push()
    assert [len(carried(request)) for request in network.sent("/sync/push")] == [2, 2, 1]


async def test_a_lost_answer_is_asked_for_again_byte_for_byte(
    phone: Device, network: Scripted, wall: Wall
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Offline("lost", sent=True), Unavailable("busy", status=503))
    network.always("/sync/push", answering())
    for error in (Offline, Unavailable):
        with pytest.raises(error):
            await phone.push()
        wall.now += 5 * SECOND
        phone.put("exercises", {"name": "Bench press"})
    assert await phone.push() == {"applied": 3}
    first, second, third, *_ = network.sent("/sync/push")
    assert (first.body, first.headers["idempotency-key"]) == (
        second.body,
        second.headers["idempotency-key"],
    )
    assert second.body == third.body
    assert second.headers["idempotency-key"] == third.headers["idempotency-key"]


async def test_a_late_repeat_has_the_same_bytes_and_the_present_time(
    phone: Device, network: Scripted, wall: Wall
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.push()
    wall.now += 3600 * SECOND
    network.always("/sync/push", answering())
    assert await phone.push() == {"applied": 1}
    first, again = network.sent("/sync/push")
    assert first.body == again.body
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
    assert int(again.headers["sent-at"]) - int(first.headers["sent-at"]) == 3600 * SECOND


async def test_a_repeat_after_a_correction_tells_the_time_of_its_own_clocks(
    phone: Device, network: Scripted, wall: Wall
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.push()
    network.on("/sync/pull", page([], "c", clock=NOW + 7200 * SECOND))
    await phone.pull()  # This device is two hours slow.
    phone.put("exercises", {"name": "Bench press"})
    wall.now += 60 * SECOND

    def shifted(request: Request) -> Response:
        body = json.loads(answering()(request).body)
        server_us = NOW + 7260 * SECOND
        shift = server_us - int(request.headers["sent-at"])
        return ok({**body, "server_clock": server_us, "clock_shift_us": shift})

    network.on("/sync/push", shifted, answering())
    assert await phone.push() == {"applied": 2}
    first, again, later = network.sent("/sync/push")
    assert first.body == again.body
    assert int(again.headers["sent-at"]) == NOW + 60 * SECOND
    assert int(later.headers["sent-at"]) == NOW + 7260 * SECOND
    assert NOW + 7200 * SECOND <= clocks(later)[0] <= NOW + 7201 * SECOND


async def test_a_batch_that_was_never_stored_keeps_its_order_under_a_new_key(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Offline("lost", sent=True))
    with pytest.raises(Offline):
        await phone.push()
    network.on("/sync/pull", page([], "c", clock=NOW + 7200 * SECOND))
    await phone.pull()
    phone.put("exercises", {"name": "Bench press"})
    network.on("/sync/push", problem(422, "idempotency_key_reused"), answering())
    assert await phone.push() == {"applied": 2}
    first, _, fresh = network.sent("/sync/push")
    assert fresh.headers["idempotency-key"] != first.headers["idempotency-key"]
    squat, press = clocks(fresh)
    assert squat == clocks(first)[0] + 7200 * SECOND < press


async def test_a_push_that_never_left_keeps_its_key(phone: Device, network: Scripted) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Offline("no network", sent=False))
    with pytest.raises(Offline):
        await phone.push()
    network.on("/sync/pull", page([], "c", clock=NOW + 7200 * SECOND))
    await phone.pull()
    network.always("/sync/push", answering())
    assert await phone.push() == {"applied": 1}
    first, second = network.sent("/sync/push")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert clocks(second) == [NOW + 7200 * SECOND]
    assert second.headers["sent-at"] == str(NOW + 7200 * SECOND)


async def test_a_wrong_clock_is_corrected_by_the_sign_in() -> None:
    network = Scripted()
    year = 365 * 86_400 * SECOND
    signed_in = tokens()
    date = {"date": "Mon, 23 Nov 2026 02:11:45 GMT"}
    network.on("/auth/login", replace(signed_in, headers={**signed_in.headers, **date}))
    network.always("/sync/push", answering())
    async with Device(":memory:", "", http=network, now_us=lambda: NOW - 9 * year) as phone:
        phone.put("exercises", {"name": "Squat"})
        await phone.login("ann@example.com", "secret")
        await phone.push()
    (request,) = network.sent("/sync/push")
    assert abs(clocks(request)[0] - NOW) < SECOND
    assert abs(int(request.headers["sent-at"]) - NOW) < SECOND


async def test_nothing_is_frozen_while_nobody_is_signed_in(network: Scripted) -> None:
    async with Device(":memory:", "", http=network) as phone:
        phone.put("exercises", {"name": "Squat"})
        with pytest.raises(SignedOut):
            await phone.push()
        assert network.requests == []
        assert phone.status().sending == 0


async def test_a_wrong_clock_is_learnt_from_the_first_answer(network: Scripted) -> None:
    year = 365 * 86_400 * SECOND
    async with Device(":memory:", "", http=network, now_us=lambda: NOW + 9 * year) as phone:
        await phone.login("ann@example.com", "secret")
        phone.put("exercises", {"name": "Squat"})

        def answer(request: Request) -> Response:
            phone.put("exercises", {"name": "Bench press"})
            response = json.loads(answering()(request).body)
            return ok({**response, "server_clock": NOW, "clock_shift_us": -9 * year})

        network.on("/sync/push", answer, answering())
        await phone.push()
    first, second = network.sent("/sync/push")
    assert int(first.headers["sent-at"]) == clocks(first)[0] == NOW + 9 * year
    assert abs(int(second.headers["sent-at"]) - NOW) < SECOND
    assert abs(clocks(second)[0] - NOW) < SECOND
