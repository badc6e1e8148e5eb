"""The outgoing half: nothing is lost, nothing blocks, a key lasts until its answer is in."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from tests.client.network import Scripted, ok, page, problem, record, tokens
from trackforge_client import Device, Offline, RequestRejected, SignedOut, Unavailable
from trackforge_client.device.json_types import Json
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


async def test_every_result_finds_its_place(phone: Device, network: Scripted) -> None:
    named = ("applied", "unchanged", "merged", "stale", "conflict")
    ids = {name: phone.put("exercises", {"name": name}) for name in (*named, "rejected")}

    def with_status(status: str) -> Callable[[Wire], Wire]:
        def result(change: Wire) -> Wire:
            theirs = {"name": f"server's {status}"}
            whole = record("exercises", str(change["id"]), 50, theirs)
            known: dict[str, Wire] = {
                "applied": {},
                "unchanged": {},
                "rejected": {"error": {"code": "invalid_record", "detail": "No such name."}},
            }
            return {"status": status, "version": 50, **known.get(status, {"record": whole})}

        return result

    network.on(
        "/sync/push", answering(**{name: with_status(name) for name in (*named, "rejected")})
    )
    statuses = await phone.push()
    assert statuses == {**dict.fromkeys(named, 1), "rejected": 1}
    shown = {name: (phone.get("exercises", id) or {}).get("name") for name, id in ids.items()}
    assert shown == {
        "applied": "applied",
        "unchanged": "unchanged",
        "merged": "server's merged",
        "stale": "server's stale",
        "conflict": "server's conflict",
        "rejected": None,
    }
    (rejected,) = phone.rejected()
    assert (rejected.id, rejected.data, rejected.reason) == (
        ids["rejected"], {"name": "rejected"}, "No such name.",
    )  # fmt: skip
    assert rejected.seen == {"name": "rejected"}
    assert phone.status().pending == {}
    assert "No such name." in str(phone.status())


async def test_a_refused_edit_falls_back_to_the_servers_state(
    phone: Device, network: Scripted
) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", answering())
    await phone.push()
    phone.patch("exercises", id, {"name": "bad"})
    error = {"code": "invalid_record", "detail": "Bad.", "errors": {"name": ["Bad."]}}
    network.on("/sync/push", answering(bad=lambda _: {"status": "rejected", "error": error}))
    await phone.push()
    assert phone.get("exercises", id) == {"id": id, "name": "Squat"}
    (rejected,) = phone.rejected()
    phone.retry(rejected, {"name": "Good"})
    assert phone.rejected() == []
    assert phone.get("exercises", id) == {"id": id, "name": "Good"}
    assert phone.status().pending == {"exercises": 1}


OTHER = "0192f0c4-6f0e-7c4e-9a53-00000000000c"


async def test_a_record_moves_to_its_canonical_id(phone: Device, network: Scripted) -> None:
    wrong = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
    right = "0192f0c4-6f0e-7c4e-9a53-00000000000b"
    phone.put("exercises", {"name": "moved"}, id=wrong)

    def answer(request: Request) -> Response:
        # Written while the push is on its way:
        phone.patch("exercises", wrong, {"notes": "deep"})
        phone.put(
            "workout_sets", {"session_id": OTHER, "exercise_id": wrong, "position": 1}, id=OTHER
        )
        moved = answering(moved=lambda _: {"status": "applied", "canonical_id": right})
        return moved(request)

    network.on("/sync/push", answer, answering())
    await phone.push()
    assert [each["id"] for each in phone.all("exercises")] == [right]
    assert (
        phone.get("exercises", right)
        == phone.get("exercises", wrong)
        == {"id": right, "name": "moved", "notes": "deep"}
    )
    later = carried(network.sent("/sync/push")[1])
    assert later[0]["id"] == right
    assert (phone.get("workout_sets", OTHER) or {})["exercise_id"] == right


async def test_a_record_that_the_server_moves_is_here_once(
    phone: Device, network: Scripted
) -> None:
    day, former, moved_to = (f"0192f0c4-6f0e-7c4e-9a53-0000000000{n}" for n in ("d1", "f1", "c1"))
    log: dict[str, Json] = {"date": "2026-11-23", "food_id": day, "meal_id": day, "grams": 80}
    stored = record("food_logs", former, 1, log | {"planned": False})
    network.on("/sync/pull", page([stored], "c", clock=NOW))
    await phone.pull()
    phone.put("food_logs", log | {"planned": True}, id=former)
    moved = {"status": "applied", "canonical_id": moved_to, "version": 3}
    network.on("/sync/push", answering(**{"None": lambda _: moved}), answering())
    await phone.push()
    assert [each["id"] for each in phone.all("food_logs")] == [moved_to]
    phone.patch("food_logs", former, {"notes": "ripe"})
    await phone.push()
    assert carried(network.sent("/sync/push")[1])[0]["id"] == moved_to
    tombstone = record("food_logs", former, 2, {}) | {"deleted": True}
    live = record("food_logs", moved_to, 4, log | {"planned": True, "notes": "ripe"})
    network.on("/sync/pull", page([tombstone, live], "d", clock=NOW))
    await phone.pull()
    assert [each["id"] for each in phone.all("food_logs")] == [moved_to]
    assert (phone.get("food_logs", former) or {})["notes"] == "ripe"
    phone.delete("food_logs", former)
    assert phone.all("food_logs") == []


async def test_natural_ids_are_known_once_the_user_is(network: Scripted) -> None:
    async with Device(":memory:", "", http=network) as phone:
        before = phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81})
        await phone.login("ann@example.com", "secret")
        natural = "8b47ef62-442b-569c-8912-61bab0ad28d5"
        assert before != natural
        assert [each["id"] for each in phone.all("body_metrics")] == [natural]
        assert phone.get("body_metrics", before) == phone.get("body_metrics", natural)
        assert (phone.get("body_metrics", natural) or {})["weight_kg"] == 81
        assert phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 82}) == natural


async def test_a_too_long_record_is_set_aside_and_the_rest_goes_out(
    phone: Device, network: Scripted
) -> None:
    for number in range(5):
        phone.put("exercises", {"name": f"{number}"})
    named = {"changes": {"3": ["A change is at most 65536 bytes."]}}
    network.on("/sync/push", problem(413, "record_too_large", named), answering())
    assert await phone.push() == {"rejected": 1, "applied": 4}
    (rejected,) = phone.rejected()
    assert rejected.data == {"name": "3"}
    assert rejected.error["code"] == "record_too_large"


@pytest.mark.parametrize(
    ("status", "code"), [(422, "invalid_request"), (400, "malformed_json"), (413, "body_too_large")]
)
async def test_what_stops_a_whole_push_is_found_by_halving(
    phone: Device, network: Scripted, status: int, code: str
) -> None:
    names = [f"{number}" for number in range(20)]
    for name in names:
        phone.put("exercises", {"name": name})

    def answer(request: Request) -> Response:
        carries = [change["data"] for change in carried(request)]
        return problem(status, code) if {"name": "13"} in carries else answering()(request)

    network.always("/sync/push", answer)
    assert (await phone.push())["applied"] == 19
    assert [write.data for write in phone.rejected()] == [{"name": "13"}]
    assert {one["name"] for one in phone.all("exercises")} == set(names) - {"13"}


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500, 302])
async def test_somebody_elses_error_page_costs_nothing(
    phone: Device, network: Scripted, status: int
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", Response(status, {"content-type": "text/html"}, b"<h1>Hotel</h1>"))
    with pytest.raises(Unavailable):
        await phone.push()
    network.on("/sync/push", Response(200, {"content-type": "text/html"}, b"<h1>Hotel</h1>"))
    with pytest.raises(Unavailable):
        await phone.push()
    network.on("/sync/push", answering())
    assert await phone.push() == {"applied": 1}
    assert phone.rejected() == []


async def test_a_device_that_was_away_too_long_pulls_first(
    phone: Device, network: Scripted
) -> None:
    present, gone = (phone.put("exercises", {"name": name}) for name in ("kept", "gone"))
    network.on("/sync/push", answering())
    await phone.push()
    mine = phone.put("exercises", {"name": "mine"})
    network.on("/sync/push", problem(409, "resync_first"), answering(), answering())
    shown = record("exercises", present, 1, {"name": "kept"}, clock=NOW + 5, device_id=phone.id)
    network.on("/sync/pull", page([shown], "c", clock=NOW))
    network.on("/sync/pull", page([], "c", clock=NOW))
    await phone.push()
    assert phone.get("exercises", gone) is None
    assert phone.get("exercises", present) is not None
    assert phone.get("exercises", mine) is not None
    first, offer, second = network.sent("/sync/push")[1:]
    assert first.body == second.body
    assert [(change["op"], change["id"]) for change in carried(offer)] == [("offer", gone)]
    pull, _ = network.sent("/sync/pull")
    assert "cursor" not in pull.path
    assert f"device_id={phone.id}" in pull.path


async def test_a_server_that_always_wants_a_resync_is_not_asked_for_ever(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.always("/sync/push", problem(409, "resync_first"))
    network.always("/sync/pull", page([], "c", clock=NOW))
    with pytest.raises(RequestRejected):
        await phone.push()
    assert phone.status().pending == {"exercises": 1}


async def test_a_put_goes_out_under_the_version_that_it_was_made_with(
    network: Scripted, wall: Wall, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("device") / "gym.db"
    old = Device(path, "", http=network, now_us=wall)
    old.put("exercises", {"name": "by the old app"})
    old.close()
    network.always("/sync/push", answering())
    async with Device(path, "", http=network, now_us=wall, schema_version=2) as new:
        new.put("exercises", {"name": "by the new app"})
        await new.login("ann@example.com", "secret")
        await new.push()
    bodies = [json.loads(request.body or b"") for request in network.sent("/sync/push")]
    assert [(body["schema_version"], len(body["changes"])) for body in bodies] == [(1, 1), (2, 1)]


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


async def test_a_full_account_gets_the_deletions_and_then_the_rest(
    phone: Device, network: Scripted
) -> None:
    """Nothing is rejected on the device: the writes wait in the outbox until there is room."""
    old = phone.put("exercises", {"name": "Old"})
    network.on("/sync/push", answering())
    await phone.push()
    new = phone.put("exercises", {"name": "New"})
    phone.delete("exercises", old)
    full = problem(413, "quota_exceeded")
    network.on("/sync/push", full, answering(), answering())
    await phone.push()
    sent = [[change["id"] for change in carried(it)] for it in network.sent("/sync/push")[-3:]]
    assert sent == [[new, old], [old], [new]]
    assert phone.rejected() == []


async def test_a_full_account_without_deletions_keeps_its_writes(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "New"})
    network.on("/sync/push", problem(413, "quota_exceeded"))
    with pytest.raises(RequestRejected) as caught:
        await phone.push()
    assert caught.value.code == "quota_exceeded"
    assert phone.rejected() == []
    network.on("/sync/push", answering())
    assert await phone.push() == {"applied": 1}


async def test_a_full_account_that_takes_no_deletions_is_asked_once(
    phone: Device, network: Scripted
) -> None:
    old = phone.put("exercises", {"name": "Old"})
    network.on("/sync/push", answering())
    await phone.push()
    phone.put("exercises", {"name": "New"})
    phone.delete("exercises", old)
    before = len(network.sent("/sync/push"))
    network.on("/sync/push", *[problem(413, "quota_exceeded")] * 2)
    with pytest.raises(RequestRejected):
        await phone.push()
    assert len(network.sent("/sync/push")) == before + 2
    assert phone.rejected() == []
