"""Fair shares of the event loop: who gives way to whom, for how long, and what is counted."""

import asyncio
import time

import pytest
from aiohttp.test_utils import make_mocked_request

from sync_server.store.observers import WORK
from sync_server.web import fair_share, identity, used_time
from sync_server.web.fair_share import FairShares

MUCH, LITTLE = 2.0, 0.01


class Requests:
    """Requests of several users; `order` has the name of each step as it runs."""

    def __init__(self, **used: float) -> None:
        self.shares, self.order = FairShares(), list[str]()
        for user, seconds in used.items():
            self.shares.account(user).add(seconds)

    async def run(
        self, user: str, steps: int = 3, pause_s: float = 0.0, can_work: bool = True
    ) -> str:
        async def work() -> str:
            for _ in range(steps):
                self.order.append(user)
                await asyncio.sleep(pause_s)
            return user

        return await self.shares.run(user, work(), lambda: can_work)


async def test_a_heavy_user_waits_until_the_light_one_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_share, "PAUSE_S", 60.0)
    monkeypatch.setattr(fair_share, "AT_WORK_S", 60.0)
    requests = Requests(heavy=MUCH, light=LITTLE)
    heavy = asyncio.create_task(requests.run("heavy"))
    assert await requests.run("light", pause_s=0.002) == "light"
    assert requests.order == ["light", "heavy", "light", "light"]
    assert await heavy == "heavy"
    assert requests.order[4:] == ["heavy", "heavy"]


async def test_the_pause_of_a_step_is_bounded() -> None:
    """The light user is always at work, and the heavy one gets there all the same."""
    requests = Requests(heavy=MUCH, light=LITTLE)
    light = asyncio.create_task(requests.run("light", steps=10_000, pause_s=0.002))
    async with asyncio.timeout(5):
        assert await requests.run("heavy", steps=3) == "heavy"
    assert not light.done()
    light.cancel()
    await asyncio.gather(light, return_exceptions=True)


async def test_nobody_waits_for_a_body_that_is_sent_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_share, "PAUSE_S", 60.0)
    monkeypatch.setattr(fair_share, "AT_WORK_S", 60.0)
    requests = Requests(heavy=MUCH, slow=LITTLE)
    slow = asyncio.create_task(requests.run("slow", steps=10_000, pause_s=0.002, can_work=False))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await requests.run("heavy") == "heavy"
    assert not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)


def test_nobody_waits_for_a_request_that_waits_for_others_of_its_user() -> None:
    """Two hundred requests of one user, of which four are admitted, are no two hundred at work."""
    request = make_mocked_request("GET", "/")
    assert not identity._can_work(request)
    request[identity.ADMITTED] = True
    assert identity._can_work(request)


async def test_alone_or_among_equals_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_share, "PAUSE_S", 60.0)
    requests = Requests(ann=MUCH, bob=MUCH)
    async with asyncio.timeout(5):
        assert await requests.run("ann") == "ann"
        await asyncio.gather(requests.run("ann"), requests.run("bob"))
    assert requests.order[3:] == ["ann", "bob"] * 3


async def test_a_request_that_only_waits_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come, for example."""
    monkeypatch.setattr(fair_share, "PAUSE_S", 60.0)
    monkeypatch.setattr(fair_share, "AT_WORK_S", 0.01)
    requests = Requests(heavy=MUCH, light=LITTLE)
    idle = asyncio.create_task(requests.run("light", pause_s=60))
    await asyncio.sleep(0.03)
    async with asyncio.timeout(5):
        assert await requests.run("heavy") == "heavy"
    idle.cancel()
    await asyncio.gather(idle, return_exceptions=True)


async def test_a_user_is_heavy_only_beside_a_lighter_active_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = Requests(heavy=MUCH, light=LITTLE)
    shares = requests.shares
    await requests.run("light")
    assert shares.heavy("heavy") is None, "a request that was not admitted makes nobody active"
    assert shares.heavy("light") is None
    assert shares.heavy("heavy") is shares.account("heavy")
    monkeypatch.setattr(fair_share, "ACTIVE_S", 0.0)
    assert shares.heavy("heavy") is None


async def test_cancelling_ends_the_work_also_in_a_pause() -> None:
    requests = Requests(heavy=MUCH, light=LITTLE)
    ended = list[str]()

    async def work() -> None:
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(60)
        finally:
            ended.append("heavy")

    light = asyncio.create_task(requests.run("light", steps=100, pause_s=0.001))
    heavy = asyncio.create_task(requests.shares.run("heavy", work()))
    await asyncio.sleep(0.005)
    heavy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await heavy
    assert ended == ["heavy"]
    await light
    assert not requests.shares._waiting


async def test_an_error_of_the_work_is_raised_and_its_timeouts_hold() -> None:
    shares = FairShares()

    async def slow() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await shares.run("ann", slow())
    assert not shares._at_work


async def test_what_is_computed_and_held_is_counted_and_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares = FairShares()

    async def work() -> None:
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)
        observe = WORK.get()
        assert observe is not None
        observe(0.5)

    shares.account("ann").add(fair_share.UNMEASURED_S * 1.5)
    await shares.run("ann", work())
    assert 0.5 < shares.account("ann").used_lately() < 0.7
    assert shares.account("bob").used_lately() == 0
    assert WORK.get() is None
    monkeypatch.setattr(used_time, "HALF_LIFE_S", 0.001)
    await asyncio.sleep(0.02)
    assert shares.account("ann").used_lately() < 0.001


async def test_of_little_used_time_a_sample_is_measured_for_all() -> None:
    shares = FairShares()

    async def work() -> None:
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            pass

    for number in range(fair_share.MEASURED):
        assert shares.account("ann").used == 0, number
        await shares.run("ann", work())
    assert shares.account("ann").used >= 0.002 * fair_share.MEASURED


def test_the_longest_unused_accounts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_share, "MAX_ACCOUNTS", 2)
    shares = FairShares()
    first = shares.account("ann")
    shares.account("bob")
    assert shares.account("ann") is first
    shares.account("eve")
    assert shares.account("ann") is first
    assert list(shares._accounts) == ["eve", "ann"]
