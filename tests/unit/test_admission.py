"""Admission of a user's requests: slots, the queue, its end, and other users."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from sync_server.web.admission import PROMPT_REJECTIONS, SPACING_S, UserAdmission
from sync_server.web.errors import TooManyInFlight


class Crowd:
    """Requests of one kind; each holds its slot until it is released."""

    def __init__(self, at_work: int, queued: int, wait_s: float = 5.0) -> None:
        self.admission = UserAdmission("writes", at_work, queued, wait_s)
        self.working: list[str] = []
        self.highest = 0

    async def hold(self, name: str, user: str = "ann", seconds: float = 0.01) -> str:
        async with self.admission.admit(user):
            self.working.append(name)
            self.highest = max(self.highest, len(self.working))
            await asyncio.sleep(seconds)
            self.working.remove(name)
        return name


async def test_so_many_are_at_work_at_once_and_the_rest_wait_their_turn() -> None:
    crowd, order = Crowd(2, 8), list[str]()
    async with asyncio.TaskGroup() as tasks:
        for number in range(10):
            task = tasks.create_task(crowd.hold(str(number)))
            task.add_done_callback(lambda done: order.append(done.result()))
    assert crowd.highest == 2
    assert order == [str(number) for number in range(10)]


async def test_beyond_the_queue_a_request_is_rejected_with_a_time() -> None:
    crowd = Crowd(2, 3)
    tasks = [asyncio.create_task(crowd.hold(str(number))) for number in range(8)]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    rejected = [error for error in ended if isinstance(error, TooManyInFlight)]
    assert len(rejected) == 3
    assert rejected[0].headers == {"Retry-After": "1"}


async def test_rejections_that_follow_each_other_come_later_and_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as the user's slots are taken; afterwards they come at once again."""
    delays = list[float]()
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        delays.append(seconds)
        await sleep(0)

    crowd = Crowd(1, 0)
    async with crowd.admission.admit("ann"):
        monkeypatch.setattr(asyncio, "sleep", note)
        for _ in range(PROMPT_REJECTIONS + 9):
            with pytest.raises(TooManyInFlight):
                await crowd.hold("another")
        async with crowd.admission.admit("bob"):
            pass
    assert delays[:5] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6])
    # Those that come at once are not answered at one moment.
    spaced = [2.0 + number * SPACING_S for number in range(4)]
    assert delays[5:] == pytest.approx(spaced, abs=SPACING_S / 2)
    async with crowd.admission.admit("ann"):
        with pytest.raises(TooManyInFlight):
            await crowd.hold("another")
    assert len(delays) == 9
    assert crowd.admission._slots == {}


async def test_a_request_that_waits_too_long_is_rejected() -> None:
    crowd = Crowd(1, 3, wait_s=0.05)
    first = asyncio.create_task(crowd.hold("first", seconds=0.3))
    await asyncio.sleep(0)
    with pytest.raises(TooManyInFlight):
        await crowd.hold("second")
    assert await first == "first"
    assert await crowd.hold("third") == "third"


async def test_another_user_waits_for_nobody() -> None:
    crowd = Crowd(1, 8)
    tasks = [asyncio.create_task(crowd.hold(str(number), seconds=1)) for number in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(0.5):
        await crowd.hold("bob's", user="bob")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("leaves", [0, 1, 2, 3])
async def test_a_slot_outlives_no_request(leaves: int) -> None:
    """Whichever leaves, at work or waiting, before or at its turn: the slots are free again."""
    crowd = Crowd(1, 8)
    tasks = [asyncio.create_task(crowd.hold(str(number))) for number in range(4)]
    await asyncio.sleep(0)
    tasks[leaves].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with AsyncExitStack() as stack, asyncio.timeout(0.5):
        await stack.enter_async_context(crowd.admission.admit("ann"))
    assert crowd.admission._slots == {}


async def test_a_turn_that_comes_as_its_request_leaves_goes_to_the_next() -> None:
    crowd = Crowd(1, 8)
    async with crowd.admission.admit("ann"):
        leaving, next_one = (asyncio.create_task(crowd.hold(name)) for name in ("leaving", "next"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    leaving.cancel()
    async with asyncio.timeout(0.5):
        assert await next_one == "next"
    async with crowd.admission.admit("ann"):
        last = asyncio.create_task(crowd.hold("last"))
        await asyncio.sleep(0)
    last.cancel()
    await asyncio.gather(leaving, last, return_exceptions=True)
    assert crowd.admission._slots == {}
