"""A Valkey that is away costs a quarter of a second a few times, then nothing."""

import pytest
from redis.exceptions import ConnectionError as Unreachable
from structlog.testing import capture_logs

from sync_server.store.breaker import Breaker
from sync_server.store.redis import create_redis


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Service:
    """Guarded call of the circuit breaker; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.works = True

    async def __call__(self) -> str:
        self.calls += 1
        if not self.works:
            raise Unreachable
        return "answer"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service() -> Service:
    return Service()


async def test_a_failure_becomes_the_default(clock: Clock, service: Service) -> None:
    breaker = Breaker(clock)
    assert await breaker.call(service, "default") == "answer"
    service.works = False
    assert await breaker.call(service, "default") == "default"
    assert not breaker.is_open


async def test_five_failures_within_a_second_open_it(clock: Clock, service: Service) -> None:
    breaker, service.works = Breaker(clock), False
    for _ in range(20):
        await breaker.call(service, "default")
    assert breaker.is_open
    assert service.calls == 5


async def test_slow_failures_do_not(clock: Clock, service: Service) -> None:
    breaker, service.works = Breaker(clock), False
    for _ in range(20):
        clock.now += 0.5
        await breaker.call(service, "default")
    assert service.calls == 20


async def test_a_failover_is_in_the_log_once_each_way(clock: Clock, service: Service) -> None:
    breaker, service.works = Breaker(clock), False
    with capture_logs() as lines:
        for _ in range(20):
            await breaker.call(service, "default")
        clock.now += 1.1
        await breaker.call(service, "default")  # a probe that fails says nothing new
        service.works = True
        clock.now += 1.1
        for _ in range(5):
            await breaker.call(service, "default")
    events = [(line["event"], line["log_level"]) for line in lines]
    assert events == [("valkey is left out", "warning"), ("valkey answers again", "info")]


async def test_one_probe_closes_it_again(clock: Clock, service: Service) -> None:
    breaker, service.works = Breaker(clock), False
    for _ in range(5):
        await breaker.call(service, "default")
    clock.now += 1.1
    for _ in range(5):
        assert await breaker.call(service, "default") == "default"
    assert service.calls == 6
    service.works = True
    clock.now += 1.1
    assert await breaker.call(service, "default") == "answer"
    assert not breaker.is_open


async def test_a_bug_is_not_an_outage(clock: Clock) -> None:
    async def bug() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        await Breaker(clock).call(bug, "default")


async def test_the_client_answers_bytes_and_sends_nothing_twice(redis_url: str) -> None:
    client = create_redis(redis_url)
    await client.set("ground:a", "b")
    assert await client.get("ground:a") == b"b"
    await client.aclose()
    nobody = create_redis("unix:///nowhere/valkey.sock")
    with pytest.raises(Unreachable):
        await nobody.ping()
    await nobody.aclose()
