"""The script in Valkey decides as the windows in memory do, atomically and by Valkey's clock."""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from sync_server.rate_limit.memory_window import MemoryWindows, WindowCost, WindowState
from sync_server.rate_limit.redis_window import CHARGE, REFUND, RateLimiter
from sync_server.store.breaker import Breaker
from sync_server.store.command_pipeline import CommandPipeline
from sync_server.store.redis import create_redis
from tests.conftest import Stores

S = 1_000_000
# A generated clock in place of Valkey's, two arguments more: the rest of the script is as it runs.
CLOCK = "redis.call('TIME')"
ON_A_GENERATED_CLOCK = CHARGE.text.replace(CLOCK, "{ARGV[#ARGV - 1], ARGV[#ARGV]}")


@dataclass(frozen=True)
class Step:
    """A request to several windows, or its refund."""

    wait_us: int
    request: str
    weights: tuple[int, ...]
    refund: bool


STEPS = st.builds(
    Step,
    st.sampled_from((0, S, 40 * S, 120 * S)) | st.integers(0, 310 * S),
    st.sampled_from("abcdefgh") | st.uuids().map(str),
    st.lists(st.integers(1, 12), min_size=1, max_size=2).map(tuple),
    st.booleans(),
)
WINDOWS = (("ip", 10, 120), ("account", 5, 300))


@pytest.fixture(scope="module")
def valkey(stores: Stores) -> Iterator[Redis]:
    with Redis.from_url(stores.redis_url) as client:
        yield client


@given(st.lists(STEPS, min_size=4, max_size=40))
def test_the_script_agrees_with_the_windows_in_memory(valkey: Redis, steps: list[Step]) -> None:
    assert CHARGE.text.count(CLOCK) == 1
    windows, now, subject = MemoryWindows(), 1_795_399_905_123_456, uuid.uuid4().hex
    script = valkey.register_script(ON_A_GENERATED_CLOCK)
    refund = valkey.register_script(REFUND.text)
    for step in steps:
        now += step.wait_us
        charges = [
            WindowCost(f"rl:{{{subject}}}:{name}", limit, seconds, weight)
            for (name, limit, seconds), weight in zip(WINDOWS, step.weights, strict=False)
        ]
        keys = [it.key for it in charges]
        arguments = [it for each in charges for it in (each.limit, each.seconds, each.weight)]
        charged = script(keys, [step.request, *arguments, now // S, now % S])
        readings = [
            WindowState(bool(charged[at]), charged[at + 1], charged[at + 2])
            for at in range(0, len(charged), 3)
        ]
        assert readings == windows.charge(charges, step.request, now)
        if step.refund:
            refund(keys, [step.request, *(it for e in charges for it in (e.limit, e.weight))])
            windows.refund(charges, step.request)
    valkey.delete(*(f"rl:{{{subject}}}:{name}" for name, *_ in WINDOWS))


@pytest.fixture
def limit() -> WindowCost:
    return WindowCost(f"rl:{{{uuid.uuid4()}}}:test", 20, 900)


async def test_parallel_requests_share_one_window(redis_url: str, limit: WindowCost) -> None:
    commands = CommandPipeline(redis_url)
    limiters = [RateLimiter(commands, Breaker()) for _ in range(4)]
    spent = await asyncio.gather(
        *(limiters[at % 4].charge([limit], f"request {at}", fail_strict=True) for at in range(50))
    )
    assert all(it.shared for it in spent)
    assert sorted(it.states[0].left for it in spent if it.states[0].fits) == list(range(20))
    assert all(it.states[0].seconds in (899, 900) for it in spent)
    await commands.close()


async def test_a_repeat_of_the_script_charges_once(redis_url: str, limit: WindowCost) -> None:
    commands = CommandPipeline(redis_url)
    limiter = RateLimiter(commands, Breaker())
    left = [
        (await limiter.charge([limit], "one", fail_strict=True)).states[0].left for _ in range(3)
    ]
    assert left == [19, 19, 19]
    await commands.close()


async def test_what_is_given_back_can_be_spent_again(redis_url: str, limit: WindowCost) -> None:
    commands = CommandPipeline(redis_url)
    limiter = RateLimiter(commands, Breaker())
    single = replace(limit, limit=1)
    for attempt in range(5):
        spent = await limiter.charge([single], str(attempt), fail_strict=True)
        assert spent.states[0].fits
        await limiter.refund(spent, str(attempt))
    await limiter.charge([single], "failure", fail_strict=True)
    assert not (await limiter.charge([single], "next", fail_strict=True)).states[0].fits
    await commands.close()


async def test_keys_expire_with_their_window(redis_url: str, limit: WindowCost) -> None:
    commands, redis = CommandPipeline(redis_url), create_redis(redis_url)
    await RateLimiter(commands, Breaker()).charge([limit], "one", fail_strict=True)
    assert 0 < await redis.pttl(limit.key) <= 900_000
    await commands.close()
    await redis.aclose()


async def test_a_flushed_script_is_sent_again(redis_url: str, limit: WindowCost) -> None:
    commands, redis = CommandPipeline(redis_url), create_redis(redis_url)
    limiter = RateLimiter(commands, Breaker())
    await limiter.charge([limit], "one", fail_strict=True)
    await redis.script_flush()
    spent = await limiter.charge([limit], "two", fail_strict=True)
    assert spent.shared
    assert spent.states[0].left == 18
    await commands.close()
    await redis.aclose()


@pytest.mark.parametrize(("fail_strict", "allowed"), [(True, 5), (False, 20)])
async def test_without_valkey_a_process_counts_for_itself(
    limit: WindowCost, fail_strict: bool, allowed: int
) -> None:
    commands = CommandPipeline("unix:///nowhere/valkey.sock")
    breaker = Breaker()
    limiter = RateLimiter(commands, breaker)
    spent = [await limiter.charge([limit], str(at), fail_strict=fail_strict) for at in range(40)]
    assert breaker.is_open
    assert not any(it.shared for it in spent)
    assert sum(it.states[0].fits for it in spent) == allowed
    await limiter.refund(spent[0], "0")
    assert (await limiter.charge([limit], "next", fail_strict=fail_strict)).states[0].fits
    await commands.close()


async def test_an_open_breaker_costs_next_to_nothing(limit: WindowCost) -> None:
    commands = CommandPipeline("unix:///nowhere/valkey.sock")
    breaker = Breaker()
    limiter = RateLimiter(commands, breaker)
    while not breaker.is_open:
        await limiter.charge([limit], "x", fail_strict=True)
    loop = asyncio.get_running_loop()
    took = []
    for at in range(100):
        started = loop.time()
        await limiter.charge([limit], str(at), fail_strict=True)
        took.append(loop.time() - started)
    assert sorted(took)[50] < 0.005
    await commands.close()
