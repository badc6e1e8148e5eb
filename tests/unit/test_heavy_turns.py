"""Turns of heavy requests: their order, one of each user, and their end."""

import asyncio

import pytest

from sync_server.web import heavy_turns
from sync_server.web.errors import TooManyInFlight
from sync_server.web.heavy_turns import HeavyTurns
from sync_server.web.used_time import UsedTime


def account(seconds: float) -> UsedTime:
    """Account of a user who has used so much."""
    made = UsedTime()
    made.add(seconds)
    return made


async def until_free(turns: HeavyTurns) -> None:
    """Wait for the end of all rests."""
    async with asyncio.timeout(2):
        while turns._working:
            await asyncio.sleep(0.005)


async def hold(
    turns: HeavyTurns, user: UsedTime, name: str, order: list[str], seconds: float = 0.0
) -> None:
    """Take a turn, and keep it for some time."""
    async with turns.take(user):
        order.append(name)
        await asyncio.sleep(seconds)


async def test_the_user_who_used_least_goes_first() -> None:
    turns, order = HeavyTurns(1, 5.0), list[str]()
    used = {"first": 9.0, "most": 8.0, "least": 1.0, "middle": 4.0}
    async with asyncio.TaskGroup() as tasks:
        for name, seconds in used.items():
            tasks.create_task(hold(turns, account(seconds), name, order))
    assert order == ["first", "least", "middle", "most"]


async def test_a_user_has_one_turn_however_many_are_free() -> None:
    turns, order, ann = HeavyTurns(3, 5.0), list[str](), account(1)
    first, second = (asyncio.create_task(hold(turns, ann, n, order, 0.02)) for n in ("a", "b"))
    await asyncio.sleep(0)
    await hold(turns, account(9), "bob", order)
    assert order == ["a", "bob"]
    await asyncio.gather(first, second)
    assert order == ["a", "bob", "b"]


async def test_a_turn_that_lasts_too_long_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy_turns, "TURN_S", 0.01)
    turns, order = HeavyTurns(1, 5.0), list[str]()
    long = asyncio.create_task(hold(turns, account(1), "long", order, 60))
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await hold(turns, account(2), "next", order)
    assert order == ["long", "next"]
    long.cancel()
    await asyncio.gather(long, return_exceptions=True)
    await until_free(turns)


async def test_a_request_that_waits_too_long_is_rejected_and_a_leaving_one_leaves_nothing() -> None:
    turns, order = HeavyTurns(1, 0.02), list[str]()
    async with turns.take(account(1)):
        with pytest.raises(TooManyInFlight) as rejected:
            await hold(turns, account(2), "late", order)
        assert rejected.value.headers == {"Retry-After": "1"}
        leaving = asyncio.create_task(hold(turns, account(2), "leaving", order))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert not turns._waiting
    await until_free(turns)
    await hold(turns, account(2), "after", order)
    assert order == ["after"]
    await until_free(turns)


async def test_after_a_turn_is_a_rest_of_its_length() -> None:
    turns, order, loop = HeavyTurns(1, 5.0), list[str](), asyncio.get_running_loop()
    began = loop.time()
    await hold(turns, account(1), "first", order, 0.02)
    taken = loop.time() - began
    await hold(turns, account(2), "second", order)
    assert loop.time() - began >= taken + 0.015
