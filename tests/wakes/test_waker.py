"""Wake-ups: only devices that are behind, once in 30 seconds, as long as their key lives."""

import asyncio
from contextlib import suppress

import aiohttp
import orjson
import pytest

from sync_server.store.postgres import Pool
from sync_server.sync.wakes import queries
from sync_server.sync.wakes.waker import Waker
from tests.support.sample_records import new_id
from tests.wakes.household import Household

PHONE, TABLET, WATCH = new_id(), new_id(), new_id()


@pytest.fixture
async def home(household: Household) -> Household:
    """A phone that is up to date and has a push key."""
    await household.pull(PHONE, await household.pull(PHONE))
    await household.set_key(PHONE, "phone")
    return household


async def test_a_device_that_is_behind_gets_one_message_without_contents(home: Household) -> None:
    await home.write(TABLET)
    assert await home.wake() == ["phone"]
    assert home.service.messages == [("phone", b"sync")]
    headers = home.service.headers[0]
    assert (headers["Topic"], headers["Urgency"]) == ("sync", "normal")
    home.pass_time(3600)
    assert await home.wake() == []


async def test_a_hundred_pushes_in_thirty_seconds_are_one_message_and_one_after(
    home: Household,
) -> None:
    await home.write(TABLET)
    assert await home.wake() == ["phone"]
    for _ in range(10):
        await asyncio.gather(*(home.write(TABLET) for _ in range(10)))
        home.pass_time(2.9)
        assert await home.wake() == []
    assert await home.wake() == []
    home.pass_time(1.0)
    assert await home.wake() == ["phone"]
    home.pass_time(3600)
    assert await home.wake() == []


async def test_the_device_that_pushed_is_not_woken(home: Household) -> None:
    await home.set_key(TABLET, "tablet")
    await home.write(TABLET)
    assert await home.wake() == ["phone"]
    home.pass_time(31)
    await home.write(PHONE)
    assert await home.wake() == ["tablet"]


async def test_a_device_that_pulled_meanwhile_is_not_woken(home: Household, pool: Pool) -> None:
    await home.write(TABLET)
    assert await home.wake() == ["phone"]
    await home.write(TABLET)
    assert await home.wake() == []
    await home.pull(PHONE)
    home.pass_time(31)
    assert await home.wake() == []
    query = "SELECT due_at FROM wake_keys WHERE user_id = $1"
    assert await pool.fetchval(query, home.user.user_id) is None


async def test_a_pull_with_more_pages_leaves_the_device_behind(home: Household) -> None:
    await home.write(TABLET, 3)
    assert await home.wake() == ["phone"]
    await home.write(TABLET, 3)
    await home.user.send("GET", f"/sync/pull?device_id={PHONE}&limit=1")
    home.pass_time(31)
    assert await home.wake() == ["phone"]


async def test_a_device_is_not_woken_for_what_it_does_not_pull(household: Household) -> None:
    path = f"/sync/pull?device_id={PHONE}&collections=body_metrics"
    await household.user.send("GET", path)
    await household.set_key(PHONE, "phone")
    await household.write(TABLET)
    assert await household.wake() == []
    metric = {"date": "2026-11-30", "weight_kg": 81.4}
    created = await household.user.send(
        "POST", "/body-metrics", metric, Idempotency_Key=new_id()
    )  # fmt: skip
    assert created.status == 201
    assert await household.wake() == ["phone"]


async def test_a_device_with_an_open_stream_is_woken_when_it_has_left(home: Household) -> None:
    headers = {"Authorization": f"Bearer {home.user.tokens['access_token']}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(home.user.api + "/sync/stream") as stream:
            await stream.content.readline()
            await home.write(TABLET)
            assert await home.wake() == []
            home.pass_time(31)
            assert await home.wake() == []
        async with asyncio.timeout(5):
            while not await home.wake():
                home.pass_time(31)
                await asyncio.sleep(0.02)
    assert [name for name, _ in home.service.messages] == ["phone"]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_dead_key_is_dropped_and_audited(home: Household, pool: Pool, status: int) -> None:
    home.service.answers = [(status, {})]
    await home.write(TABLET)
    assert await home.wake() == []
    state = await home.push_state(PHONE)
    assert (state["kind"], state["dropped_reason"]) == ("webpush", str(status))
    assert state["dropped_at"] is not None
    assert await home.stored_key(pool) == (PHONE, None)
    details = await pool.fetchval(
        "SELECT details FROM audit WHERE user_id = $1 AND action = 'push_key_dropped'",
        home.user.user_id,
    )
    assert orjson.loads(details) == {"device": PHONE, "kind": "webpush", "reason": str(status)}
    record = await pool.fetchval("SELECT id FROM records WHERE user_id = $1", home.user.user_id)
    answer = await home.user.send("GET", f"/sync/explain?device={PHONE}&record={record}")
    causes = {it["cause"]: it for it in answer.json["causes"]}
    assert answer.json["causes"][0]["cause"] == "not_pulled"
    assert causes["not_woken"]["evidence"]["reason"] == "push_key_dropped"
    assert causes["not_woken"]["evidence"]["push"]["dropped_reason"] == str(status)
    await home.write(TABLET)
    home.pass_time(3600)
    assert await home.wake() == []
    await home.set_key(PHONE, "phone-2")
    await home.write(TABLET)
    assert await home.wake() == ["phone-2"]


async def test_a_push_service_that_fails_is_tried_again_ever_later(home: Household) -> None:
    home.service.answers = [(503, {}), (429, {"Retry-After": "600"})]
    await home.write(TABLET)
    assert await home.wake() == []
    assert (await home.push_state(PHONE))["failures"] == 1
    home.pass_time(31)
    await home.write(TABLET)
    assert await home.wake() == []
    assert len(home.service.answers) == 1
    home.pass_time(30)
    assert await home.wake() == []
    assert home.service.answers == []
    home.pass_time(599)
    assert await home.wake() == []
    home.pass_time(2)
    assert await home.wake() == ["phone"]
    assert (await home.push_state(PHONE))["failures"] == 0


async def test_what_a_process_that_died_owed_is_sent_by_another(home: Household) -> None:
    await home.write(TABLET)
    # It died before it looked at the user.
    other = Waker(home.waker._app, home.waker._sender._gateways, lambda: home.now)
    await other.recover()
    await other.settle()
    assert home.service.messages == [("phone", b"sync")]
    # It died between the claim and the message.
    home.pass_time(31)
    await home.write(TABLET)
    with suppress(asyncio.CancelledError):
        await home.waker.wake_noted()
        for task in home.waker._sender._tasks:
            task.cancel()
        await home.waker.settle()
    assert len(home.service.messages) == 1
    await other.wake_due()
    await other.settle()
    assert len(home.service.messages) == 1, "the lease has not ended"
    home.pass_time(61)
    await other.wake_due()
    await other.settle()
    assert len(home.service.messages) == 2


async def test_of_several_processes_one_sends(home: Household) -> None:
    await home.write(TABLET)
    others = [
        Waker(home.waker._app, home.waker._sender._gateways, lambda: home.now) for _ in range(5)
    ]
    for other in others:
        other.note(home.user.user_id)
    await asyncio.gather(*(other.wake_noted() for other in others))
    await asyncio.gather(*(other.settle() for other in others))
    assert len(home.service.messages) == 1


async def test_a_version_committed_while_a_message_is_sent_is_not_forgotten(
    home: Household,
) -> None:
    await home.write(TABLET)
    await home.waker.wake_noted()  # claimed, on its way
    await home.write(TABLET)
    await home.waker.wake_noted()
    await home.waker.settle()
    assert len(home.service.messages) == 1
    home.pass_time(31)
    assert await home.wake() == ["phone"]


async def test_log_out_ends_the_key(home: Household, pool: Pool) -> None:
    old = dict(home.user.tokens)
    await home.user.send("POST", "/auth/logout", {})
    await home.user.login()
    await home.write(TABLET)
    assert await home.wake() == []
    assert await home.stored_key(pool) is None
    assert old["access_token"] != home.user.tokens["access_token"]


async def test_a_forgotten_device_has_no_key(home: Household) -> None:
    assert (await home.user.send("DELETE", f"/sync/devices/{PHONE}")).status == 204
    await home.write(TABLET)
    assert await home.wake() == []


async def test_the_export_has_the_state_of_the_key_and_not_the_key(home: Household) -> None:
    lines = (await home.user.send("GET", "/users/me/export")).body.splitlines()
    found = [line for line in map(orjson.loads, lines) if line["kind"] == "push_key"]
    assert [line["device_id"] for line in found] == [PHONE]
    assert not any(home.service.base_url.encode() in line for line in lines)


async def test_a_deleted_account_leaves_no_key(home: Household, pool: Pool) -> None:
    assert await home.stored_key(pool) is not None
    gone = await home.user.send("DELETE", "/users/me", {"password": home.user.password})
    assert gone.status == 204
    assert await home.stored_key(pool) is None


async def test_a_key_set_again_keeps_its_state_and_moves_with_its_device(home: Household) -> None:
    await home.write(TABLET)
    await home.wake()
    body = home.service.subscribe("phone")
    before = await home.push_state(PHONE)
    first = await home.user.send("PUT", f"/sync/devices/{PHONE}/push", body)
    assert first.json["created_at"] > before["created_at"]
    again = await home.user.send("PUT", f"/sync/devices/{PHONE}/push", body)
    assert again.json == first.json
    moved = await home.user.send("PUT", f"/sync/devices/{WATCH}/push", body)
    assert moved.status == 200
    devices = (await home.user.send("GET", "/sync/devices")).json["devices"]
    assert [it["device_id"] for it in devices if it["push"]] == [WATCH]


async def test_keys_beyond_the_quota_of_devices_are_deleted(
    home: Household, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "TRIM", queries.TRIM.replace("OFFSET $3", "OFFSET $3 - 998"))
    for device_id in (TABLET, WATCH):
        await home.set_key(device_id, device_id)
    rows = await pool.fetch("SELECT device_id FROM wake_keys WHERE user_id = $1", home.user.user_id)
    assert {row["device_id"] for row in rows} == {TABLET, WATCH}
