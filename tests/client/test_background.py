"""Background sync and the status of a device."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable

import pytest

from tests.client.network import Scripted, ok, page, problem, record, tokens
from trackforge_client import Device, Offline
from trackforge_client.device.backoff import Backoff
from trackforge_client.device.status import Status
from trackforge_client.device.transport import Request, Response

NOW = 1_795_399_905_123_000
SECOND = 1_000_000
ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
A = ID


class Sleeper:
    """Sleeps that end when the test says so; it knows how long each would have been."""

    def __init__(self) -> None:
        self.waits: asyncio.Queue[tuple[float, asyncio.Event]] = asyncio.Queue()

    async def __call__(self, seconds: float) -> None:
        over = asyncio.Event()
        self.waits.put_nowait((seconds, over))
        await over.wait()


def parse_push(request: Request) -> Response:
    changes = json.loads(request.body or b"")["changes"]
    results = [
        {"collection": one["collection"], "id": one["id"], "status": "applied", "version": 1}
        for one in changes
    ]
    return ok({"version": 1, "server_clock": NOW, "clock_shift_us": 0, "results": results})


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/auth/login", tokens())
    scripted.always("/sync/pull", page([], "one", clock=NOW))
    scripted.always("/sync/push", parse_push)
    return scripted


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
async def phone(network: Scripted, sleeper: Sleeper) -> AsyncIterator[Device]:
    async with Device(
        ":memory:", "", http=network, now_us=lambda: NOW, sleep=sleeper, interval_s=77.0
    ) as device:
        await device.login("ann@example.com", "secret")
        yield device


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until the condition holds."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")


async def test_a_local_write_goes_out_by_itself(phone: Device, network: Scripted) -> None:
    network.always("/sync/stream", problem(503, "overloaded"))
    phone.start()
    await until(lambda: network.sent("/sync/pull"))
    phone.put("exercises", {"name": "Squat"})
    await until(lambda: phone.status().pending == {})
    phone.put("exercises", {"name": "Press"})
    await until(lambda: phone.status().pending == {})
    await phone.stop()
    assert len(network.sent("/sync/push")) == 2


async def test_a_server_event_starts_a_pull(phone: Device, network: Scripted) -> None:
    events = (
        b': hello\n\nevent: head\ndata: {"version": 4}\n\nevent: head\ndata: {"version": 5}\n\n'
    )
    news = record("exercises", A, 5, {"name": "theirs"})
    network.on("/sync/pull", page([], "one", clock=NOW), page([news], "two", clock=NOW))
    network.on("/sync/stream", Response(200, {}, events))
    phone.start()
    await until(lambda: phone.get("exercises", A) is not None)
    await phone.stop()
    assert phone.get("exercises", A) == {"id": A, "name": "theirs"}
    assert len(network.sent("/sync/pull")) >= 2


async def test_a_replaced_stream_does_not_come_back_at_once(
    phone: Device, network: Scripted, sleeper: Sleeper
) -> None:
    events = b'event: head\ndata: {"version": 4}\n\nevent: replaced\ndata: {}\n\n'
    network.always("/sync/stream", Response(200, {}, events))
    phone.start()
    waits = [(await sleeper.waits.get())[0] for _ in range(4)]
    assert max(waits) >= 300
    assert len(network.sent("/sync/stream")) == 1
    await phone.stop()


async def test_a_busy_server_is_left_in_peace(
    phone: Device, network: Scripted, sleeper: Sleeper
) -> None:
    network.always("/sync/stream", problem(503, "overloaded", **{"retry-after": "1000"}))
    network.on("/sync/push", problem(429, "rate_limited", **{"retry-after": "120"}))
    phone.put("exercises", {"name": "Squat"})
    phone.start()
    waits = [await sleeper.waits.get() for _ in range(3)]
    wait_s, over = next(wait for wait in waits if 100 < wait[0] < 500)
    assert 120 <= wait_s <= 121
    phone.put("exercises", {"name": "Press"})
    await asyncio.sleep(0.01)
    assert len(network.sent("/sync/push")) == 1
    assert "Next try in 2 minutes" in str(phone.status())
    over.set()
    await until(lambda: phone.status().pending == {})
    assert phone.status().last_error is None
    await phone.stop()


async def test_nobody_signed_in_means_no_requests(network: Scripted, sleeper: Sleeper) -> None:
    network.always("/sync/stream", problem(503, "overloaded"))
    async with Device(":memory:", "", http=network, sleep=sleeper, now_us=lambda: NOW) as phone:
        phone.start()
        phone.put("exercises", {"name": "Squat"})
        await asyncio.sleep(0.01)
        assert network.requests == []
        await phone.login("ann@example.com", "secret")
        await until(lambda: phone.status().pending == {} and network.sent("/sync/pull"))


async def test_an_old_app_stops_pulling(phone: Device, network: Scripted) -> None:
    events = b'event: head\ndata: {"version": 4}\n\n'
    network.always("/sync/stream", Response(200, {}, events))
    network.always("/sync/pull", problem(426, "upgrade_required"))
    phone.start()
    await until(lambda: network.sent("/sync/stream") and network.sent("/sync/pull"))
    phone.put("exercises", {"name": "Squat"})
    await until(lambda: phone.status().pending == {})
    assert len(network.sent("/sync/pull")) == 1
    await phone.stop()


class Delayed(Scripted):
    """A network on which pushes wait."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def send(self, request: Request) -> Response:
        """Pushes go on only when they are let."""
        if request.path.endswith("/push"):
            await self.free.wait()
        return await super().send(request)


async def test_a_push_on_its_way_holds_up_no_pull() -> None:
    network = Delayed()
    network.on("/auth/login", tokens())
    network.on("/sync/push", parse_push)
    news = record("exercises", A, 5, {"name": "theirs"})
    network.on("/sync/pull", page([news], "two", clock=NOW))
    async with Device(":memory:", "", http=network, now_us=lambda: NOW) as phone:
        await phone.login("ann@example.com", "secret")
        phone.put("exercises", {"name": "mine"})
        pushing = asyncio.create_task(phone.push())
        await asyncio.sleep(0)
        assert await phone.pull() == 1
        network.free.set()
        assert await pushing == {"applied": 1}


def test_backoff_draws_from_a_span_that_doubles() -> None:
    backoff = Backoff(random.Random(1))
    draws = [[Backoff(random.Random(n), failures=f).next_s() for n in range(300)] for f in (0, 3)]
    assert 0 <= min(draws[0]) < 0.1
    assert 0.9 < max(draws[0]) <= 1
    assert 7 < max(draws[1]) <= 8
    for _ in range(1000):
        assert backoff.next_s() <= 300
    assert 30 <= backoff.next_s(30) <= 330
    backoff.reset()
    assert backoff.next_s() <= 1


async def test_the_status_is_readable_text(network: Scripted) -> None:
    wall = [NOW]
    async with Device(":memory:", "", http=network, now_us=lambda: wall[0]) as phone:
        assert str(phone.status()) == "Not signed in yet. Nothing to send. Never synced."
        await phone.login("ann@example.com", "secret")
        await phone.sync()
        wall[0] += 20 * SECOND
        assert (
            str(phone.status())
            == "Signed in as ann@example.com. Everything is sent. Last synced 20 seconds ago."
        )
        for number in range(2):
            phone.put("workout_sets", {"session_id": ID, "exercise_id": ID, "position": number})
        phone.put("food_logs", {"date": "2026-11-23", "food_id": ID, "grams": 10})
        network.on("/sync/push", Offline("rejected", sent=False))
        network.on("/sync/pull", Offline("rejected", sent=False))
        with pytest.raises(Offline):
            await phone.sync()
        wall[0] += 7200 * SECOND
        assert str(phone.status()) == (
            "Signed in as ann@example.com. 3 changes wait to be sent: 1 food log, 2 workout sets."
            " Last synced 2 hours ago."
            " The last attempt failed 2 hours ago: no connection to the server."
        )


def test_every_part_of_the_status_has_its_words() -> None:
    whole = Status(
        now=NOW,
        sign_in="signed in",
        email="ann@example.com",
        pending={"body_metrics": 1},
        rejected=2,
        last_reason="Too heavy.",
        pulled_at=NOW - 3 * 86_400 * SECOND,
        last_error="busy",
        last_error_at=NOW - 60 * SECOND,
        next_try_at=NOW + 30 * SECOND,
        upgrade_needed=True,
    )
    assert str(whole) == (
        "Signed in as ann@example.com. 1 change waits to be sent: 1 body measurement."
        " Last synced 3 days ago. The last attempt failed 1 minute ago: busy."
        " Next try in 30 seconds."
        " 2 changes were rejected, the last one: Too heavy."
        " This app is too old to receive changes: update it. It still sends yours."
    )
