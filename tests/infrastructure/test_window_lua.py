"""The script in Valkey decides as the windows in memory do, atomically and by Valkey's clock."""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from sync_server.rate_limit.memory_window import Charge, Reading, Windows
from sync_server.rate_limit.redis_window import REFUND, SPEND, Limiter
from sync_server.store.redis import Breaker, create_redis
from tests.conftest import Stores

S = 1_000_000
# A generated clock in place of Valkey's, two arguments more: the rest of the script is as it runs.
CLOCK = "redis.call('TIME')"
ON_A_GENERATED_CLOCK = SPEND.text.replace(CLOCK, "{ARGV[#ARGV - 1], ARGV[#ARGV]}")


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
    assert SPEND.text.count(CLOCK) == 1
    windows, now, subject = Windows(), 1_795_399_905_123_456, uuid.uuid4().hex
    script = valkey.register_script(ON_A_GENERATED_CLOCK)
    refund = valkey.register_script(REFUND.text)
    for step in steps:
        now += step.wait_us
        charges = [
            Charge(f"rl:{{{subject}}}:{name}", limit, seconds, weight)
            for (name, limit, seconds), weight in zip(WINDOWS, step.weights, strict=False)
        ]
        keys = [it.key for it in charges]
        arguments = [it for each in charges for it in (each.limit, each.seconds, each.weight)]
        told = script(keys, [step.request, *arguments, now // S, now % S])
        readings = [
            Reading(bool(told[at]), told[at + 1], told[at + 2]) for at in range(0, len(told), 3)
        ]
        assert readings == windows.spend(charges, step.request, now)
        if step.refund:
            refund(keys, [step.request, *(it for e in charges for it in (e.limit, e.weight))])
            windows.refund(charges, step.request)
    valkey.delete(*(f"rl:{{{subject}}}:{name}" for name, *_ in WINDOWS))


@pytest.fixture
def limit() -> Charge:
    return Charge(f"rl:{{{uuid.uuid4()}}}:test", 20, 900)


async def test_parallel_requests_share_one_window(redis_url: str, limit: Charge) -> None:
    redis = create_redis(redis_url)
    limiters = [Limiter(redis, Breaker()) for _ in range(4)]
    spent = await asyncio.gather(
        *(limiters[at % 4].spend([limit], f"request {at}", wary=True) for at in range(50))
    )
    assert all(it.shared for it in spent)
    assert sorted(it.readings[0].left for it in spent if it.readings[0].fits) == list(range(20))
    assert all(it.readings[0].seconds in (899, 900) for it in spent)
    await redis.aclose()


async def test_a_repeat_of_the_script_charges_once(redis_url: str, limit: Charge) -> None:
    redis = create_redis(redis_url)
    limiter = Limiter(redis, Breaker())
    left = [(await limiter.spend([limit], "one", wary=True)).readings[0].left for _ in range(3)]
    assert left == [19, 19, 19]
    await redis.aclose()


async def test_what_is_given_back_can_be_spent_again(redis_url: str, limit: Charge) -> None:
    redis = create_redis(redis_url)
    limiter = Limiter(redis, Breaker())
    single = replace(limit, limit=1)
    for attempt in range(5):
        spent = await limiter.spend([single], str(attempt), wary=True)
        assert spent.readings[0].fits
        await limiter.refund(spent, str(attempt))
    await limiter.spend([single], "failure", wary=True)
    assert not (await limiter.spend([single], "next", wary=True)).readings[0].fits
    await redis.aclose()


async def test_keys_expire_with_their_window(redis_url: str, limit: Charge) -> None:
    redis = create_redis(redis_url)
    await Limiter(redis, Breaker()).spend([limit], "one", wary=True)
    assert 0 < await redis.pttl(limit.key) <= 900_000
    await redis.aclose()


async def test_a_flushed_script_is_sent_again(redis_url: str, limit: Charge) -> None:
    redis = create_redis(redis_url)
    limiter = Limiter(redis, Breaker())
    await limiter.spend([limit], "one", wary=True)
    await redis.script_flush()
    spent = await limiter.spend([limit], "two", wary=True)
    assert spent.shared
    assert spent.readings[0].left == 18
    await redis.aclose()


@pytest.mark.parametrize(("wary", "allowed"), [(True, 5), (False, 20)])
async def test_without_valkey_a_process_counts_for_itself(
    limit: Charge, wary: bool, allowed: int
) -> None:
    redis = create_redis("unix:///nowhere/valkey.sock")
    breaker = Breaker()
    limiter = Limiter(redis, breaker)
    spent = [await limiter.spend([limit], str(at), wary=wary) for at in range(40)]
    assert breaker.is_open
    assert not any(it.shared for it in spent)
    assert sum(it.readings[0].fits for it in spent) == allowed
    await limiter.refund(spent[0], "0")
    assert (await limiter.spend([limit], "next", wary=wary)).readings[0].fits
    await redis.aclose()


async def test_an_open_breaker_costs_next_to_nothing(limit: Charge) -> None:
    redis = create_redis("unix:///nowhere/valkey.sock")
    breaker = Breaker()
    limiter = Limiter(redis, breaker)
    while not breaker.is_open:
        await limiter.spend([limit], "x", wary=True)
    loop = asyncio.get_running_loop()
    took = []
    for at in range(100):
        started = loop.time()
        await limiter.spend([limit], str(at), wary=True)
        took.append(loop.time() - started)
    assert sorted(took)[50] < 0.005
    await redis.aclose()
